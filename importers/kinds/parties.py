"""Clients with the addresses that their invoices go to, and the people there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from importers import values
from importers.columns import Column
from importers.entries import Entry, Kind, canonical
from importers.kinds.clients_by_name import on_record
from importers.rules import Checked, Context, RowFlaws, Rules, without_refused
from importers.sheets import Cell
from importers.values import Conventions, Flaw

_EMAIL = re.compile(r"[^@\s,;<>]{1,64}@[^@\s,;<>]+\.[^@\s,;<>.]{2,}\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z", re.ASCII)
_COUNTRIES: Mapping[str, str] = {
    "united states": "US",
    "united states of america": "US",
    "usa": "US",
    "u.s.a.": "US",
    "united kingdom": "GB",
    "great britain": "GB",
    "uk": "GB",
    "germany": "DE",
    "deutschland": "DE",
    "france": "FR",
    "canada": "CA",
    "australia": "AU",
    "ireland": "IE",
    "netherlands": "NL",
    "austria": "AT",
    "switzerland": "CH",
    "spain": "ES",
    "italy": "IT",
    "belgium": "BE",
    "new zealand": "NZ",
}


class ImportedClient(Entry):
    """A company that the firm bills. `country` is its code of two letters; the address has lines."""

    name: str
    email: str
    address: str = ""
    country: str | None = None
    tax_id: str | None = None


class ImportedContact(Entry):
    """A person at a client."""

    name: str
    client: str
    email: str
    phone: str | None = None
    title: str | None = None


def email(cell: Cell, conventions: Conventions) -> str | Flaw:
    """One address of electronic mail."""
    found = values.identifier(cell, conventions)
    if isinstance(found, Flaw):
        return found
    flaw = Flaw("not_an_email", "one email address", "Write one address, such as accounts@client.example.")
    return found if _EMAIL.match(found) else flaw


def country(cell: Cell, conventions: Conventions) -> str | Flaw:
    """A country as its code of two letters, or by a name that is known."""
    raw = " ".join(cell.raw.split())
    if _COUNTRY.match(raw.upper()) and len(raw) == 2 and raw.casefold() not in _COUNTRIES:
        return raw.upper()
    known = _COUNTRIES.get(raw.casefold())
    return known or Flaw("unknown_country", "a country's code of two letters, such as US", "Write the code.")


_ID = (
    "Client id, Customer id, Client number, Customer number, Customer no, Client code, Internal id, Id, Code"
)

CLIENT_COLUMNS = (
    Column("client_id", _ID, values.identifier, required=False, title="Client id"),
    Column(
        "name",
        "Client, Client name, Customer, Customer name, Company, Company name, Display name, Contact name",
        values.name,
    ),
    Column(
        "email",
        "Email address, E-mail, Mail, Main email, Billing email, Invoice email, Accounts payable email",
        email,
    ),
    Column("address", "Billing address, Bill to, Postal address", values.text, required=False),
    Column(
        "street", "Address 1, Address line 1, Street address, POAddressLine1", values.text, required=False
    ),
    Column("street_2", "Address 2, Address line 2, POAddressLine2", values.text, required=False),
    Column("city", "Town, POCity, Billing city", values.text, required=False),
    Column("region", "State, Province, County, PORegion, Billing state", values.text, required=False),
    Column(
        "postal_code",
        "Zip, Zip code, Postcode, Post code, POPostalCode, Billing zip",
        values.identifier,
        required=False,
    ),
    Column("country", "Country code, POCountry, Billing country", country, required=False),
    Column(
        "tax_id",
        "Tax id, Tax number, VAT number, VAT id, VAT registration number, EIN, Tax registration number",
        values.identifier,
        required=False,
    ),
)

CONTACT_COLUMNS = (
    Column(
        "name",
        "Contact, Contact name, Full name, Person, Person name",
        values.name,
        instead=("first_name", "last_name"),
    ),
    Column("first_name", "First, Given name, Forename", values.name, required=False),
    Column("last_name", "Last, Surname, Family name", values.name, required=False),
    Column("client", "Client name, Customer, Customer name, Company, Company name, Account", values.name),
    Column("email", "Email address, E-mail, Mail", email),
    Column("phone", "Telephone, Phone number, Mobile, Tel", values.identifier, required=False),
    Column("title", "Job title, Position, Role", values.text, required=False),
)


def _client(row: Mapping[str, object]) -> ImportedClient | RowFlaws:
    said = {**row}
    parts = [said.pop(field, None) for field in ("street", "street_2", "city", "region", "postal_code")]
    lines = [str(part) for part in parts[:2] if part]
    town = " ".join(str(part) for part in parts[2:] if part)
    whole = said.get("address") or "\n".join([*lines, *([town] if town else [])])
    if len(str(whole)) > 500:
        return [("address", Flaw("address_too_long", "an address of at most 500 characters", "Shorten it."))]
    external_id = said.pop("client_id", None) or said["name"]
    return ImportedClient.model_validate({**said, "address": whole, "external_id": external_id})


def _contact(row: Mapping[str, object]) -> ImportedContact | RowFlaws:
    said = {**row}
    names = [said.pop("first_name", None), said.pop("last_name", None)]
    whole = str(said.get("name") or " ".join(str(name) for name in names if name))
    if len(whole) > 200:
        return [("name", Flaw("name_malformed", "a name of at most 200 characters", "Shorten it."))]
    address = str(said["email"]).casefold()
    return ImportedContact.model_validate(
        {**said, "name": whole, "external_id": f"{said['client']}/{address}"}
    )


def _each_once(entries: Sequence[ImportedClient], context: Context) -> Checked[ImportedClient]:
    """A client has a name of its own: one that is there, or stands in the file twice, is refused."""
    times = Counter(canonical(entry.name) for entry in entries)
    there = {canonical(name) for name in context.known.clients or ()}
    refused = []
    for entry in entries:
        name = canonical(entry.name)
        if name in there:
            expected, mend = "a client that is not there", "Edit the client there is, where it has changed."
        elif times[name] > 1:
            expected, mend = "each client once", "Delete the rows too many, or name the clients apart."
        else:
            continue
        code = "client_exists" if name in there else "client_twice"
        refused.append((entry, context.refuse(entry, "name", code, expected=expected, mend=mend)))
    return without_refused(entries, refused)


def _of_clients(entries: Sequence[ImportedContact], context: Context) -> Checked[ImportedContact]:
    return on_record(entries, context, lambda entry: entry.client)


CLIENTS = Rules(kind=Kind.clients, columns=CLIENT_COLUMNS, build=_client, steps=(_each_once,))
CONTACTS = Rules(kind=Kind.contacts, columns=CONTACT_COLUMNS, build=_contact, steps=(_of_clients,))
