"""Opening the invoice of an advance payment."""

from __future__ import annotations

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.advance_billed import NOTHING
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.billing.suggesting import unchanged_entries
from contracts_app.domain.checking.advance_checks import ABOVE_WHAT_IS_LEFT, above_what_is_left
from contracts_app.domain.commands.advance_commands import PrepareAdvance
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import Refused, wrong_content
from contracts_app.services import preparing
from contracts_app.services.contracts import open_draft
from contracts_app.services.periods import business_date
from contracts_app.store import contracts, invoices, offering
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def prepare_advance(tx: Transaction, body: PrepareAdvance) -> Outcome:
    """Open it between the applications, as one that bills no work: the whole advance that the terms agree.

    It covers no period: its figures are those of the day up to which work was billed before.
    """
    row = tx.lock(contract, body.contract_id, "contract")
    terms = contracts.terms_of(row)
    if terms.advance is None:
        raise wrong_content("no_advance_agreed", "The terms of this contract agree no advance payment.")
    standing = offering.standings(tx.connection, tx.firm_id, [row["id"]]).get(row["id"])
    number = preparing.next_number(row, standing, releases=True)
    if standing is None:  # before the first application, which keeps its number
        number -= 1
    elif offering.reports_from(tx.connection, tx.firm_id, row["id"], number):
        raise Refused(
            "file_numbers_applications",
            f"An imported file reports the work of application {number} by its number, which the advance "
            "payment would take: prepare the applications that the file reports first.",
        )
    if terms.advance.needs_guarantee and body.guarantee is None:
        raise wrong_content(
            "guarantee_missing",
            "The client pays this advance against a guarantee: name the guarantee that it holds.",
        )
    before = invoices.previous_certificate(tx.connection, tx.firm_id, row["id"], number)
    already = (before.advance if before else None) or NOTHING
    if already.invoiced:
        raise Refused("advance_invoiced", "The advance payment of this contract is invoiced already.")
    day = before.period_to if before else min(terms.contract_date, business_date(tx, row))
    base = invoices.new_snapshot(tx.connection, tx.firm_id, row["id"], Kind.advance, number, day)
    captured = base.model_copy(
        update={
            "entries": unchanged_entries(base.schedule, base.previous),
            "advance_guarantee": body.guarantee,
        }
    )
    above = above_what_is_left(captured, drafting.draft(captured))
    if above is not None:
        raise wrong_content(ABOVE_WHAT_IS_LEFT, above)
    return open_draft(tx, row, captured)
