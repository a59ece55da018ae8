"""Tax from the terms to the payment: billed, certified, released, paid, proved; figures worked by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.taxed import DocumentTax, tax_of
from contracts_app.domain.checking import checks
from contracts_app.domain.commands.administration import EditClient
from contracts_app.domain.commands.invoice_commands import EditDraft, IssueInvoice, SubmitDraft
from contracts_app.domain.commands.tax_commands import AddTaxRate, SetTaxNumber, WithdrawTaxRate
from contracts_app.domain.roles import Role
from contracts_app.domain.tax.tax import TaxCategory
from contracts_app.services import tax_rates
from contracts_app.services.proving import prove, prove_all
from contracts_app.settings import Settings
from contracts_app.store import receivables, taxes
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.tables import invoice
from contracts_app.store.tax_tables import document_tax
from contracts_app.store.transaction import Origin, own_step, reading
from tests.services.looking import state_of
from tests.services.second_person import with_second
from tests.services.small_firm import SmallFirm, found
from tests.services.small_taxed_contract import WITH_WORK, add_entity, administered, open_taxed, paid

MARCH, APRIL, MAY = date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)
REVERSED = {"jurisdiction": "DE", "category": "reverse_charge", "reason": "Reverse charge"}
PHASES = (
    {"item_no": "1", "description": "Design", "scheduled_value": "10000.00"},
    {
        "item_no": "2",
        "description": "Printed reports",
        "scheduled_value": "1200.00",
        "tax": {"treatments": [{"jurisdiction": "DE", "category": "reduced"}]},
    },
    {
        "item_no": "3",
        "description": "Advice taxed where the client is",
        "scheduled_value": "3000.00",
        "tax": {"treatments": [REVERSED]},
    },
)
WORK = (
    {"item_no": "1", "description": "Mobilization", "scheduled_value": "10000.00"},
    {"item_no": "2", "description": "Ductwork", "scheduled_value": "60000.00"},
)
CONSULTING: Mapping[str, Any] = {
    "invoice_form": "consulting",
    "certified_by_client": False,
    "receivable_arises": "submission",
    "retainage": {"rate_completed": "0", "rate_stored": "0"},
}
TEN_PERCENT: Mapping[str, Any] = {"retainage": {"rate_completed": "0.10", "rate_stored": "0.10"}}
RETENTION: Mapping[str, Any] = {"retainage": {"rate_completed": "0.05", "rate_stored": "0.05"}}
PERIODIC: Mapping[str, Any] = {
    "treatments": [{"jurisdiction": "GB"}],
    "special_rule": "periodic payments",
    "retainage_regime": "regulation_93",
    "retainage_shown": "reduces_taxable_base",
}


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    """A firm with a company in Germany and two contracts that it bills; tests add companies elsewhere."""
    firm = found(settings, "Taxed Mechanical")
    add_entity(firm, "DE", "EUR", "SD-", "DE000000001", "Europe/Berlin")
    client = EditClient(
        client_id=firm.client_id,
        name="Small General Contractor",
        email="billing@small-general-contractor.example",
        country="AT",
        tax_id="ATU00000002",
    )
    assert administered(firm, Role.coordinator, client).done
    open_taxed(firm, "C", WITH_WORK, PHASES, **CONSULTING)
    open_taxed(firm, "A", WITH_WORK, WORK, **TEN_PERCENT)
    firm.go_to(date(2024, 4, 2))
    yield firm
    firm.engine.dispose()


def _drafted(small: SmallFirm, invoice_id: UUID) -> DocumentTax:
    with reading(small.engine, small.id) as connection:
        snapshot = current_snapshot(connection, small.id, invoice_id)
    taxed = tax_of(snapshot, draft(snapshot))
    assert taxed is not None
    return taxed


def _found(small: SmallFirm, invoice_id: UUID) -> set[str]:
    with reading(small.engine, small.id) as connection:
        return {one.code for one in checks.findings(current_snapshot(connection, small.id, invoice_id))}


def _open(small: SmallFirm, invoice_id: UUID) -> Decimal:
    with reading(small.engine, small.id) as connection:
        owed = receivables.of_invoice(connection, small.id, invoice_id)
        return receivables.balance(connection, small.id, owed["id"]) if owed else Decimal(0)


def _kept(small: SmallFirm, invoice_id: UUID) -> dict[str, tuple[Decimal, ...]]:
    names = ("net", "tax", "gross", "retained", "due")
    with reading(small.engine, small.id) as connection:
        kept = taxes.kept(connection, small.id, invoice_id)
    return {stage: tuple(row[name] for name in names) for stage, row in kept.items()}


def _shown(small: SmallFirm, invoice_id: UUID) -> tuple[str, Decimal] | None:
    """How the invoice as issued shows the retainage in it, and how much."""
    with reading(small.engine, small.id) as connection:
        known = taxes.said(connection, small.id, invoice_id)["issued"].retainage
    return (known.treatment.value, known.withheld) if known else None


def _amounts(*texts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(text) for text in texts)


def test_a_consulting_invoice_bears_two_rates_and_a_reverse_charge(small: SmallFirm) -> None:
    """4,000.01 × 19 % = 760.0019; 333.33 × 7 % = 23.3331; 1,500.00 reversed: 5,833.34 + 783.33 = 6,616.67."""
    invoice_id = small.prepare("C", MARCH, {"1": "4000.01", "2": "333.33", "3": "1500.00"})
    drafted = _drafted(small, invoice_id)
    assert [(one.code, one.rate, one.base, one.amount) for one in drafted.groups] == [
        ("S", Decimal("0.19"), Decimal("4000.01"), Decimal("760.00")),
        ("S", Decimal("0.07"), Decimal("333.33"), Decimal("23.33")),
        ("AE", 0, Decimal("1500.00"), 0),
    ]
    assert drafted.wording == ("Reverse charge",)
    assert _found(small, invoice_id) == set()
    small.issue(invoice_id, "C1")
    as_issued = _amounts("5833.34", "783.33", "6616.67", "0", "6616.67")
    assert _kept(small, invoice_id) == {"issued": as_issued, "certified": as_issued}
    assert _open(small, invoice_id) == Decimal("6616.67")
    paid(small, invoice_id, "6616.66", date(2024, 4, 2), "SEPA-1")
    assert state_of(small, invoice_id) == "issued"
    paid(small, invoice_id, "0.01", date(2024, 4, 2), "SEPA-2")
    assert state_of(small, invoice_id) == "paid"


def test_an_application_is_taxed_on_its_work_and_the_certificate_on_what_it_accepts(small: SmallFirm) -> None:
    """40,000 of work: 36,000 after retainage, 7,600 of tax. Certified 35,000: 31,500 and 6,650. The rest of
    the work is 35,000 again; what is released was taxed with the work, so the release bears none."""
    first = small.issue(small.prepare("A", MARCH, {"1": "10000.00", "2": "30000.00"}), "A1")
    assert _kept(small, first) == {"issued": _amounts("40000", "7600", "47600", "4000", "43600")}
    assert _shown(small, first) == ("information", Decimal(4000))
    assert _open(small, first) == 0
    small.certify(first, {small.lines("A")["2"]: "25000.00"})
    assert _kept(small, first)["certified"] == _amounts("35000", "6650", "41650", "3500", "38150")
    assert _open(small, first) == 38150
    small.go_to(APRIL)
    last = small.issue(small.prepare("A", APRIL), "A2")
    small.certify(last)
    assert _kept(small, last)["certified"] == _amounts("35000", "6650", "41650", "3500", "38150")
    small.close_out("A")
    release = small.release("A", APRIL, "AR")
    assert _kept(small, release) == {"issued": _amounts("0", "0", "0", "-7000", "7000")}
    assert _shown(small, release) == ("information", Decimal(-7000))
    small.certify(release)
    assert _open(small, release) == 7000


def test_an_invoice_owed_at_submission_is_reduced_with_its_tax(small: SmallFirm) -> None:
    """1,000.00 + 190.00 are owed at once; certified 900.00: 1,071.00 in all, 119.00 less."""
    open_taxed(
        small,
        "S",
        WITH_WORK,
        [{"item_no": "1", "description": "Works", "scheduled_value": "5000.00"}],
        receivable_arises="submission",
        retainage={"rate_completed": "0", "rate_stored": "0"},
    )
    invoice_id = small.issue(small.prepare("S", APRIL, {"1": "1000.00"}), "S1")
    assert _open(small, invoice_id) == 1190
    small.certify(invoice_id, {small.lines("S")["1"]: "900.00"})
    assert _open(small, invoice_id) == 1071


def test_retention_that_is_taxed_later_comes_off_what_is_taxed(small: SmallFirm) -> None:
    """10,000.00 less 5 %: 9,500.00 and 1,900.00 of tax; the 500.00 bear 100.00 when they are released."""
    euro = small.entity_id
    add_entity(small, "GB", "GBP", "SG-", "GB000000003", "Europe/London")
    lines = [{"item_no": "1", "description": "Works", "scheduled_value": "10000.00"}]
    open_taxed(small, "G", PERIODIC, lines, "GBP", **RETENTION)
    work = small.issue(small.prepare("G", APRIL), "G1")
    assert _kept(small, work) == {"issued": _amounts("9500", "1900", "11400", "0", "11400")}
    assert _shown(small, work) == ("reduces_taxable_base", Decimal(500))
    small.certify(work)
    small.close_out("G")
    release = small.release("G", APRIL, "GR")
    small.certify(release)
    assert _kept(small, release)["certified"] == _amounts("500", "100", "600", "0", "600")
    assert _open(small, release) == 600
    assert _shown(small, release) == ("reduces_taxable_base", Decimal(-500))
    small.entity_id = euro


def test_retainage_as_a_second_instalment_is_taxed_with_the_work_and_due_at_its_release(
    small: SmallFirm,
) -> None:
    """1,000.00 and 190.00 of tax: 1,140.00 now and 50.00 later, which is all that the release asks for."""
    lines = [{"item_no": "1", "description": "Works", "scheduled_value": "1000.00"}]
    open_taxed(small, "I", {**WITH_WORK, "retainage_shown": "instalment"}, lines, **RETENTION)
    work = small.issue(small.prepare("I", APRIL), "I1")
    assert _kept(small, work) == {"issued": _amounts("1000", "190", "1190", "50", "1140")}
    assert _shown(small, work) == ("instalment", Decimal(50))
    small.certify(work)
    small.close_out("I")
    release = small.release("I", APRIL, "IR")
    assert _kept(small, release) == {"issued": _amounts("0", "0", "0", "-50", "50")}
    assert _shown(small, release) == ("instalment", Decimal(-50))
    small.certify(release)
    assert _open(small, release) == 50


def test_building_work_under_the_reverse_charge_charges_no_tax_and_says_how_much_the_client_pays(
    small: SmallFirm,
) -> None:
    """9,500.00 × 20 % = 1,900.00 is the client's to pay; without his CIS registration it would be charged."""
    euro = small.entity_id
    add_entity(small, "GB", "GBP", "SH-", "GB000000004", "Europe/London")
    lines = [{"item_no": "1", "description": "Works", "scheduled_value": "10000.00"}]
    scheme = {**PERIODIC, "reverse_charge": "uk_construction"}
    open_taxed(small, "R", {**scheme, "customer_in_cis": True}, lines, "GBP", **RETENTION)
    reversed_ = _drafted(small, small.prepare("R", APRIL))
    assert reversed_.tax == 0
    assert reversed_.due == 9500
    (client_pays,) = reversed_.customer_tax
    assert client_pays.rate == Decimal("0.2")
    assert client_pays.amount == 1900
    assert "Section 55A" in reversed_.wording[0]
    open_taxed(small, "R2", scheme, lines, "GBP", **RETENTION)
    charged = small.prepare("R2", APRIL)
    assert _drafted(small, charged).tax == 1900
    assert _found(small, charged) == {"reverse_charge_not_met"}
    small.entity_id = euro


