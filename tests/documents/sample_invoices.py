"""Consulting invoices for the tests of documents, drafted by the domain; all names are made up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from contracts_app.documents.consulting_invoice import (
    Amendment,
    BilledMilestone,
    ConsultingInvoiceContent,
    PhaseTerms,
)
from contracts_app.documents.contents import Signature
from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import Entry, Kind, PreviousCertificate, PreviousLine
from contracts_app.domain.billing.schedule_of_values import Basis, ChangeOrder, ChangeOrderState, SovLine
from contracts_app.domain.billing.snapshot import Snapshot, TimeBefore
from contracts_app.domain.contract import ContractTerms, HourRounding, InvoiceForm, ReceivableArises
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.time.time_and_materials import TimeEntry
from tests.documents import sample_contents as sample

SPACE = UUID("6f1b3f5e-0000-4000-8000-000000000002")
STUDY, DESIGN, SITE, HELP = (uuid5(SPACE, name) for name in ("1", "2", "3", "4"))
TO_THE_SECOND = HourRounding()
QUARTERS = HourRounding(unit_seconds=900)
WORK = (
    "Weekly call with the client's team, minutes and follow-up",
    "Load calculation for the north wing, second pass after the review of March",
    "Draft of the commissioning plan; review with the electrical engineer & the owner <both>",
    "Site visit: photographs, notes",
    '=HYPERLINK("https://example.org/very/long/path/2024/03/notes-and-photographs?id=12345678901234567890")',
)
PEOPLE = (
    ("Ines Halloran", "Principal"),
    ("Tomas Verhey", "Senior engineer"),
    ("Ruth Amadi", None),
    ("o.winterbourne-lafayette2@northbank.example", "Commissioning agent"),
)


Content = ConsultingInvoiceContent


def schedule(study: str = "9000.00") -> tuple[SovLine, ...]:
    """Two phases by time (one capped, one an estimate), one by milestones, one lump sum."""

    def line(line_id: UUID, item: str, what: str, value: str, **more: object) -> SovLine:
        return SovLine.model_validate(
            {
                "id": line_id,
                "item_no": item,
                "position": int(item),
                "description": what,
                "scheduled_value": Decimal(value),
            }
            | more
        )

    by_time = Basis.time_and_materials
    return (
        line(STUDY, "1", "Feasibility study and load calculations", study, basis=by_time),
        line(DESIGN, "2", "Schematic design", "24000.00", basis=Basis.milestone),
        line(SITE, "3", "Services during construction", "6000.00", basis=by_time, not_to_exceed=False),
        line(HELP, "4", "Permit set", "8000.00"),
    )


def entries(count: int, rounding: HourRounding) -> tuple[TimeEntry, ...]:
    """So many entries of March on the study and on the services; a tenth of them written down or up."""
    made = []
    for index in range(count):
        person, role = PEOPLE[index % len(PEOPLE)]
        seconds = (index % 5 + 1) * 1800 + (index * 37 % 60 if rounding.unit_seconds == 1 else 0)
        made.append(
            TimeEntry(
                id=uuid5(SPACE, f"entry {index}"),
                line_id=SITE if index % 6 == 5 else STUDY,
                work_date=date(2024, 3, 1) + timedelta(days=index * 30 // max(count, 1)),
                person=person,
                role=role,
                description=WORK[index % len(WORK)],
                seconds=seconds,
                bill_seconds=seconds - 900 if index % 10 == 3 else None,
                source="" if index % 9 == 8 else f"time_detailed_2024-03_northbank_all.csv, row {index + 2}",
                position=index + 2,
            )
        )
    return tuple(made)


def snapshot(
    count: int = 6,
    *,
    rounding: HourRounding = TO_THE_SECOND,
    deposit: str = "0",
    study: str = "9000.00",
    over_before: str = "0",
    claimed: Sequence[TimeEntry] | None = None,
) -> Snapshot:
    """The third invoice of a contract: 3,500.00 of the study and 9,000.00 of the design billed before.

    `study` is the limit of the study (8,000.00 as signed, the rest by an amendment that raises it);
    `over_before` is time of earlier invoices that was over the limit.
    """
    raised = Decimal(study) - Decimal("8000.00")
    return Snapshot(
        contract_id=uuid5(SPACE, "contract"),
        contract_number="C-2024-011",
        kind=Kind.consulting,
        application_no=3,
        period_to=date(2024, 3, 31),
        terms=ContractTerms(
            currency="USD",
            original_sum=Decimal("46000.00"),
            contract_date=date(2024, 1, 8),
            receivable_arises=ReceivableArises.submission,
            certified_by_client=False,
            invoice_form=InvoiceForm.consulting,
            hour_rounding=rounding,
        ),
        schedule=schedule(study),
        change_orders=(
            ChangeOrder(
                number="A-1",
                title="Second pass of the load calculations",
                amount=raised,
                state=ChangeOrderState.executed,
                executed_on=date(2024, 3, 11),
                raises=STUDY,
            ),
        ),
        milestones=(),
        previous=PreviousCertificate(
            application_no=2,
            period_to=date(2024, 2, 29),
            line6=Decimal("14100.00"),
            lines=(
                PreviousLine(line_id=STUDY, completed=Decimal("3500.00")),
                PreviousLine(line_id=DESIGN, completed=Decimal("9000.00")),
                PreviousLine(line_id=HELP, completed=Decimal("1600.00")),
            ),
        ),
        entries=(
            Entry(line_id=DESIGN, this_period=Decimal("7500.00")),
            Entry(line_id=HELP, this_period=Decimal("1200.00")),
        ),
        rate_card=(
            RateRow(rate=Decimal("145.50"), effective_from=date(2024, 1, 1)),
            RateRow(person="Ines Halloran", rate=Decimal("212.125"), effective_from=date(2024, 1, 1)),
        ),
        time=entries(count, rounding) if claimed is None else tuple(claimed),
        time_before=(TimeBefore(line_id=STUDY, amount=Decimal("3500.00") + Decimal(over_before)),),
        deposit_balance=Decimal(deposit),
    )


def content(known: Snapshot | None = None, **changes: object) -> ConsultingInvoiceContent:
    """The invoice that the snapshot gives."""
    known = known or snapshot()
    before = {line.line_id: line.completed for line in known.previous.lines} if known.previous else {}
    fields: dict[str, object] = {
        "firm": sample.FIRM,
        "client": sample.CLIENT,
        "currency": "USD",
        "content_sha256": sample.HASH,
        "payment_instructions": ("Northbank Mechanical Works, Ellery Trust Bank, account ending 0042",),
        "application": draft(known),
        "contract_number": "C-2024-011",
        "contract_title": "Ellery County Hospital, energy study",
        "invoice_number": "INV-2024-0031",
        "submitted_on": date(2024, 4, 2),
        "terms": "Net 30 from the invoice date",
        "due_on": date(2024, 5, 2),
        "prepared": sample.PREPARED,
        "approvals": (
            Signature(role="Approved by the project manager", name="Tomas Verhey", on=date(2024, 4, 2)),
        ),
        "phases": tuple(
            PhaseTerms(
                line_id=line.id,
                basis=line.basis,
                not_to_exceed=line.not_to_exceed,
                before=before.get(line.id, Decimal(0)),
            )
            for line in known.schedule
        ),
        "amendments": tuple(
            Amendment(
                number=order.number,
                title=order.title,
                executed_on=order.executed_on,
                amount=order.amount,
                raises="1",
            )
            for order in known.change_orders
            if order.executed_on
        ),
        "milestones": (
            BilledMilestone(
                line_id=DESIGN,
                title="Drawings at 60 %",
                approved_on=date(2024, 3, 20),
                amount=Decimal("6000.00"),
                whole=Decimal("6000.00"),
            ),
            BilledMilestone(
                line_id=DESIGN,
                title="Owner's review",
                approved_on=date(2024, 3, 28),
                amount=Decimal("1500.00"),
                whole=Decimal("4000.00"),
            ),
        ),
        "hour_rounding": known.terms.hour_rounding,
        "deposit_before": known.deposit_balance,
    }
    return ConsultingInvoiceContent.model_validate(fields | changes)
