"""What each command on master data would change, as the second person reads it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts_app.domain.approving.master_data import FieldChange, MasterChange, rate_in_words
from contracts_app.domain.commands.administration import SetPaymentInstructions
from contracts_app.domain.commands.keeping_commands import ErasePerson, ReleaseHold
from contracts_app.domain.commands.rate_commands import RaiseRates
from contracts_app.domain.commands.tax_commands import AddTaxRate, SetTaxNumber, WithdrawTaxRate
from contracts_app.domain.money import round_to
from contracts_app.domain.refusals import not_found
from contracts_app.domain.tax.own_rates import key_of, require_later
from contracts_app.domain.tax.tax import TaxRate
from contracts_app.services import erasing, holding, rate_increases, tax_rates
from contracts_app.store import legal_entities, master_changes, rate_changes, taxes
from contracts_app.store.transaction import Transaction
from contracts_app.store.views.rate_increase import whose


@dataclass(frozen=True)
class Looked:
    """A change with what it is of: `about` names that, one change of it waits at a time."""

    change: MasterChange
    about: str
    legal_entity_id: UUID | None = None
    contract_id: UUID | None = None


def _payment_instructions(tx: Transaction, body: SetPaymentInstructions) -> Looked:
    return _of_entity(
        tx, body.legal_entity_id, "payment_instructions", "How to pay", body.payment_instructions
    )


def _tax_number(tx: Transaction, body: SetTaxNumber) -> Looked:
    return _of_entity(tx, body.legal_entity_id, "tax_id", "Tax number", body.tax_id)


def _of_entity(tx: Transaction, entity_id: UUID, column: str, called: str, after: str) -> Looked:
    row = legal_entities.find(tx.connection, tx.firm_id, entity_id)
    if row is None:
        raise not_found("legal entity")
    change = MasterChange(
        of=row["name"],
        fields=(FieldChange(field=called, before=row[column] or "", after=after),),
        in_use=master_changes.has_issued(tx.connection, tx.firm_id, entity_id),
    )
    return Looked(change, str(entity_id), legal_entity_id=entity_id)


def _added_tax_rate(tx: Transaction, body: AddTaxRate) -> Looked:
    added = tax_rates.entered(body)
    rate_changes.one_at_a_time(tx.connection, tx.firm_id)
    known = [
        one.row for one in taxes.own_rates(tx.connection, tx.firm_id) if key_of(one.row) == key_of(added)
    ]
    require_later(known, added)
    change = MasterChange(
        of=_of_rate(added),
        fields=(
            FieldChange(
                field="Rate",
                before=rate_in_words(known[-1]) if known else "",
                after=f"{rate_in_words(added)}, by {added.source}",
            ),
        ),
        effective_from=added.effective_from,
        in_use=master_changes.has_issued(tx.connection, tx.firm_id),
    )
    return Looked(change, " ".join(str(part) for part in key_of(added)))


def _withdrawn_tax_rate(tx: Transaction, body: WithdrawTaxRate) -> Looked:
    known = {one.id: one.row for one in taxes.own_rates(tx.connection, tx.firm_id)}
    row = known.get(body.tax_rate_id)
    if row is None:
        raise not_found("rate")
    change = MasterChange(
        of=_of_rate(row),
        fields=(FieldChange(field="Rate", before=rate_in_words(row), after=f"taken back: {body.reason}"),),
        in_use=master_changes.has_issued(tx.connection, tx.firm_id),
    )
    return Looked(change, str(body.tax_rate_id))


def _of_rate(row: TaxRate) -> str:
    return " ".join(filter(None, [row.jurisdiction, row.tax, row.category.value, row.applies_to]))


def _raised_rates(tx: Transaction, body: RaiseRates) -> Looked:
    row, known, added = rate_increases.planned(tx, body)
    on = body.increase.effective_from
    begun = sorted((one for one in known if one.covers(on)), key=lambda one: one.effective_from)
    before = {one.key: one for one in begun}
    currency = row["terms"]["currency"]
    change = MasterChange(
        of=f"{row['number']} {row['title']}",
        fields=tuple(
            FieldChange(
                field=whose(one),
                before=_an_hour(before[one.key].rate, currency),
                after=_an_hour(one.rate, currency),
            )
            for one in added
        ),
        effective_from=on,
        in_use=True,
    )
    return Looked(change, str(body.contract_id), contract_id=body.contract_id)


def _an_hour(rate: Decimal, currency: str) -> str:
    whole = round_to(rate, currency)
    return f"{whole if whole == rate else rate.normalize():f} {currency} an hour"


def _released_hold(tx: Transaction, body: ReleaseHold) -> Looked:
    change = MasterChange(
        of=holding.found(tx, body),
        fields=(FieldChange(field="Hold", before="in force", after=f"released: {body.reason}"),),
        in_use=True,
    )
    return Looked(change, str(body.hold_id))


def _erased_person(tx: Transaction, body: ErasePerson) -> Looked:
    known = erasing.require_erasable(tx, body)
    # The log keeps what is shown here, so nothing in it names him: the page looks the person up.
    change = MasterChange(
        of=f"person {str(known.id)[:8]}",
        fields=(FieldChange(field="Name, address, sign-in", before="kept", after=f"erased: {body.reason}"),),
        in_use=True,
    )
    return Looked(change, str(known.id))


LOOK: Mapping[str, Callable[[Transaction, Any], Looked]] = {
    "set_payment_instructions": _payment_instructions,
    "set_tax_number": _tax_number,
    "add_tax_rate": _added_tax_rate,
    "withdraw_tax_rate": _withdrawn_tax_rate,
    "raise_rates": _raised_rates,
    "release_hold": _released_hold,
    "erase_person": _erased_person,
}
"""By command. Each raises Refused as the command itself would."""
