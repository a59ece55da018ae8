"""Accepting what a certifier cut from lines billed by time."""

from __future__ import annotations

from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.time_commands import AcceptCut
from contracts_app.domain.money import in_words_of_a_page, written
from contracts_app.domain.refusals import Refused, not_allowed
from contracts_app.domain.time.time_and_materials import accepted_part
from contracts_app.domain.transitions import CONTRACT, InvoiceState, require
from contracts_app.services.changed_contents import content_may_have_changed
from contracts_app.services.invoices import name_of
from contracts_app.services.periods import business_date
from contracts_app.store import contracts, cuts, invoices
from contracts_app.store.billing_tables import accepted_cut
from contracts_app.store.tables import contract
from contracts_app.store.transaction import Transaction


def accept_cut(tx: Transaction, body: AcceptCut) -> Outcome:
    """Accept a cut of the last certificate, by the contract's project manager: the time is given up for good.

    Until then the next invoice claims it again, as on every other line. A draft in hand is looked at again.
    """
    row = tx.lock(contract, body.contract_id, "contract")
    require(CONTRACT, "accept_cut", row["state"], "contract")
    if tx.by != row["project_manager_id"]:
        raise not_allowed("What a certifier cut is accepted by the contract's project manager.")
    for known in invoices.of_contract(tx.connection, tx.firm_id, row["id"]):
        if known["state"] == InvoiceState.submitted:
            raise Refused(
                "application_in_hand",
                f"{name_of(known)} is with the client and claims the time again: wait for its certificate.",
            )
    found = {
        one.item_no: one
        for one in cuts.of_last_certificate(tx.connection, tx.firm_id, row["id"])
        if one.invoice_id == body.invoice_id
    }
    cut = found.get(body.item_no)
    if cut is None:
        raise Refused(
            "nothing_cut", f"The last certificate of this contract cut nothing on line {body.item_no}."
        )
    if not cut.by_time:
        raise Refused(
            "not_billed_by_time",
            f"Line {body.item_no} is not billed by time: type in the next draft what it claims.",
        )
    currency = contracts.terms_of(row).currency
    amount = accepted_part(cut.amount, cut.accepted, body.amount, currency)
    tx.insert(
        accepted_cut,
        id=tx.new_id("accepted_cut"),
        contract_id=row["id"],
        sov_line_id=cut.line_id,
        invoice_id=cut.invoice_id,
        amount=amount,
        reason=body.reason,
        accepted_by=tx.by,
        accepted_on=business_date(tx, row),
    )
    said = f"{cut.name}, line {cut.item_no}: {in_words_of_a_page(amount, currency)}. {body.reason}"
    tx.change(contract, "contract", row, "accept_cut", CONTRACT, reason=said)
    wake = content_may_have_changed(tx, row["id"], f"cut accepted: {said}")
    return Outcome(
        done=True, result={"contract_id": str(row["id"]), "accepted": written(amount, currency)}, wake=wake
    )
