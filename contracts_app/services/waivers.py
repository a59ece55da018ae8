"""Giving lien waivers: their amount and day are those of the application, so that they tie."""

from __future__ import annotations

from contracts_app.domain.billing import drafting
from contracts_app.domain.checking.lien_waivers import Waiver
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.submission_commands import GiveWaiver
from contracts_app.domain.money import ZERO, in_words_of_a_page, written
from contracts_app.domain.refusals import Refused, not_found, wrong_content
from contracts_app.domain.transitions import CONTRACT, NOT_OUT, InvoiceState, require
from contracts_app.services import people
from contracts_app.services.invoices import contract_changed, locked, name_of
from contracts_app.services.periods import business_date
from contracts_app.store import waivers
from contracts_app.store.invoices import current_snapshot, stored_snapshot
from contracts_app.store.submission_tables import lien_waiver
from contracts_app.store.transaction import Transaction
from contracts_app.store.views import invoice_page


def give_waiver(tx: Transaction, body: GiveWaiver) -> Outcome:
    """A conditional waiver goes with a draft, for its line 8; the unconditional one follows the payment.

    Raises Refused for the other way round, and where there is nothing to waive.
    """
    agreed, row = locked(tx, body.invoice_id)
    if agreed["id"] != body.contract_id:
        raise not_found("invoice")
    require(CONTRACT, "give_waiver", agreed["state"], "contract")
    who = people.actor(tx)
    if body.form.unconditional:
        if row["state"] != InvoiceState.paid:
            raise Refused(
                "waiver_before_payment",
                f"{name_of(row)} is not paid: an unconditional waiver is given once the money is there.",
            )
        certified = invoice_page.certificate_of(tx.connection, tx.firm_id, row["id"])
        assert certified is not None  # it is paid
        snapshot, amount = stored_snapshot(tx.connection, tx.firm_id, row["id"]), certified.line8
    else:
        if row["state"] not in NOT_OUT:
            raise Refused("waiver_after_issue", f"{name_of(row)} is with the client already.")
        snapshot = current_snapshot(tx.connection, tx.firm_id, row["id"])
        amount = drafting.draft(snapshot).line8
    if amount <= ZERO:
        raise wrong_content(
            "nothing_to_waive", f"{name_of(row)} asks for no payment: there is nothing to waive."
        )
    through = None if body.form.final else snapshot.period_to
    if (given := waivers.of_invoice(tx.connection, tx.firm_id, row["id"])) and given[-1].waiver == Waiver(
        form=body.form, amount=amount, through=through
    ):
        raise Refused(
            "waiver_given",
            f"This lien waiver of {name_of(row)} for "
            f"{in_words_of_a_page(amount, snapshot.terms.currency)} is there already; it is made again once "
            "the amount or the period is another.",
        )
    waiver_id = tx.new_id("lien_waiver")
    tx.insert(
        lien_waiver,
        id=waiver_id,
        contract_id=agreed["id"],
        invoice_id=row["id"],
        form=body.form.value,
        amount=amount,
        through=through,
        given_by=who.id,
        given_on=business_date(tx, agreed),
    )
    contract_changed(tx, agreed, f"lien waiver for {name_of(row)}")
    return Outcome(
        done=True, result={"waiver_id": str(waiver_id), "amount": written(amount, snapshot.terms.currency)}
    )
