"""What a contract that is being set up still needs before it can be put in force, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.billing.milestones import Milestone
from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.contract import ContractTerms, InvoiceForm, OvertimeConvention
from contracts_app.domain.money import round_to, total
from contracts_app.domain.time.rate_card import RateRow, alike

About = Literal["schedule", "milestones", "rates", "terms"]


class Check(BaseModel):
    """A thing that set-up needs; `about` names the part of the contract where it is done. What `blocks` must
    be met before activation."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    code: str
    met: bool
    sentence: str
    about: About
    blocks: bool = True

    @property
    def missing(self) -> bool:
        """Whether it keeps the contract from being put in force."""
        return self.blocks and not self.met


def checks(
    terms: ContractTerms,
    lines: Sequence[SovLine],
    milestones: Sequence[Milestone],
    rates: Sequence[RateRow],
    projects: Sequence[str],
) -> tuple[Check, ...]:
    """What is in order and what is missing of schedule, milestones and rates. `lines` have those of change
    orders too; `projects` are the names under which time sheets know the work."""
    found = [_ties(terms, lines), *_milestones(terms, lines, milestones)]
    if any(line.basis is Basis.time_and_materials for line in lines):
        found += _rates(terms, rates, projects)
    return tuple(found)


def _ties(terms: ContractTerms, lines: Sequence[SovLine]) -> Check:
    base = [line for line in lines if line.change_order is None]
    scheduled = total(line.scheduled_value for line in base)
    added = total(line.scheduled_value for line in lines if line.change_order is not None)
    ties = scheduled == terms.original_sum
    called = "Phases" if terms.invoice_form is InvoiceForm.consulting else "Schedule of values"
    relation = "equal to the contract sum of" if ties else "but the contract sum is"
    orders = f", and {_said(added, terms)} in change orders" if added else ""
    return Check(
        code="schedule_does_not_tie",
        met=ties and bool(base),
        sentence=f"{called}: {len(base):,} {'line' if len(base) == 1 else 'lines'}, "
        f"{_said(scheduled, terms)} in all, {relation} {_said(terms.original_sum, terms)}{orders}.",
        about="schedule",
    )


def _milestones(
    terms: ContractTerms, lines: Sequence[SovLine], milestones: Sequence[Milestone]
) -> Iterator[Check]:
    for line in lines:
        if line.basis is Basis.milestone:
            planned = total(one.amount for one in milestones if one.line_id == line.id)
            yield Check(
                code="milestones_do_not_cover",
                met=planned == line.scheduled_value,
                sentence=f"Line {line.item_no} is billed by milestones: {_said(planned, terms)} of "
                f"{_said(line.scheduled_value, terms)} planned.",
                about="milestones",
            )


def _rates(terms: ContractTerms, rates: Sequence[RateRow], projects: Sequence[str]) -> Iterator[Check]:
    yield Check(
        code="no_rate_card",
        met=bool(rates),
        sentence=f"Rate card: {len(rates):,} {'rate' if len(rates) == 1 else 'rates'}."
        if rates
        else "Work is billed by time, and there is no rate card: enter its rates.",
        about="rates",
    )
    yield Check(
        code="no_projects",
        met=bool(projects),
        sentence=f"Projects in time sheets: {', '.join(projects) or 'none named'}.",
        about="rates",
        blocks=False,
    )
    for spelled in (*alike(_named(rates, "person")), *alike(_named(rates, "role"))):
        yield Check(
            code="names_alike",
            met=False,
            sentence=f"{' and '.join(spelled)} differ in capitals or spaces only, and are different people "
            "or roles to the rate card.",
            about="rates",
            blocks=False,
        )
    for each in terms.overtime.classes if terms.overtime else ():
        flat = each.convention is OvertimeConvention.flat_rate
        by_pay = each.convention is OvertimeConvention.markup_on_pay
        if flat and not any(row.overtime == each.name for row in rates):
            yield _look_at("no_flat_rate", f"The rate card has no flat rate for {each.name}: add one.")
        if by_pay and not any(row.paid is not None for row in rates):
            yield _look_at(
                "no_pay_rate",
                f"{each.name} is billed by a markup on pay, and the rate card says of nobody what is paid.",
            )


def _named(rates: Sequence[RateRow], column: Literal["person", "role"]) -> list[str]:
    return [name for row in rates if (name := row.person if column == "person" else row.role)]


def _look_at(code: str, sentence: str) -> Check:
    return Check(code=code, met=False, sentence=sentence, about="rates", blocks=False)


def _said(amount: Decimal, terms: ContractTerms) -> str:
    return f"{round_to(amount, terms.currency):,f}"
