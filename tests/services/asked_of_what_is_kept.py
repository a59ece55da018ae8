"""What people may ask about money that is kept back: withholds, lien waivers, what replaces retainage."""

from __future__ import annotations

from decimal import Decimal

from contracts_app.domain.billing.withholds import WithholdReason
from contracts_app.domain.checking.lien_waivers import WaiverForm
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.retainage_commands import RecordSecurity, SecurityKind
from contracts_app.domain.commands.submission_commands import GiveWaiver
from contracts_app.domain.commands.withhold_commands import ConcedeWithhold, RecordWithhold, ReturnWithhold
from tests.services.contract_facts import Facts, Pick, an_invoice, asked, one_of


@asked
def record_withhold(now: Facts, pick: Pick) -> Body:
    return RecordWithhold(
        invoice_id=one_of(sorted(now.owed), pick),
        reason=pick((WithholdReason.defective_work, WithholdReason.delay)),
        reference=pick((f"N-{now.number}", "")),
        amount=Decimal(pick(("10.00", "5000.00"))),
        remark="The register is loose.",
    )


@asked
def return_withhold(now: Facts, pick: Pick) -> Body:
    invoice_id, held = one_of(now.withheld, pick)
    return ReturnWithhold(
        invoice_id=invoice_id,
        reason=held.reason,
        reference=held.reference,
        amount=pick((held.amount, Decimal("0.01"), held.amount + 1)),
    )


@asked
def concede_withhold(now: Facts, pick: Pick) -> Body:
    invoice_id, held = one_of(now.withheld, pick)
    return ConcedeWithhold(
        invoice_id=invoice_id,
        reason=held.reason,
        reference=held.reference,
        amount=pick((held.amount, held.amount + 1)),
        remark="Agreed with the client.",
    )


@asked
def record_security(now: Facts, pick: Pick) -> Body:
    return RecordSecurity(
        contract_id=now.contract_id,
        reference=pick((f"BOND-{now.number}", "BOND")),
        kind=SecurityKind.bond,
        issuer="Sample Surety",
        amount=Decimal(pick(("10.00", "0.01"))),
        from_day=now.today,
    )


@asked
def give_waiver(now: Facts, pick: Pick) -> Body:
    return GiveWaiver(
        contract_id=now.contract_id,
        invoice_id=an_invoice(now, pick, "draft", "in_review", "approved"),
        form=pick((WaiverForm.conditional_progress, WaiverForm.unconditional_progress)),
    )
