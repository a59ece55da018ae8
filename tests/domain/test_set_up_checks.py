"""What a contract that is being set up still needs: schedule, milestones, rates, names, overtime."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.checking.set_up import checks
from contracts_app.domain.contract import ContractTerms, InvoiceForm, OvertimeTerms
from contracts_app.domain.receivables.progress import ContractFacts, next_contract_step
from contracts_app.domain.time.rate_card import RateRow

DAY = date(2024, 2, 12)
TERMS = ContractTerms(
    currency="USD",
    original_sum=Decimal("1000.00"),
    contract_date=DAY,
    invoice_form=InvoiceForm.consulting,
    overtime=OvertimeTerms.model_validate(
        {
            "classes": [
                {"name": "double", "convention": "flat_rate"},
                {"name": "night", "convention": "markup_on_pay", "factor": "1.5", "markup": "0.25"},
            ]
        }
    ),
)
BY_TIME = SovLine(
    id=uuid4(),
    item_no="1",
    position=1,
    description="Study",
    scheduled_value=Decimal("1000.00"),
    basis=Basis.time_and_materials,
)


def rate(**more: object) -> RateRow:
    return RateRow.model_validate({"rate": "100.00", "effective_from": DAY, **more})


def missing(*rates: RateRow) -> list[str]:
    return [one.code for one in checks(TERMS, [BY_TIME], [], rates, ["Study"]) if one.missing]


def looked_at(*rates: RateRow) -> list[str]:
    found = checks(TERMS, [BY_TIME], [], rates, [])
    return [one.code for one in found if not one.met and not one.blocks]


def test_a_contract_billed_by_time_needs_a_rate_card() -> None:
    assert missing() == ["no_rate_card"]
    assert missing(rate()) == []
    nothing = checks(TERMS, [], [], [], [])
    assert [one.code for one in nothing if one.missing] == ["schedule_does_not_tie"]


def test_names_alike_and_overtime_without_its_rates_are_pointed_out() -> None:
    assert looked_at(rate()) == ["no_projects", "no_flat_rate", "no_pay_rate"]
    rates = (rate(person="Sample Partner", pay="60"), rate(person="sample partner"), rate(overtime="double"))
    assert looked_at(*rates) == ["no_projects", "names_alike"]


def test_what_is_missing_is_what_the_contract_waits_for() -> None:
    said = next(one.sentence for one in checks(TERMS, [BY_TIME], [], [], []) if one.missing)
    facts = ContractFacts(
        state="setting_up",
        number="C-1",
        has_schedule=True,
        missing=said,
        open_invoice=None,
        unpaid_invoices=0,
        fully_billed=False,
        retainage_held=False,
        outstanding_for_release=(),
        next_application=1,
        next_period_end=DAY,
        next_period_end_at=datetime(2024, 2, 13, tzinfo=UTC),
        now=datetime(2024, 2, 12, tzinfo=UTC),
    )
    waits = next_contract_step(facts).waiting
    assert waits is not None
    assert waits.for_role == "coordinator"
    assert "there is no rate card" in waits.sentence
    ready = next_contract_step(facts.model_copy(update={"missing": ""})).waiting
    assert ready is not None
    assert ready.for_role == "controller"