def test_a_missing_tax_number_and_a_missing_rate_keep_a_draft_from_approval(small: SmallFirm) -> None:
    add_entity(small, "DE", "EUR", "SN-", None, "Europe/Berlin")
    lines = [{"item_no": "1", "description": "Works", "scheduled_value": "100.00"}]
    open_taxed(small, "N", WITH_WORK, lines, **CONSULTING)
    invoice_id = small.prepare("N", APRIL, {"1": "100.00"})
    assert _found(small, invoice_id) == {"tax_number_missing"}
    refused = small.give(Role.coordinator, SubmitDraft(invoice_id=invoice_id))
    assert (refused.code, refused.status) == ("draft_has_findings", 422)
    number = SetTaxNumber(legal_entity_id=small.entity_id, tax_id="DE000000005")
    assert administered(small, Role.controller, number).done
    assert _found(small, invoice_id) == set()
    none = {"treatments": [{"jurisdiction": "DE", "category": "zero"}]}
    open_taxed(small, "Z", none, lines, **CONSULTING)
    without = small.prepare("Z", APRIL, {"1": "100.00"})
    assert _found(small, without) == {"tax_not_clear"}


def test_a_rate_of_the_firm_is_billed_by_and_a_change_takes_an_approved_draft_back(small: SmallFirm) -> None:
    """Sales tax by the day of the invoice: 1,000.00 × 7.25 % = 72.50, from May on 7.5 % = 75.00."""
    add_entity(small, "US", "USD", "SU-", None, "America/Los_Angeles")
    first = AddTaxRate(
        jurisdiction="US-CA",
        tax="Sales tax",
        category=TaxCategory.standard,
        rate=Decimal("0.0725"),
        effective_from=date(2024, 1, 1),
        source="Notice of the state",
        as_of=date(2024, 4, 1),
    )
    assert with_second(small, administered(small, Role.controller, first)).done
    again = administered(small, Role.controller, first)
    assert again.code == "tax_rate_known"
    lines = [{"item_no": "1", "description": "Works", "scheduled_value": "1000.00"}]
    tax = {"treatments": [{"jurisdiction": "US-CA"}]}
    open_taxed(small, "U", tax, lines, "USD", **CONSULTING)
    invoice_id = small.prepare("U", APRIL, {"1": "1000.00"})
    assert _drafted(small, invoice_id).tax == Decimal("72.50")
    small.approve(invoice_id)
    later = first.model_copy(update={"rate": Decimal("0.075"), "effective_from": date(2024, 5, 1)})
    added = with_second(small, administered(small, Role.controller, later))
    assert added.done
    assert state_of(small, invoice_id) == "approved"  # April's invoice does not bear it
    small.go_to(date(2024, 5, 2))
    refused = small.give(Role.coordinator, IssueInvoice(invoice_id=invoice_id))
    assert refused.code == "not_approved"
    with reading(small.engine, small.id) as connection:
        entries = current_snapshot(connection, small.id, invoice_id).entries
    small.do(Role.coordinator, EditDraft(invoice_id=invoice_id, entries=entries))
    small.issue(invoice_id, "U1")
    assert _open(small, invoice_id) == 1075
    withdrawn = WithdrawTaxRate(tax_rate_id=UUID(str(added.result["tax_rate_id"])), reason="Typed wrongly")
    assert with_second(small, administered(small, Role.controller, withdrawn)).done
    with reading(small.engine, small.id) as connection:
        assert prove(connection, small.id, invoice_id).proved


