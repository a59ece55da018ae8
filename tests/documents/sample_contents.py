"""Realistic contents for the tests of documents; all names are made up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from uuid import UUID, uuid5

from contracts_app.documents.contents import (
    ApplicationContent,
    AppliedCash,
    Certificate,
    OverdueInvoice,
    Party,
    ReceiptContent,
    ReducedLine,
    ReductionContent,
    ReminderContent,
    RetainageReleaseContent,
    Signature,
)
from contracts_app.domain.billing.pay_application import (
    Entry,
    Kind,
    PayApplication,
    PreviousCertificate,
    PreviousLine,
    compose,
)
from contracts_app.domain.billing.schedule_of_values import ChangeOrder, ChangeOrderState, SovLine
from contracts_app.domain.contract import ContractTerms, RetainageTerms

SPACE = UUID("6f1b3f5e-0000-4000-8000-000000000001")
HASH = "3fa2c1d4b5e6978812345678900abcdef1234567890abcdef1234567890abcde"
FIRM = Party(
    name="Northbank Mechanical Works",
    address=("118 Foundry Row", "Port Ellery, OH 44099"),
    contact="Accounts receivable",
    email="billing@northbank.example",
    phone="+1 555 0100",
    tax_id="00-0000000",
)
CLIENT = Party(
    name="Harrow & Vale Builders",
    address=("2200 Quarry Street, Suite 400", "Port Ellery, OH 44098"),
    contact="Dana Okafor",
    email="pay@harrowvale.example",
)
DESCRIPTIONS = (
    "General Conditions & Project Management",
    "Submittals & Engineering",
    "Ductwork - Fabrication",
    "Ductwork - Installation",
    "Piping - Hydronic Systems",
    "Piping - Refrigerant",
    "Equipment - RTUs/AHUs",
    "Equipment - Chillers/Boilers",
    "Equipment - Terminal Units (VAV/FCU)",
    "Controls - DDC/BAS Installation",
    "Controls - Programming & Commissioning",
    "Insulation",
    "Testing, Adjusting & Balancing (TAB)",
    "Startup & Commissioning Support",
    "Closeout Documentation & Training",
)
VALUES = (
    *(344700, 140800, 520300, 647400, 524500, 352400, 661300, 528800, 492800, 487000),
    *(198600, 316900, 113800, 110700, 104000),
)
CHANGES = (125100, 88400, -42150, 97500, 52450)
TERMS = ContractTerms(
    currency="USD",
    original_sum=Decimal(sum(VALUES)),
    contract_date=date(2024, 1, 5),
    retainage=RetainageTerms(rate_completed=Decimal("0.10"), rate_stored=Decimal("0.05")),
)
PREPARED = Signature(role="Prepared by", name="Ines Halloran", on=date(2024, 9, 27))
APPROVALS = (
    Signature(role="Approved by project manager", name="Tomas Verhey", on=date(2024, 9, 29)),
    Signature(role="Approved by controller", name="Ruth Amadi", on=date(2024, 9, 30)),
)


def schedule(times: int = 1) -> list[SovLine]:
    """15 base lines (each `times` times) and 5 change order lines."""
    lines = []
    for turn in range(times):
        for index, (text, value) in enumerate(zip(DESCRIPTIONS, VALUES, strict=True)):
            number = f"{turn * len(VALUES) + index + 1:02d}"
            lines.append(_line(number, text, Decimal(value), None))
    for index, value in enumerate(CHANGES, 1):
        lines.append(
            _line(
                f"CO-{index:02d}", f"Change order {index}: revised routing", Decimal(value), f"CO-{index:02d}"
            )
        )
    return lines


def _line(number: str, text: str, value: Decimal, change_order: str | None) -> SovLine:
    return SovLine(
        id=uuid5(SPACE, number),
        item_no=number,
        position=0,
        description=text,
        scheduled_value=value,
        change_order=change_order,
    )


def application(times: int = 1, *, number: int = 7) -> PayApplication:
    """An application in mid-project: work done before, work this period, some stored material."""
    lines = schedule(times)
    terms = TERMS.model_copy(update={"original_sum": Decimal(sum(VALUES) * times)})
    orders = [
        ChangeOrder(
            number=f"CO-{index:02d}",
            title="Revised routing",
            amount=Decimal(value),
            state=ChangeOrderState.executed,
            executed_on=date(2024, 5 + index, 10),
        )
        for index, value in enumerate(CHANGES, 1)
    ]
    before = [
        PreviousLine(line_id=line.id, completed=_part(line.scheduled_value, "0.413"), stored=Decimal(0))
        for line in lines
    ]
    line6 = sum((line.completed for line in before), Decimal(0)) * Decimal("0.9")
    return compose(
        kind=Kind.application,
        application_no=number,
        period_to=date(2024, 9, 30),
        terms=terms,
        schedule=lines,
        orders_in_force=orders,
        previous=PreviousCertificate(
            application_no=number - 1,
            period_to=date(2024, 8, 31),
            line6=line6.quantize(Decimal("0.01")),
            lines=tuple(before),
        ),
        entries={
            line.id: Entry(
                line_id=line.id,
                this_period=_part(line.scheduled_value, "0.087"),
                stored=_part(line.scheduled_value, "0.05") if "Equipment" in line.description else Decimal(0),
            )
            for line in lines
        },
        released={},
    )


def _part(value: Decimal, share: str) -> Decimal:
    return (value * Decimal(share)).quantize(Decimal("0.01"))


def application_content(**changes: object) -> ApplicationContent:
    fields: dict[str, object] = {
        "firm": FIRM,
        "client": CLIENT,
        "currency": "USD",
        "content_sha256": HASH,
        "payment_instructions": ("Northbank Mechanical Works, Ellery Trust Bank, account ending 0042",),
        "application": application(),
        "contract_number": "PRJ-2024-003",
        "contract_title": "Ellery County Hospital, Phase 2, HVAC",
        "architect": Party(name="Lumen Arch Studio"),
        "invoice_number": "INV-2024-0007",
        "submitted_on": date(2024, 9, 30),
        "terms": "Net 30 from certification",
        "due_on": None,
        "rate_completed": Decimal("0.10"),
        "rate_stored": Decimal("0.05"),
        "prepared": PREPARED,
        "approvals": APPROVALS,
    }
    return ApplicationContent.model_validate(fields | changes)


def certificate(content: ApplicationContent) -> Certificate:
    """A certificate for 12,500.00 less than applied."""
    return Certificate.model_validate(
        {
            "outcome": "less",
            "amount": content.application.line8 - Decimal("12500.00"),
            "line6": content.application.line6 - Decimal("12500.00"),
            "certified_by": "Dana Okafor, Harrow & Vale Builders",
            "certified_on": date(2024, 10, 7),
            "reason": "Item 04: hangers on level 3 are not installed yet.",
        }
    )


def release_content(**changes: object) -> RetainageReleaseContent:
    lines = schedule()
    total_retained = {line.id: _part(line.scheduled_value, "0.10") for line in lines}
    orders = [
        ChangeOrder(
            number=f"CO-{index:02d}",
            title="Revised routing",
            amount=Decimal(value),
            state=ChangeOrderState.executed,
            executed_on=date(2024, 5 + index, 10),
        )
        for index, value in enumerate(CHANGES, 1)
    ]
    sum_to_date = sum((line.scheduled_value for line in lines), Decimal(0))
    release = compose(
        kind=Kind.retainage_release,
        application_no=17,
        period_to=date(2025, 6, 30),
        terms=TERMS.model_copy(update={"retainage": RetainageTerms(rate_completed=Decimal("0.10"))}),
        schedule=lines,
        orders_in_force=orders,
        previous=PreviousCertificate(
            application_no=16,
            period_to=date(2025, 5, 31),
            line6=_part(sum_to_date, "0.90"),
            lines=tuple(PreviousLine(line_id=line.id, completed=line.scheduled_value) for line in lines),
        ),
        entries={},
        released=total_retained,
    )
    fields: dict[str, object] = application_content().model_dump(exclude={"application", "rate_stored"}) | {
        "application": release,
        "invoice_number": "INV-2025-0017",
        "submitted_on": date(2025, 6, 30),
        "condition": "Released on final completion, certified on June 20, 2025.",
    }
    return RetainageReleaseContent.model_validate(fields | changes)


def receipt_content(**changes: object) -> ReceiptContent:
    fields: dict[str, object] = {
        "firm": FIRM,
        "client": CLIENT,
        "currency": "USD",
        "content_sha256": HASH,
        "payment_reference": "ACH 20241104-77",
        "method": "Bank transfer",
        "received_on": date(2024, 11, 4),
        "amount": "450000.00",
        "applied": (
            AppliedCash(
                invoice_number="INV-2024-0006",
                application_number=6,
                open_before=Decimal("12500.00"),
                applied=Decimal("12500.00"),
                open_after=Decimal("0.00"),
            ),
            AppliedCash(
                invoice_number="INV-2024-0007",
                application_number=7,
                open_before=Decimal("440000.00"),
                applied=Decimal("437000.00"),
                open_after=Decimal("3000.00"),
            ),
        ),
        "unapplied": "500.00",
    }
    return ReceiptContent.model_validate(fields | changes)


def reminder_content(level: int = 15, **changes: object) -> ReminderContent:
    days = {1: 1, 15: 15, 30: 30}[level]
    fields: dict[str, object] = {
        "firm": FIRM,
        "client": CLIENT,
        "currency": "USD",
        "content_sha256": HASH,
        "payment_instructions": ("Northbank Mechanical Works, Ellery Trust Bank, account ending 0042",),
        "as_of": date.fromordinal(date(2024, 11, 6).toordinal() + days),
        "level": level,
        "invoices": (
            OverdueInvoice(
                invoice_number="INV-2024-0007",
                application_number=7,
                contract_number="PRJ-2024-003",
                issued_on=date(2024, 9, 30),
                due_on=date(2024, 11, 6),
                days_past_due=days,
                original=Decimal("440000.00"),
                paid=Decimal("37000.00"),
                open=Decimal("403000.00"),
            ),
        ),
        "total_overdue": "403000.00",
        "retainage_held": "550070.00",
    }
    return ReminderContent.model_validate(fields | changes)


def reduction_content(**changes: object) -> ReductionContent:
    fields: dict[str, object] = {
        "firm": FIRM,
        "client": CLIENT,
        "currency": "USD",
        "content_sha256": HASH,
        "contract_number": "PRJ-2024-003",
        "contract_title": "Ellery County Hospital, Phase 2, HVAC",
        "application_number": 6,
        "invoice_number": "INV-2024-0006",
        "period_to": date(2024, 8, 31),
        "applied": "437040.00",
        "certified": "424540.00",
        "certified_by": "Dana Okafor",
        "certified_on": date(2024, 9, 7),
        "reason": "Hangers on level 3 are not installed yet.",
        "due_on": date(2024, 10, 7),
        "lines": (
            ReducedLine(
                item="04",
                description="Ductwork - Installation",
                applied=Decimal("112500.00"),
                certified=Decimal("100000.00"),
            ),
        ),
    }
    return ReductionContent.model_validate(fields | changes)
