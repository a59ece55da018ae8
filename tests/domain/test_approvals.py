"""Who may approve: nobody what he prepared, only what he saw, one step each."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contracts_app.domain.approving.chain import Approval, Band, Stage, chain_of, open_steps, steps_of
from contracts_app.domain.approving.deciding import Delegation, Draft, Person, Taking, check_approver
from contracts_app.domain.approving.in_words import in_words, stages_in
from contracts_app.domain.approving.policy import (
    ApprovalPolicy,
    PersonLimit,
    PolicyRule,
    bands_for,
    check_clear,
    limit_of,
)
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.refusals import Refused
from contracts_app.domain.roles import Role
from tests.domain.agreements import identity
from tests.domain.worked_tables import Row, cases

HASH, OLD = "a" * 64, "b" * 64
PM, CONTROLLER, COORDINATOR = Role.project_manager, Role.controller, Role.coordinator
TEN = datetime(2024, 4, 15, 10, tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One attempt to approve; the defaults are the project manager approving what he saw."""

    expected: str
    by: str = "pam"
    roles: Collection[Role] = (PM,)
    project_manager: str | None = "pam"
    preparers: Collection[str] = ("cora",)
    given: tuple[tuple[str, str, str], ...] = ()
    line8: str = "1000"
    limit: str = "5000"
    seen: str = HASH
    name: str = field(default="", compare=False)


