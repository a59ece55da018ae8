"""Applications with a negative line 8 against docs/SPEC-pay-application.md."""

from decimal import Decimal
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts_app.domain.billing import carried_credit
from contracts_app.domain.billing.carried_credit import CreditForm
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import decimals
from tests.domain.asking import Ask
from tests.domain.worked_tables import Row, rows

PAGE = "SPEC-pay-application.md"
CHAINS = [
    (name, list(chain)) for name, chain in groupby(rows(PAGE, "A negative line 8"), lambda row: row["Chain"])
]
FIGURES = ("Line 8", "Payable", "Document", "Carried")


@pytest.mark.parametrize(("name", "chain"), CHAINS, ids=[name for name, _ in CHAINS])
def test_a_negative_line_8_is_carried_or_credited(ask: Ask, name: str, chain: list[Row]) -> None:
    line8s = [Decimal(row["Line 8"]) for row in chain]
    settled = carried_credit.settle_all(line8s, CreditForm(chain[0]["Form"]))
    worked = [tuple(Decimal(row[column]) for column in FIGURES) for row in chain]
    assert [(one.line8, one.payable, one.credit_document, one.carried) for one in settled] == worked
    status, answer, _ = ask(
        "carried-credit", question={"line8": [row["Line 8"] for row in chain], "form": chain[0]["Form"]}
    )
    assert status == 0
    assert [Decimal(one["payable"]) for one in answer] == [figures[1] for figures in worked]


def test_a_document_leaves_what_was_carried_before() -> None:
    settled = carried_credit.settle(Decimal(-5), Decimal(7), CreditForm.document)
    assert (settled.payable, settled.credit_document, settled.carried) == decimals(0, 5, 7)
    settled = carried_credit.settle(Decimal(0), Decimal(7), CreditForm.document)
    assert (settled.payable, settled.credit_document, settled.carried) == decimals(0, 0, 7)


def test_a_carried_credit_is_not_negative() -> None:
    with pytest.raises(Refused) as refused:
        carried_credit.settle(Decimal(5), Decimal("-0.01"), CreditForm.carried)
    assert refused.value.code == "credit_below_zero"


_cents = st.integers(-(10**9), 10**9).map(lambda cents: Decimal(cents).scaleb(-2))


@settings(max_examples=300, deadline=None)
@given(st.lists(_cents, max_size=12), st.sampled_from(CreditForm))
def test_what_is_paid_credited_and_carried_is_line_6(line8s: list[Decimal], form: CreditForm) -> None:
    settled = carried_credit.settle_all(line8s, form)
    carried = settled[-1].carried if settled else Decimal(0)
    paid = sum(one.payable for one in settled) - sum(one.credit_document for one in settled)
    assert paid - carried == sum(line8s)
    assert all(min(one.payable, one.credit_document, one.carried) >= 0 for one in settled)
    assert all(one.payable == 0 or one.carried == 0 for one in settled)
    assert form is CreditForm.carried or carried == 0
