"""How many applications may wait for their certificate, what a release is revised to, and what is kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from contracts_app.domain.billing.drafting import draft
from contracts_app.domain.billing.pay_application import as_previous
from contracts_app.domain.billing.revised_release import released_instead
from contracts_app.domain.billing.revisions import Chained, require_revision
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.billing.uncertified import has_room, require_room, require_tied_again
from contracts_app.domain.contract import InvoiceForm
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage_release import ReleaseCause
from tests.domain.agreements import claims, identity, snapshot, sov, terms

ONE, TWO, THREE = (identity(f"line {number}") for number in (1, 2, 3))


def allowing(uncertified: int, **more: Any) -> Any:
    return terms("9000", submission={"uncertified": uncertified}, **more)


def refusal(drafts: dict[int, str], out: dict[int, str], allowed: int = 1, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        require_room(allowing(allowed), drafts, out, **more)
    assert refused.value.code == "application_in_hand"
    assert has_room(allowing(allowed), drafts, out) is bool(more)
    return refused.value.sentence


def test_one_at_a_time_where_nothing_else_is_agreed() -> None:
    assert has_room(allowing(1), {}, {})
    assert refusal({}, {3: "submitted"}) == (
        "Application 3 is submitted; the next one starts from its certificate."
    )
    assert refusal({4: "draft"}, {}) == ("Application 4 is draft; the next one starts from its certificate.")


def test_as_many_as_are_agreed_and_one_draft() -> None:
    assert has_room(allowing(3), {}, {1: "submitted", 2: "submitted"})
    assert refusal({}, {1: "submitted", 2: "submitted", 3: "submitted"}, 3) == (
        "Application 3 is submitted; the next one starts from its certificate."
    )
    assert refusal({4: "approved"}, {3: "submitted"}, 3) == (
        "Application 4 is approved: issue or withdraw it first."
    )


def test_a_release_starts_from_what_is_certified() -> None:
    require_room(allowing(3), {}, {}, releases=True)
    assert refusal({}, {1: "submitted"}, 3, releases=True) == (
        "Application 1 is submitted; the next one starts from its certificate."
    )


def test_an_invoice_of_a_consulting_contract_is_issued_or_withdrawn_first() -> None:
    agreed = allowing(1, invoice_form=InvoiceForm.consulting)
    with pytest.raises(Refused) as refused:
        require_room(agreed, {5: "approved", 4: "in_review"}, {})
    assert refused.value.code == "application_in_hand"
    assert refused.value.sentence == "Invoice 4 is in review: issue or withdraw it first."
    require_room(agreed, {}, {})


@pytest.mark.parametrize("basis", [Basis.time_and_materials, Basis.cost_plus])
def test_time_and_costs_wait_for_the_certificate(basis: Basis) -> None:
    listed = [sov(1, "100"), sov(2, "100").model_copy(update={"basis": basis})]
    require_tied_again(listed, {})
    require_tied_again(listed[:1], {7: "submitted"})
    with pytest.raises(Refused) as refused:
        require_tied_again(listed, {6: "submitted", 7: "being_revised"})
    assert refused.value.code == "application_in_hand"
    assert refused.value.sentence == (
        "Application 7 is being revised; a contract that bills time or costs starts the next one from its "
        "certificate."
    )


def releasing(cause: ReleaseCause | None = None) -> Snapshot:
    """A release of 30 and 20 on two of three lines."""
    return snapshot(
        terms("9000"),
        [sov(number, "3000") for number in (1, 2, 3)],
        releases=(Release(line_id=ONE, amount=Decimal(30)), Release(line_id=TWO, amount=Decimal(20))),
        release_cause=cause,
    )


HELD = {ONE: Decimal(0), TWO: Decimal(20), THREE: Decimal(30)}


def test_a_release_is_spread_again_over_all_that_was_held() -> None:
    """Held before it: 30, 40 and 30; 50 of the 100 is half of each."""
    assert released_instead(releasing(), HELD, Decimal(50)) == (
        Release(line_id=ONE, amount=Decimal(15)),
        Release(line_id=TWO, amount=Decimal(20)),
        Release(line_id=THREE, amount=Decimal(15)),
    )
    assert sum(one.amount for one in released_instead(releasing(), HELD, Decimal(100))) == 100
    with pytest.raises(Refused) as refused:
        released_instead(releasing(), HELD, Decimal("100.01"))
    assert refused.value.code == "release_exceeds_held"


def test_lines_that_release_nothing_are_left_out_and_without_an_amount_all_stays() -> None:
    nothing_on_two = {**HELD, TWO: Decimal(-20)}
    found = released_instead(releasing(), nothing_on_two, Decimal(60))
    assert found == (Release(line_id=ONE, amount=Decimal(30)), Release(line_id=THREE, amount=Decimal(30)))
    assert released_instead(releasing(), HELD, None) == releasing().releases


def test_what_an_event_allowed_is_the_most() -> None:
    caused = releasing(ReleaseCause(events=("Substantial completion",)))
    assert released_instead(caused, HELD, Decimal(25)) == (
        Release(line_id=ONE, amount=Decimal(15)),
        Release(line_id=TWO, amount=Decimal(10)),
    )
    assert released_instead(caused, HELD, Decimal(50)) == caused.releases
    with pytest.raises(Refused) as refused:
        released_instead(caused, HELD, Decimal("50.01"))
    assert refused.value.code == "release_beyond_its_cause"
    assert refused.value.sentence == (
        "Its event or security allowed 50.00 USD: release what is more by a release of its own."
    )


def submitted(number: int = 1, **more: Any) -> Chained:
    claimed = claims({1: ("1000", "0")})
    return Chained(snapshot=snapshot(terms("9000"), [sov(1, "9000")], claimed, number=number, **more))


def test_a_revision_changes_something_unless_the_one_before_it_changed() -> None:
    first = submitted()
    with pytest.raises(Refused):
        require_revision(first, first.snapshot)
    changed = first.snapshot.model_copy(update={"entries": claims({1: ("900", "0")})})
    require_revision(first, changed)
    after = submitted(2, previous=as_previous(draft(first.snapshot)))
    follows = after.snapshot.model_copy(update={"previous": as_previous(draft(changed))})
    require_revision(after, follows)
    with pytest.raises(Refused) as refused:
        require_revision(after, follows.model_copy(update={"contract_number": "C-2"}))
    assert refused.value.code == "revision_changes_too_much"
    assert refused.value.sentence == "A revision of application 2 keeps its contract number."
