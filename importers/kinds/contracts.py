"""Contract register: one row a contract, with the terms that billing needs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from contracts_app.domain.contract import in_order
from importers import values
from importers.columns import Column
from importers.entries import Entry, Kind
from importers.matching.asking import Meant, settle_names
from importers.matching.names import Named
from importers.rules import Checked, Context, RowFlaws, Rules, settle
from importers.values import Flaw

_NET = re.compile(r"(?:net )?([0-9]{1,3})(?: ?days?(?: net)?)?\Z", re.ASCII | re.IGNORECASE)


class ContractTerms(Entry):
    """One contract. `retainage_rate` is a share of 1; `net_days` count from the day the receivable arises."""

    settled: ClassVar[frozenset[str]] = frozenset({"legal_entity", "client_meant"})

    name: str
    original_contract_sum: Decimal
    contract_date: date
    substantial_completion: date | None = None
    retainage_rate: Decimal
    payment_terms: str
    net_days: int
    general_contractor: str
    architect: str | None = None
    engineer: str | None = None
    legal_entity: str | None = None
    client_meant: str | None = None
    """The client that `general_contractor` means, where it is called otherwise."""

    @property
    def client(self) -> str:
        """The client's name."""
        return self.client_meant or self.general_contractor


COLUMNS = (
    Column(
        "external_id",
        "project_id, Contract id, Contract no, Contract number, Contract, Project no, Project number, "
        "Project code, Project, Job number, Id",
        values.identifier,
        title="Contract number",
    ),
    Column(
        "name",
        "project_name, Contract name, Title, Description, Name of project",
        values.text,
        title="Contract name",
    ),
    Column(
        "original_contract_sum",
        "original_contract_value, Original contract, Contract sum, Contract value, Contract amount, "
        "Original value, Original sum",
        values.amount,
    ),
    Column("contract_date", "Date, Date of contract, Signed, Date signed, Start date", values.day),
    Column(
        "substantial_completion",
        "substantial_completion_date, Completion date, Completion, End date",
        values.day,
        required=False,
    ),
    Column(
        "retainage_rate",
        "retention_pct, Retention, Retention percent, Retainage, Retainage percent, Retainage pct, "
        "Retention rate, Holdback",
        values.share,
    ),
    Column("payment_terms", "Terms, Terms of payment, Payment term", values.text),
    Column(
        "general_contractor",
        "gc_name, GC, Client, Client name, Customer, Contractor",
        values.text,
        title="Client",
    ),
    Column("architect", "Architect name, Designer", values.text, required=False),
    Column("engineer", "engineer_of_record, Engineer name", values.text, required=False),
)


def _build(row: Mapping[str, object]) -> ContractTerms | RowFlaws:
    terms = str(row["payment_terms"])
    net = _NET.match(terms.strip())
    if not net:
        return [
            (
                "payment_terms",
                Flaw("unknown_payment_terms", "terms such as Net 30", "Write the days as Net and a number."),
            )
        ]
    original = row["original_contract_sum"]
    if isinstance(original, Decimal) and original <= 0:
        return [
            (
                "original_contract_sum",
                Flaw("contract_sum_not_positive", "an amount above 0", "Correct the contract sum."),
            )
        ]
    begun, finished = row["contract_date"], row.get("substantial_completion")
    if isinstance(begun, date) and isinstance(finished, date) and not in_order(begun, finished):
        return [
            (
                "substantial_completion",
                Flaw("completion_before_contract", f"a date from {begun} on", "Correct one of the dates."),
            )
        ]
    return ContractTerms.model_validate(
        {**row, "contract_external_id": row["external_id"], "net_days": int(net[1])}
    )


def _legal_entity(entries: Sequence[ContractTerms], context: Context) -> Checked[ContractTerms]:
    """A register does not say which company of the firm bills; with several, somebody does."""
    known = context.known.legal_entities
    return settle(
        entries,
        entries if len(known) > 1 else (),
        context,
        code="which_legal_entity",
        key="legal_entity",
        field_name="external_id",
        question=f"Which legal entity bills {'this contract' if len(entries) == 1 else 'these contracts'}?",
        found="a register that does not say it",
        expected="a legal entity of the firm",
        choices=[(name, f"They are billed by {name}, in its currency.") for name in known],
        proposal=known[0] if known else "",
        effect=lambda entry, choice: entry.model_copy(update={"legal_entity": choice}),
    )


_CLIENT = Meant(
    Named.client, "general_contractor", "client_meant", "A new client, added under the name in the file."
)


def _clients(entries: Sequence[ContractTerms], context: Context) -> Checked[ContractTerms]:
    return settle_names(entries, context, _CLIENT)


RULES = Rules(
    kind=Kind.contract,
    columns=COLUMNS,
    build=_build,
    steps=(_legal_entity, _clients),
    money=("original_contract_sum",),
    amount=lambda entry: entry.original_contract_sum,
    dates=("contract_date", "substantial_completion"),
    numbers=("original_contract_sum", "retainage_rate"),
)
