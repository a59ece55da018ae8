"""What a client keeps back of a payment besides retainage: recorded, paid after all, or given up.

It changes no line of the application: what is open on the invoice falls and rises, and the invoice is not
paid as long as something of it is kept back.
"""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from sqlalchemy.engine import RowMapping

from contracts_app.domain.billing import withholds as rules
from contracts_app.domain.billing.withholds import Withhold
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.withhold_commands import ConcedeWithhold, RecordWithhold, ReturnWithhold
from contracts_app.domain.money import ZERO, in_words_of_a_page, is_at_scale, opposite, total, written
from contracts_app.domain.refusals import Refused, not_allowed, wrong_content
from contracts_app.domain.transitions import INVOICE, require
from contracts_app.services.invoices import contract_changed, locked, name_of, neighbours
from contracts_app.services.periods import business_date
from contracts_app.store import contracts, receivables, withholds
from contracts_app.store.submission_tables import withhold_entry
from contracts_app.store.tables import client, invoice, receivable_entry
from contracts_app.store.transaction import Transaction

_CAUSES = {"withheld": "kept_back", "returned": "returned"}
"""What the receivable says of them; tax that a client withholds by law is another cause."""
Body = RecordWithhold | ReturnWithhold | ConcedeWithhold


def record_withhold(tx: Transaction, body: RecordWithhold) -> Outcome:
    """The client keeps back part of what is open; it is not demanded while he does."""
    agreed, row, owed = _found(tx, body)
    still = receivables.balance(tx.connection, tx.firm_id, owed["id"])
    if body.amount > still:
        raise wrong_content(
            "withhold_exceeds_payment",
            f"{in_words_of_a_page(body.amount, owed['currency'])} cannot be withheld: "
            f"{in_words_of_a_page(still, owed['currency'])} is open on {name_of(row)}.",
        )
    return _entered(tx, agreed, row, owed, body, "withheld", body.amount)


def return_withhold(tx: Transaction, body: ReturnWithhold) -> Outcome:
    """What was kept back is payable from today. Raises Refused for more than is held for this reason."""
    agreed, row, owed = _found(tx, body)
    return _entered(tx, agreed, row, owed, body, "returned", opposite(body.amount))


def concede_withhold(tx: Transaction, body: ConcedeWithhold) -> Outcome:
    """The client keeps it. Another person than who recorded it says so; then the invoice may be settled."""
    agreed, row, owed = _found(tx, body)
    for entry in withholds.ledger(tx.connection, tx.firm_id, agreed["id"], row["id"]):
        same = (entry.reason, entry.reference) == (body.reason, body.reference)
        if same and entry.kind == "withheld" and entry.by_id == tx.by:
            raise not_allowed("You recorded this withhold, so somebody else gives it up.")
    return _entered(tx, agreed, row, owed, body, "conceded", opposite(body.amount))


def _found(tx: Transaction, body: Body) -> tuple[RowMapping, RowMapping, RowMapping]:
    """Contract, invoice and receivable of a command. Raises Refused."""
    agreed, row = locked(tx, body.invoice_id)
    require(INVOICE, body.command, row["state"], "invoice")
    currency = contracts.terms_of(agreed).owed_in
    if body.amount <= ZERO or not is_at_scale(body.amount, currency):
        raise wrong_content("withhold_amount", f"Enter an amount above zero in {currency}.")
    owed = receivables.of_invoice(tx.connection, tx.firm_id, row["id"])
    if owed is None:
        raise Refused("nothing_owed", f"Nothing is owed on {name_of(row)}, so nothing can be withheld.")
    return agreed, row, owed


def _entered(
    tx: Transaction,
    agreed: RowMapping,
    row: RowMapping,
    owed: RowMapping,
    body: Body,
    kind: str,
    amount: Decimal,
) -> Outcome:
    """Write the entry, and what it does to the receivable. Raises Refused as `withholds.balances` does."""
    number = row["application_no"]
    before = [
        Withhold(application_no=number, reason=each.reason, reference=each.reference, amount=each.amount)
        for each in withholds.ledger(tx.connection, tx.firm_id, agreed["id"], row["id"])
    ]
    entry = Withhold(application_no=number, reason=body.reason, reference=body.reference, amount=amount)
    held = total(rules.balances((*before, entry), owed["currency"]).values())
    today = business_date(tx, agreed)
    posted_id: UUID | None = None
    if kind != "conceded":
        posted_id = tx.new_id("receivable_entry", row["id"], kind)
        tx.insert(
            receivable_entry,
            id=posted_id,
            receivable_id=owed["id"],
            cause=_CAUSES[kind],
            amount=opposite(amount),
            posted_on=today,
        )
    tx.insert(
        withhold_entry,
        id=tx.new_id("withhold_entry"),
        contract_id=agreed["id"],
        invoice_id=row["id"],
        kind=kind,
        reason=body.reason.value,
        reference=body.reference,
        amount=amount,
        remark=body.remark,
        entered_by=tx.by,
        entered_on=today,
        receivable_entry_id=posted_id,
    )
    still = receivables.balance(tx.connection, tx.firm_id, owed["id"])
    settled = held <= ZERO and still <= ZERO
    said = f"{in_words_of_a_page(abs(amount), owed['currency'])}, {body.reason.said} {body.reference}".strip()
    tx.change(invoice, "invoice", row, body.command, INVOICE, "paid" if settled else row["state"], said)
    owner = tx.lock(client, agreed["client_id"], "client")
    tx.change(client, "client", owner, body.command, reason=f"{name_of(row)}: {said}")
    contract_changed(tx, agreed, f"{name_of(row)}: {said} {kind}")
    return Outcome(
        done=True,
        result={
            "invoice_id": str(row["id"]),
            "open": written(still, owed["currency"]),
            "withheld": written(held, owed["currency"]),
        },
        wake=neighbours(agreed),
    )
