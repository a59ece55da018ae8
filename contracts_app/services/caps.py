"""Caps of a contract's terms: named rightly, and never lowered below what is billed and approved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing.schedule_of_values import SovLine, in_force, schedule_in_force
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.funding.agreed_caps import CapChange
from contracts_app.domain.funding.limited import cap_id, caps_in_force, used_under
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, total
from contracts_app.domain.refusals import wrong_content
from contracts_app.store import charge_parts, contracts
from contracts_app.store.transaction import Transaction

NO_INVOICE = -1
"""No application has this number: every invoice of the contract counts."""


def require_lines(terms: ContractTerms, schedule: Sequence[SovLine]) -> None:
    """Refuse (Refused) caps over lines that the schedule of values does not have."""
    items = {line.item_no for line in schedule}
    for cap in terms.caps:
        unknown = [item for item in cap.item_nos if item not in items]
        if unknown:
            raise wrong_content(
                "cap_over_no_line",
                f"The not-to-exceed amount “{cap.name}” is over line {unknown[0]}, which the schedule of "
                "values does not have: correct the terms, or enter the line.",
            )


def require_agreed(changes: Sequence[CapChange], terms: ContractTerms) -> None:
    """Refuse (Refused) changes of caps that the terms do not have, and amounts that nobody can pay."""
    known = {cap.name for cap in terms.caps}
    for change in changes:
        if change.cap not in known:
            raise wrong_content(
                "no_such_cap",
                f"The terms have no not-to-exceed amount “{change.cap}”"
                + (f": name one of {', '.join(sorted(known))}." if known else "."),
            )
        if not is_at_scale(change.amount, terms.currency):
            raise wrong_content(
                "too_many_decimals", f"{change.amount:f} has more decimals than {terms.currency} has."
            )


def require_above_billed(tx: Transaction, row: RowMapping, changes: Sequence[CapChange]) -> None:
    """Refuse (Refused) to lower a cap below what is billed and approved under it."""
    lowered = {change.cap: change.amount for change in changes if change.amount < ZERO}
    if not lowered:
        return
    terms = contracts.terms_of(row)
    orders = in_force(contracts.change_orders(tx.connection, tx.firm_id, row["id"]), date.max)
    schedule = schedule_in_force(contracts.schedule(tx.connection, tx.firm_id, row["id"]), orders)
    billed = charge_parts.billed_of(tx.connection, tx.firm_id, {row["id"]: NO_INVOICE}).get(row["id"], ())
    caps = {cap.id: cap for cap in caps_in_force(row["id"], terms.caps, schedule, orders)}
    for name, amount in lowered.items():
        cap = caps.get(cap_id(row["id"], name))
        if cap is None:
            continue
        known = used_under(cap, billed)
        used, new = total((known.billed, known.reserved)), total((cap.amount, amount))
        if new < used:
            raise wrong_content(
                "limit_below_billed",
                f"{in_words_of_a_page(used, terms.currency)} is billed or approved under “{name}”: it can be "
                f"lowered to that, not to {in_words_of_a_page(new, terms.currency)}.",
            )
