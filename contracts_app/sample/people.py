"""The sample firm, its client, and the people who sign in."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from contracts_app.domain.roles import Role
from contracts_app.services.firms import NewFirm
from contracts_app.settings import Settings

_NAMESPACE = UUID("5f0d7a3e-6f0a-5d55-9a7e-0f6d2f2f9c11")
SIGN_INS_FILE = "sample-sign-ins.json"
GENERAL_CONTRACTOR = "Sample General Contractor"
CLIENTS = (
    (GENERAL_CONTRACTOR, "billing@general-contractor.example", "2 Sample Avenue\nSample City, ST 00000"),
    ("Sample Client 01", "billing@client-01.example", "3 Sample Avenue\nSample City, ST 00000"),
    ("Sample Client 03", "billing@client-03.example", "4 Sample Lane\n00000 Sample City"),
)
"""Name, address of invoices, postal address."""

FIRM = NewFirm(
    id=uuid5(_NAMESPACE, "sample firm"),
    name="Sample Mechanical Subcontractor",
    time_zone="America/Chicago",
    country="US",
    currency="USD",
    address="1 Sample Street\nSample City, ST 00000",
    email="billing@mechanical.example",
    number_prefix="SMS-",
    payment_instructions=(
        "Transfer: Sample Bank, routing 000000000, account 0000000000 (sample data, no real account)\n"
        "Check: Sample Mechanical Subcontractor, 1 Sample Street, Sample City, ST 00000\n"
        "Please state the invoice number."
    ),
    starts_on=date(2024, 2, 19),
)
EUROPE = {
    "name": "Sample Engineering Europe",
    "country": "DE",
    "currency": "EUR",
    "time_zone": "Europe/Berlin",
    "address": "5 Sample Way\n00000 Sample City",
    "email": "billing@europe.mechanical.example",
    "number_prefix": "SEE-",
    "payment_instructions": (
        "Transfer: Sample Bank Europe, IBAN XX00 0000 0000 0000 0000 00 (sample data, no real account)\n"
        "Please state the invoice number."
    ),
}
"""The second legal entity, with a currency and a number series of its own."""


@dataclass(frozen=True)
class SamplePerson:
    """Somebody of the sample: the name says plainly that it is one."""

    title: str
    name: str
    email: str
    roles: tuple[Role, ...]
    client: str | None = None
    plays: bool = True
    """Whether the script signs in as this person."""


PEOPLE = (
    SamplePerson("coordinator", "Sample Coordinator", "coordinator@mechanical.example", (Role.coordinator,)),
    SamplePerson(
        "project manager",
        "Sample Project Manager",
        "project.manager@mechanical.example",
        (Role.project_manager,),
    ),
    SamplePerson("controller", "Sample Controller", "controller@mechanical.example", (Role.controller,)),
    SamplePerson(
        "administrator", "Sample Administrator", "administrator@mechanical.example", (Role.administrator,)
    ),
    SamplePerson(
        "client",
        "Sample Certifier",
        "certifier@general-contractor.example",
        (Role.client,),
        GENERAL_CONTRACTOR,
    ),
    SamplePerson(
        "client of studies",
        "Sample Client Reader",
        "reader@client-01.example",
        (Role.client,),
        "Sample Client 01",
        plays=False,
    ),
)


@dataclass(frozen=True)
class SignIn:
    """What somebody signs in with: `name` is the e-mail address."""

    role: str
    name: str
    password: str


def sign_ins(settings: Settings) -> tuple[SignIn, ...]:
    """The sample people's passwords: drawn at the first start, kept in the state folder for its owner.

    People that an earlier version did not have get theirs when they are first needed.
    """
    file = settings.state_dir / SIGN_INS_FILE
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    missing = [person.email for person in PEOPLE if person.email not in known]
    if missing:
        known |= {email: f"sample-{secrets.token_hex(5)}" for email in missing}
        handle = os.open(file.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            json.dump(known, written)
        file.with_suffix(".new").rename(file)
    return tuple(SignIn(person.title, person.email, known[person.email]) for person in PEOPLE)
