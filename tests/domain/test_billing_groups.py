"""Several contracts on one invoice, against docs/SPEC-billing-groups.md."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts_app.domain.billing.bill_to import Addresses
from contracts_app.domain.billing.billing_groups import GroupContract, GroupPart, require_agreement, sums
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.receivables.receivables import OpenItem, apply_in_proportion
from contracts_app.domain.refusals import Refused
from tests.domain.worked_tables import Row, amounts, cases, listed

PAGE = "SPEC-billing-groups.md"
CLIENT, ENTITY = uuid4(), uuid4()
ADDRESSES = Addresses.model_validate(
    {"each": [{"name": "Trust", "item_nos": ["1"], "addressee": "Sample Trust"}]}
)
OTHERWISE: Mapping[str, dict[str, Any]] = {
    "the same": {},
    "of another client": {"client_id": uuid4()},
    "certified": {"terms": {"certified_by_client": True}},
    "applications for payment": {"terms": {"invoice_form": InvoiceForm.application}},
    "several addresses": {"terms": {"bill_to": ADDRESSES}},
    "another legal entity": {"legal_entity_id": uuid4()},
    "in EUR": {"terms": {"currency": "EUR"}},
    "45 days to pay": {"terms": {"payment_days": 45}},
}


def one(number: str, client_id: UUID = CLIENT, legal_entity_id: UUID = ENTITY, **more: Any) -> GroupContract:
    terms = {
        "currency": "USD",
        "original_sum": Decimal("1000.00"),
        "contract_date": date(2025, 1, 15),
        "receivable_arises": ReceivableArises.submission,
        "certified_by_client": False,
        "invoice_form": InvoiceForm.consulting,
        **more.get("terms", {}),
    }
    return GroupContract(
        number=number, client_id=client_id, legal_entity_id=legal_entity_id, terms=ContractTerms(**terms)
    )


@cases(PAGE, "What the contracts of a group agree in")
def test_contracts_that_share_an_invoice(row: Row) -> None:
    said, code = row["Second contract"], row["Refused as"]
    group = [one("C-1")] if said == "none" else [one("C-1"), one("C-2", **OTHERWISE[said])]
    if code == "-":
        require_agreement(CLIENT, group)
        return
    with pytest.raises(Refused) as refused:
        require_agreement(CLIENT, group)
    assert refused.value.code == code
    assert said == "none" or "C-2" in refused.value.sentence


@cases(PAGE, "Cash and reminders")
def test_cash_for_the_whole_is_spread_over_its_contracts(row: Row) -> None:
    items = [
        OpenItem(
            receivable_id=uuid4(), invoice_id=uuid4(), invoice_number="N", due_on=date(2025, 3, 1), open=one
        )
        for one in amounts(row["Open"])
    ]
    applied, unapplied = apply_in_proportion(Decimal(row["Paid"]), items, "USD")
    made = {one.receivable_id: one.amount for one in applied}
    worked = {
        item.receivable_id: Decimal(part)
        for item, part in zip(items, listed(row["Applied"]), strict=True)
        if part != "-"
    }
    assert (made, unapplied) == (worked, Decimal(row["Unapplied"]))


def test_cash_is_more_than_nothing_for_something_open() -> None:
    for amount, code in (("0", "payment_not_positive"), ("1.00", "nothing_open")):
        with pytest.raises(Refused) as refused:
            apply_in_proportion(Decimal(amount), [], "USD")
        assert refused.value.code == code


@cases(PAGE, "What it comes to")
def test_the_sum_is_that_of_the_sections(row: Row) -> None:
    figures = zip(amounts(row["Net"]), amounts(row["Tax"]), amounts(row["Deposit"]), strict=True)
    parts = [
        GroupPart(contract_number=f"C-{place}", net=net, tax=tax, deposit=deposit)
        for place, (net, tax, deposit) in enumerate(figures, start=1)
    ]
    if row["Due"] == "-":
        with pytest.raises(Refused) as refused:
            sums(parts, "USD")
        assert refused.value.code == row["Net in all"]
        assert "C-2 comes to -0.01 USD" in refused.value.sentence
        assert "take the contract out of the group and issue it alone" in refused.value.sentence
        return
    made = sums(parts, "USD")
    worked = [Decimal(row[name]) for name in ("Net in all", "Tax in all", "Deposit in all", "Due")]
    assert [made.net, made.tax, made.deposit, made.due] == worked


@pytest.mark.parametrize(
    ("agreed", "code"),
    [
        ({"advance": {"amount": "100.00", "rate": "0.25"}}, "advance_by_itself"),
        ({"invoice_currency": "EUR"}, "invoiced_in_another_currency"),
    ],
)
def test_what_is_invoiced_by_itself_shares_no_invoice(agreed: dict[str, Any], code: str) -> None:
    with pytest.raises(Refused) as refused:
        require_agreement(CLIENT, [one("C-1"), one("C-2", terms=agreed)])
    assert refused.value.code == code
