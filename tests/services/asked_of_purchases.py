"""What people may ask of a contract's purchases and of its extra work: orders, deliveries, vendors' bills and
credits, tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts_app.domain.changes.extra_work import HoursOnTicket
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.purchasing_commands import (
    ApprovePurchase,
    BilledRow,
    ChangeCommitment,
    ChangedRow,
    CreditedRow,
    EnterBill,
    EnterCommitment,
    EnterVendorCredit,
    OrderedRow,
    Paper,
    ReceivedRow,
    RecordDelivery,
    RejectPurchase,
    ReleaseOfSub,
    SettleHold,
)
from contracts_app.domain.commands.submission_commands import ReviseApplication
from contracts_app.domain.commands.ticket_commands import CorrectTicket, EnterTicket, SignTicket, VoidTicket
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.purchasing.commitments import CommitmentKind
from contracts_app.domain.purchasing.standing import Settlement
from contracts_app.domain.transitions import InvoiceState
from tests.services.contract_facts import Facts, Pick, an_invoice, asked, one_of

HOUR = 3600


@asked
def enter_commitment(now: Facts, pick: Pick) -> Body:
    line = OrderedRow(
        item_no="1",
        description="Balancing by others",
        category=CostCategory.subcontract,
        quantity=Decimal(10),
        unit_price=Decimal("100.00"),
        sov_item_no=pick(("1", None, "9")),
    )
    return EnterCommitment(
        contract_id=now.contract_id,
        number=pick((f"S-{len(now.commitments) + 1}", "S-1")),
        title="Balancing",
        vendor="Sample Balancing",
        kind=CommitmentKind.subcontract,
        retainage_rate=Decimal("0.10"),
        ordered_on=now.today,
        lines=(line,),
    )


@asked
def change_commitment(now: Facts, pick: Pick) -> Body:
    return ChangeCommitment(
        contract_id=now.contract_id,
        commitment_id=_commitment(now, pick),
        number=f"S-CO-{now.number}",
        reason="More of it.",
        changes=(ChangedRow(item_no="1", quantity=Decimal(pick(("2", "-20")))),),
    )


@asked
def record_delivery(now: Facts, pick: Pick) -> Body:
    return RecordDelivery(
        contract_id=now.contract_id,
        commitment_id=_commitment(now, pick),
        received_on=now.today,
        reference=f"Note {now.number}",
        lines=(ReceivedRow(item_no="1", quantity=Decimal(pick(("10", "-1", "40")))),),
    )


@asked
def enter_bill(now: Facts, pick: Pick) -> Body:
    line = BilledRow(item_no="1", quantity=Decimal(10), unit_price=Decimal(pick(("105.00", "100.00"))))
    return EnterBill(
        contract_id=now.contract_id,
        commitment_id=_commitment(now, pick),
        number=pick((f"{now.number}", "4711")),
        dated=now.today,
        lines=(line,),
    )


@asked
def settle_hold(now: Facts, pick: Pick) -> Body:
    # Ten at five more than was ordered.
    return SettleHold(
        contract_id=now.contract_id,
        bill_id=_paper(now, pick, Paper.bill)["id"],
        line=1,
        settlement=pick((Settlement.pay_what_matches, Settlement.pay_as_billed)),
        disputed=Decimal(pick(("50.00", "0"))),
        reason="The vendor was told.",
    )


@asked
def enter_vendor_credit(now: Facts, pick: Pick) -> Body:
    return EnterVendorCredit(
        contract_id=now.contract_id,
        bill_id=_paper(now, pick, Paper.bill)["id"],
        number=f"CM-{now.number}",
        dated=now.today,
        lines=(CreditedRow(line=1, quantity=Decimal(1), amount=Decimal(pick(("100.00", "9000.00")))),),
    )


@asked
def approve_purchase(now: Facts, pick: Pick) -> Body:
    paper = _paper(now, pick)
    return ApprovePurchase(
        contract_id=now.contract_id,
        paper=paper["paper"],
        paper_id=paper["id"],
        version=paper["version"],
    )


@asked
def reject_purchase(now: Facts, pick: Pick) -> Body:
    paper = _paper(now, pick)
    return RejectPurchase(
        contract_id=now.contract_id, paper=paper["paper"], paper_id=paper["id"], reason="Not so."
    )


@asked
def release_of_sub(now: Facts, pick: Pick) -> Body:
    return ReleaseOfSub(
        contract_id=now.contract_id,
        commitment_id=_commitment(now, pick),
        item_no="1",
        amount=Decimal(pick(("10.00", "5000.00"))),
        released_on=now.today,
    )


@asked
def enter_ticket(now: Facts, pick: Pick) -> Body:
    return EnterTicket(
        contract_id=now.contract_id,
        number=pick((f"T-{len(now.tickets) + 1}", "T-1")),
        work_date=now.today,
        what="Opened a wall",
        labour=_hours(pick),
    )


@asked
def correct_ticket(now: Facts, pick: Pick) -> Body:
    return CorrectTicket(
        contract_id=now.contract_id,
        number=_ticket(now, pick),
        work_date=now.today,
        what="Opened and closed a wall",
        labour=_hours(pick),
    )


@asked
def sign_ticket(now: Facts, pick: Pick) -> Body:
    return SignTicket(
        contract_id=now.contract_id,
        number=_ticket(now, pick),
        signed_by="Sample Superintendent",
        signed_on=now.today,
        evidence="Pad, sheet 7",
    )


@asked
def void_ticket(now: Facts, pick: Pick) -> Body:
    return VoidTicket(contract_id=now.contract_id, number=_ticket(now, pick), reason="Was in the contract.")


@asked
def revise_application(now: Facts, pick: Pick) -> Body:
    return ReviseApplication(
        invoice_id=an_invoice(now, pick, InvoiceState.submitted.value), reason="A line was forgotten."
    )


def _hours(pick: Pick) -> tuple[HoursOnTicket, ...]:
    return (HoursOnTicket(what="Carpenter", seconds=pick((2, 3)) * HOUR, rate=Decimal("45.00")),)


def _ticket(now: Facts, pick: Pick) -> str:
    return str(one_of(now.tickets, pick)["number"])


def _commitment(now: Facts, pick: Pick) -> UUID:
    known: list[UUID] = [row["id"] for row in now.commitments if row["state"] == "approved"]
    every: list[UUID] = [row["id"] for row in now.commitments]
    return one_of(known or every, pick)


def _paper(now: Facts, pick: Pick, *kinds: Paper) -> Mapping[str, Any]:
    """What is not decided on yet, else any."""
    known: Sequence[Mapping[str, Any]] = [
        row for row in now.purchases if not kinds or row["paper"] in [kind.value for kind in kinds]
    ]
    return one_of([row for row in known if row["state"] == "entered"] or known, pick)