def test_of_two_rates_entered_at_the_same_moment_each_ends_where_the_next_begins(small: SmallFirm) -> None:
    """Begun first: from July. The other, from June, would hold beside it: refused once July is there."""
    july = AddTaxRate(
        jurisdiction="US-NV",
        tax="Sales tax",
        category=TaxCategory.standard,
        rate=Decimal("0.0685"),
        effective_from=date(2024, 7, 1),
        source="Notice of the state",
        as_of=date(2024, 4, 1),
    )
    june = july.model_copy(update={"rate": Decimal("0.07"), "effective_from": date(2024, 6, 1)})
    august = july.model_copy(update={"rate": Decimal("0.08"), "effective_from": date(2024, 8, 1)})
    controller = small.people[Role.controller]
    with ThreadPoolExecutor(2) as others:
        with own_step(small.engine, small.id, "rate of July", Origin(), by=controller) as tx:
            assert tax_rates.add_tax_rate(tx, july).done
            earlier = others.submit(administered, small, Role.controller, june)
            with pytest.raises(TimeoutError):
                earlier.result(timeout=1)  # it waits: the first may come to nothing yet
        assert earlier.result(timeout=20).code == "tax_rate_known"
        with own_step(small.engine, small.id, "rate of August", Origin(), by=controller) as tx:
            assert tax_rates.add_tax_rate(tx, august).done
    with reading(small.engine, small.id) as connection:
        known = [one.row for one in taxes.own_rates(connection, small.id) if one.row.jurisdiction == "US-NV"]
    assert [(row.effective_from, row.effective_to) for row in known] == [
        (date(2024, 7, 1), date(2024, 8, 1)),
        (date(2024, 8, 1), None),
    ]


def test_every_figure_is_proved_and_every_invariant_holds(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        proofs = list(prove_all(connection, small.id))
        said = connection.execute(select(document_tax.c.invoice_id)).all()
        issued = connection.execute(
            select(invoice.c.id).where(invoice.c.firm_id == small.id, invoice.c.state != "draft")
        ).all()
    assert len(proofs) >= 8
    assert issued
    assert said
    assert [proof.sentence for proof in proofs if not proof.proved] == []
    report = small.checked(online=True)
    assert report.ok, report.sentences()