CASES = {
    "the project manager": Case("project_manager"),
    "the preparer with the manager's role": Case(
        "not_allowed", by="cora", roles=(PM, COORDINATOR), project_manager="cora"
    ),
    "an editor since": Case("not_allowed", preparers=("cora", "pam")),
    "another project manager": Case("not_allowed", by="paul"),
    "the right person without the role": Case("not_allowed", roles=(COORDINATOR,)),
    "no project manager is named": Case("not_allowed", project_manager=None),
    "a controller for the manager's step": Case("not_allowed", by="carl", roles=(CONTROLLER,)),
    "a stale hash": Case("content_changed", seen=OLD),
    "below the limit one step is enough": Case("already_approved", given=(("project_manager", "pam", HASH),)),
    "at the limit one step is enough": Case(
        "already_approved", line8="5000", given=(("project_manager", "pam", HASH),)
    ),
    "above the limit the manager is first": Case("project_manager", line8="5000.01"),
    "a controller before the manager": Case("not_allowed", line8="5000.01", by="carl", roles=(CONTROLLER,)),
    "then the controller": Case(
        "controller",
        line8="5000.01",
        by="carl",
        roles=(CONTROLLER,),
        given=(("project_manager", "pam", HASH),),
    ),
    "a second manager for the controller's step": Case(
        "not_allowed", line8="5000.01", by="paul", given=(("project_manager", "pam", HASH),)
    ),
    "two steps by one person": Case(
        "not_allowed",
        line8="5000.01",
        roles=(PM, CONTROLLER),
        given=(("project_manager", "pam", HASH),),
    ),
    "the controller with a stale hash": Case(
        "content_changed",
        line8="5000.01",
        by="carl",
        roles=(CONTROLLER,),
        seen=OLD,
        given=(("project_manager", "pam", HASH),),
    ),
    "the chain is complete": Case(
        "already_approved",
        line8="5000.01",
        by="carl",
        roles=(CONTROLLER,),
        given=(("project_manager", "pam", HASH), ("controller", "cleo", HASH)),
    ),
    "an approval of older content counts for nothing": Case(
        "project_manager", given=(("project_manager", "pam", OLD),)
    ),
    "the controller waits again when the content changed": Case(
        "not_allowed",
        line8="5000.01",
        by="carl",
        roles=(CONTROLLER,),
        given=(("project_manager", "pam", OLD), ("controller", "carl", OLD)),
    ),
    "a credit needs no controller": Case(
        "already_approved", line8="-9000", given=(("project_manager", "pam", HASH),)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_who_may_approve(case: Case) -> None:
    attempt = Attempt(
        stages=chain_of(Decimal(case.line8), Decimal(case.limit)),
        given=case.given,
        preparers=case.preparers,
        project_manager=case.project_manager,
        line8=case.line8,
        seen=case.seen,
    )
    if case.expected in ("project_manager", "controller"):
        assert attempt.by(case.by, *case.roles).step.name == case.expected
    else:
        with pytest.raises(Refused) as refused:
            attempt.by(case.by, *case.roles)
        assert refused.value.code == case.expected
        assert refused.value.sentence.endswith(".")


@dataclass(frozen=True)
class Attempt:
    """A draft before its approvers; people are called by first names."""

    stages: tuple[Stage, ...]
    given: tuple[tuple[str, str, str], ...] = ()
    preparers: Collection[str] = ("cora",)
    project_manager: str | None = "pam"
    line8: str = "1000"
    seen: str = HASH

    def by(
        self, name: str, *roles: Role, limit: str | None = None, in_place_of: Collection[Person] = ()
    ) -> Taking:
        approvals = [
            Approval(step=step, by=identity(by), at=TEN, content_hash=seen) for step, by, seen in self.given
        ]
        draft = Draft(
            open=open_steps(self.stages, approvals, HASH),
            line8=Decimal(self.line8),
            currency="USD",
            project_manager=identity(self.project_manager) if self.project_manager else None,
            preparers=frozenset(identity(one) for one in self.preparers),
            given=tuple(one for one in approvals if one.content_hash == HASH),
            content_hash=HASH,
        )
        return check_approver(person(name, *roles, limit=limit), draft, self.seen, in_place_of)


def person(name: str, *roles: Role, limit: str | None = None) -> Person:
    return Person(
        id=identity(name),
        name=name.capitalize(),
        roles=frozenset(roles),
        limit=None if limit is None else Decimal(limit),
    )


PEOPLE = {"Ann Example": identity("ann"), "Bea Sample": identity("bea"), "Carl": identity("carl")}


@pytest.mark.parametrize(
    ("said", "again"),
    [
        ("project manager", None),
        ("project manager then controller", None),
        ("the Project Manager THEN a controller", "project manager then controller"),
        ("project manager then controller and Ann Example or Bea Sample then controller", None),
        ("any project manager or ann example", "any project manager or Ann Example"),
    ],
)
def test_stages_read_back_as_they_are_written(said: str, again: str | None) -> None:
    stages = stages_in(said, PEOPLE)
    assert in_words(stages) == (again or said)
    assert stages_in(in_words(stages), PEOPLE) == stages
    names = [step.name for step in steps_of(stages)]
    assert len(set(names)) == len(names)


def test_the_plain_chain_in_words_is_the_chain_without_a_policy() -> None:
    plain = chain_of(Decimal("5000.01"), Decimal(5000))
    assert stages_in("project manager then controller", PEOPLE) == plain
    assert in_words(plain) == "project manager then controller"


@pytest.mark.parametrize(
    ("said", "code"),
    [("", "no_approver"), ("controller then ", "unknown_approver"), ("Nobody", "unknown_approver")],
)
def test_who_is_not_known_is_named(said: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        stages_in(said, PEOPLE)
    assert refused.value.code == code


def test_steps_of_one_stage_stand_beside_each_other_and_the_next_waits_for_all() -> None:
    stages = stages_in("controller and Ann Example or Bea Sample then project manager", PEOPLE)
    attempt = Attempt(stages)
    assert attempt.by("carl", CONTROLLER).step.name == "controller"
    assert attempt.by("bea", PM).step.name == "Ann Example or Bea Sample"
    for name, roles in (("pam", (PM,)), ("ann", ()), ("paul", (PM,))):
        with pytest.raises(Refused) as refused:
            attempt.by(name, *roles)
        assert "a controller and Ann Example or Bea Sample" in refused.value.sentence
    one = Attempt(stages, given=(("controller", "carl", HASH),))
    assert one.by("ann", CONTROLLER).step.name == "Ann Example or Bea Sample"
    with pytest.raises(Refused, match=r"approved an earlier step|waits"):
        one.by("carl", CONTROLLER)
    both = Attempt(stages, given=(("controller", "carl", HASH), ("Ann Example or Bea Sample", "ann", HASH)))
    assert both.by("pam", PM).step.name == "project_manager"
    stale = Attempt(stages, given=(("controller", "carl", HASH), ("Ann Example or Bea Sample", "ann", OLD)))
    with pytest.raises(Refused):
        stale.by("pam", PM)


@pytest.mark.parametrize(
    ("line8", "limit", "may"),
    [
        ("1000", None, True),
        ("1000", "1000", True),
        ("1000.01", "1000", False),
        ("-5", "0", True),
        ("1", "0", False),
    ],
)
def test_nobody_approves_above_his_limit(line8: str, limit: str | None, may: bool) -> None:
    attempt = Attempt(stages_in("project manager", PEOPLE), line8=line8)
    if may:
        assert attempt.by("pam", PM, limit=limit).on_behalf_of is None
    else:
        with pytest.raises(Refused, match="above your limit of"):
            attempt.by("pam", PM, limit=limit)


def test_somebody_approves_in_the_place_of_another() -> None:
    stages = stages_in("project manager then controller", PEOPLE)
    pam = person("pam", PM)
    taken = Attempt(stages).by("paul", PM, in_place_of=[pam])
    assert (taken.step.name, taken.on_behalf_of) == ("project_manager", pam.id)
    assert Attempt(stages).by("pam", PM, in_place_of=[person("carl", CONTROLLER)]).on_behalf_of is None


@pytest.mark.parametrize(
    "attempt",
    [
        Attempt(
            stages_in("project manager", PEOPLE), preparers=("cora", "pam")
        ),  # pam may not, nobody for her
        Attempt(stages_in("project manager", PEOPLE), preparers=("paul",)),
        Attempt(stages_in("controller then project manager", PEOPLE), given=(("controller", "paul", HASH),)),
        Attempt(stages_in("controller then project manager", PEOPLE), given=(("controller", "pam", HASH),)),
        Attempt(stages_in("project manager", PEOPLE), seen=OLD),
        Attempt(stages_in("controller", PEOPLE)),
    ],
)
def test_nobody_gets_round_four_eyes_in_the_place_of_another(attempt: Attempt) -> None:
    with pytest.raises(Refused):
        attempt.by("paul", PM, in_place_of=[person("pam", PM)])


def test_in_the_place_of_another_his_limit_counts() -> None:
    attempt = Attempt(stages_in("project manager", PEOPLE), line8="500")
    with pytest.raises(Refused, match="above the limit of Pam"):
        attempt.by("paul", PM, limit="1000", in_place_of=[person("pam", PM, limit="100")])
    assert attempt.by("paul", PM, limit="0", in_place_of=[person("pam", PM, limit="500")]).on_behalf_of


@pytest.mark.parametrize(("day", "holds"), [(1, False), (2, True), (5, True), (6, False)])
def test_a_delegation_holds_from_its_first_day_to_its_last(day: int, holds: bool) -> None:
    given = Delegation(
        person_id=identity("pam"), to_id=identity("paul"), from_on=date(2024, 4, 2), to_on=date(2024, 4, 5)
    )
    assert given.holds(date(2024, 4, day)) is holds


ONE, OTHER, CLIENT = identity("contract one"), identity("contract other"), identity("client")


def rule(said: str, above: str | None = None, **of: object) -> PolicyRule:
    return PolicyRule.model_validate({"above": above, "stages": stages_in(said, PEOPLE), **of})


RULES = (
    rule("project manager"),
    rule("project manager then controller", above="1000"),
    rule("project manager then controller then Ann Example", above="100000"),
    rule("controller", client_id=CLIENT),
    rule("controller then Bea Sample", contract_id=ONE, kind=Kind.retainage_release),
)


@cases("SPEC-approvals.md", "Which chain")
def test_the_rule_that_names_a_draft_most_closely_says_who_approves(row: Row) -> None:
    contract = ONE if row["Contract"] == "1" else OTHER
    client = CLIENT if row["Client"] == "C" else OTHER
    bands = bands_for(RULES, contract, client, Kind(row["Kind"]))
    assert in_words(chain_of(Decimal(row["Line 8"]), Decimal(row["Limit"]), bands)) == row["Chain"]


@cases("SPEC-approvals.md", "Without a rule")
def test_below_every_rule_the_contracts_own_limit_counts(row: Row) -> None:
    high = bands_for((rule("controller", above="1000"),), ONE, CLIENT, Kind.application)
    assert in_words(chain_of(Decimal(row["Line 8"]), Decimal(row["Limit"]), high)) == row["Chain"]


def test_rules_of_others_say_nothing_and_zero_is_an_amount() -> None:
    assert bands_for((rule("controller", client_id=OTHER),), ONE, CLIENT, Kind.application) is None
    zero = (Band(above=Decimal(0), stages=stages_in("controller", PEOPLE)),)
    assert in_words(chain_of(Decimal(5), Decimal(500), zero)) == "controller"


def test_two_rules_for_the_same_are_refused_and_limits_are_by_currency() -> None:
    with pytest.raises(Refused) as refused:
        check_clear(ApprovalPolicy(rules=(*RULES, rule("controller", above="1000"))))
    assert refused.value.code == "rules_for_the_same"
    pam = identity("pam")
    limits = (
        PersonLimit(person_id=pam, currency="USD", amount=Decimal(10)),
        PersonLimit(person_id=pam, currency="EUR", amount=Decimal(20)),
    )
    policy = ApprovalPolicy(rules=RULES, limits=limits)
    check_clear(policy)
    known = [limit_of(policy, pam, currency) for currency in ("USD", "EUR", "GBP")]
    assert known == [Decimal(10), Decimal(20), Decimal(0)]
    assert limit_of(policy, identity("paul"), "USD") is None
    with pytest.raises(Refused) as refused:
        check_clear(ApprovalPolicy(limits=(*limits, limits[0])))
    assert refused.value.code == "limits_for_the_same"
