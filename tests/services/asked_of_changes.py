"""What people may ask of a contract's changes: change orders not signed yet, moved budget, client orders,
pencil copies; and of time that is split, moved or overtime."""

from __future__ import annotations

from decimal import Decimal

from contracts_app.domain.commands.agreement_commands import ScheduleRow
from contracts_app.domain.commands.change_commands import (
    NoteChangeOrder,
    PriceChangeOrder,
    SubmitChangeOrder,
    VoidChangeOrder,
)
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.funding_commands import (
    AmendClientOrder,
    ClientOrderRow,
    CloseClientOrder,
    RecordClientOrder,
)
from contracts_app.domain.commands.revision_commands import (
    ApproveRevision,
    LineMove,
    ProposeRevision,
    RejectRevision,
)
from contracts_app.domain.commands.submission_commands import LineRemark, RemarkOnPencil, SharePencil
from contracts_app.domain.commands.time_commands import (
    DecideOvertime,
    MoveTime,
    SeenEntry,
    SetOvertime,
    SplitTime,
    TimePart,
)
from contracts_app.domain.funding.funding_terms import OnExceed
from tests.services.contract_facts import (
    Facts,
    NothingToName,
    Pick,
    a_change_order,
    an_entry,
    an_invoice,
    asked,
    one_of,
)


@asked
def note_change_order(now: Facts, pick: Pick) -> Body:
    return NoteChangeOrder(
        contract_id=now.contract_id,
        number=pick((f"CO-{len(now.orders) + 1}", "CO-1")),
        title="Perhaps more",
        amount=Decimal("80.00"),
    )


@asked
def price_change_order(now: Facts, pick: Pick) -> Body:
    number = a_change_order(now, pick, "potential", "requested")
    line = ScheduleRow(
        item_no=f"{number}-1", description="More", scheduled_value=Decimal(pick(("60.00", "-10.00")))
    )
    return PriceChangeOrder(contract_id=now.contract_id, number=number, lines=(line,))


@asked
def submit_change_order(now: Facts, pick: Pick) -> Body:
    return SubmitChangeOrder(contract_id=now.contract_id, number=a_change_order(now, pick, "requested"))


@asked
def void_change_order(now: Facts, pick: Pick) -> Body:
    number = a_change_order(now, pick, "potential", "requested", "submitted")
    return VoidChangeOrder(contract_id=now.contract_id, number=number, reason="Not wanted.")


@asked
def propose_revision(now: Facts, pick: Pick) -> Body:
    amount = Decimal(pick(("10.00", "600.00")))
    return ProposeRevision(
        contract_id=now.contract_id,
        number=pick((f"R-{len(now.revisions) + 1}", "R-1")),
        effective_on=now.today,
        reason="Less duct, more balancing.",
        moves=(LineMove(item_no="1", amount=-amount), LineMove(item_no=pick(("2", "9")), amount=amount)),
    )


@asked
def approve_revision(now: Facts, pick: Pick) -> Body:
    return ApproveRevision(contract_id=now.contract_id, number=_revision(now, pick))


@asked
def reject_revision(now: Facts, pick: Pick) -> Body:
    return RejectRevision(contract_id=now.contract_id, number=_revision(now, pick), reason="Not now.")


@asked
def record_client_order(now: Facts, pick: Pick) -> Body:
    return RecordClientOrder(
        contract_id=pick((now.people.other_contract_id, now.contract_id)),
        number=pick((f"PO-{len(now.client_orders) + 1}", "PO-1")),
        dated_on=now.today,
        on_exceed=pick((OnExceed.warn, OnExceed.block)),
        lines=(ClientOrderRow(number="1", amount=Decimal("10000.00")),),
    )


@asked
def amend_client_order(now: Facts, pick: Pick) -> Body:
    return AmendClientOrder(
        contract_id=now.people.other_contract_id,
        number=_client_order(now, pick),
        on_exceed=OnExceed.warn,
        lines=(ClientOrderRow(number="1", amount=Decimal(pick(("12000.00", "100.00")))),),
        reason="Amended by the client.",
    )


@asked
def close_client_order(now: Facts, pick: Pick) -> Body:
    return CloseClientOrder(
        contract_id=now.people.other_contract_id,
        number=_client_order(now, pick),
        reason="The year is over.",
    )


@asked
def split_time(now: Facts, pick: Pick) -> Body:
    entry = an_entry(now, pick, "approved", "open")
    half = entry["seconds"] // 2
    parts = (
        TimePart(seconds=half),
        TimePart(seconds=entry["seconds"] - half, item_no=pick((None, "2", "1"))),
    )
    return SplitTime(contract_id=now.contract_id, entry_id=entry["id"], parts=parts, reason="Two lines.")


@asked
def move_time(now: Facts, pick: Pick) -> Body:
    return MoveTime(
        contract_id=now.contract_id,
        entries=(an_entry(now, pick, "open", "approved")["id"],),
        to_contract_id=pick((now.people.other_contract_id, now.contract_id)),
        item_no="1",
        reason="Worked for the other contract.",
    )


@asked
def set_overtime(now: Facts, pick: Pick) -> Body:
    return SetOvertime(
        contract_id=now.contract_id,
        entries=(an_entry(now, pick, "open", "approved")["id"],),
        overtime=pick(("overtime", None, "double")),
        reason="After six.",
    )


@asked
def decide_overtime(now: Facts, pick: Pick) -> Body:
    entries = [row for row in now.time if row["overtime"]] or now.time
    entry = one_of(entries, pick)
    return DecideOvertime(
        contract_id=now.contract_id,
        entries=(SeenEntry(id=entry["id"], version=entry["version"]),),
        approved=pick((True, False)),
        reason="The client wrote so.",
    )


@asked
def share_pencil(now: Facts, pick: Pick) -> Body:
    return SharePencil(invoice_id=an_invoice(now, pick, "draft"))


@asked
def remark_on_pencil(now: Facts, pick: Pick) -> Body:
    shown = [row["id"] for row in now.invoices if row["id"] in now.pencils]
    if not shown:
        raise NothingToName
    invoice_id = pick(shown)
    return RemarkOnPencil(
        invoice_id=invoice_id,
        pencil_id=now.pencils[invoice_id],
        remarks=(LineRemark(remark=f"Less, please, {now.number}."),),
    )


def _revision(now: Facts, pick: Pick) -> str:
    known = [row for row in now.revisions if row["state"] == "proposed"]
    return str(one_of(known or now.revisions, pick)["number"])


def _client_order(now: Facts, pick: Pick) -> str:
    known = [row for row in now.client_orders if row["state"] == "open"]
    return str(one_of(known or now.client_orders, pick)["number"])
