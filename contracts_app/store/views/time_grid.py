"""Time with its price, for the pages that show it by person and week: of one contract or of many."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Date, cast, exists, func, select

from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.refusals import Refused
from contracts_app.domain.time.overtime import in_words, looked_up
from contracts_app.domain.time.rate_card import RateCard
from contracts_app.domain.time.time_and_materials import TimeEntry, amount_of, billed_seconds
from contracts_app.store.agreements import rate_cards
from contracts_app.store.billing_tables import claim, issued_time, time_editor, time_entry
from contracts_app.store.tables import contract, invoice, issued_invoice, person, sov_line
from contracts_app.store.time import GONE, editors, overtime_of, whole_of
from contracts_app.store.views.late_entries import posted_to
from contracts_app.store.views.time_register import Standing, of_entries, standing_column

MOST = 2000
"""Entries on one page."""


@dataclass(frozen=True)
class WorkRow:
    """An entry with where it stands and what it comes to.

    `charged`, `rate` and `amount` are those of the invoice once it is issued, before that what the rate card
    gives now; without a rate both are None. Time in whole seconds, amounts in the contract's currency.
    `overtime` is the class worked, `overtime_said` how its price came about. `posted_to`: the month, where
    that of its day was closed when it came in.
    """

    id: UUID
    contract_id: UUID
    line_id: UUID | None
    item_no: str | None
    work_date: date
    person: str
    role: str | None
    project: str | None
    task: str | None
    description: str
    source: str
    position: int
    seconds: int
    bill_seconds: int | None
    written_reason: str | None
    held_reason: str | None
    replaced_reason: str | None
    version: int
    state: str
    standing: Standing
    entered_by: str
    entered_by_id: UUID
    editors: tuple[UUID, ...]
    written_up_by: str | None
    written_up_by_id: UUID | None
    decided_by: str | None
    decided_on: date | None
    invoice_id: UUID | None
    invoice_name: str | None
    charged: int
    rate: Decimal | None
    amount: Decimal | None
    overtime: str | None
    premium_only: bool
    overtime_said: str
    overtime_approved_by: str | None
    overtime_reason: str | None
    classed_by_id: UUID | None
    warnings: tuple[str, ...]
    posted_to: date | None

    @property
    def monday(self) -> date:
        """The first day of its week."""
        return self.work_date - timedelta(days=self.work_date.weekday())

    @property
    def seen(self) -> str:
        """The entry as a form names what was seen: its id and version."""
        return f"{self.id}:{self.version}"

    def may_be_approved_by(self, person_id: UUID) -> bool:
        """Whether it waits for somebody else than who entered it, corrected it or wrote it up."""
        return self.standing is Standing.waits and person_id not in (
            self.entered_by_id,
            *self.editors,
            self.written_up_by_id,
            self.classed_by_id,
        )

    def overtime_may_be_decided_by(self, person_id: UUID) -> bool:
        """Whether it is overtime on no issued invoice, of somebody else than who entered it, corrected it
        or classed it."""
        return (
            self.overtime is not None
            and self.decidable
            and person_id not in (self.entered_by_id, *self.editors, self.classed_by_id)
        )

    @property
    def counts(self) -> bool:
        """Whether its amount is billed or may be: not rejected, not without charge, not billed elsewhere."""
        return self.standing not in (
            Standing.rejected,
            Standing.replaced,
            Standing.not_billable,
            Standing.billed_elsewhere,
        )

    @property
    def unpriced(self) -> bool:
        """Whether it is to be billed and has no rate: as long as that is so, no invoice takes it."""
        return self.counts and self.rate is None

    @property
    def decidable(self) -> bool:
        """Whether it can still be approved, held or moved: no invoice has gone out with it."""
        return self.standing not in (Standing.billed, Standing.billed_elsewhere, Standing.replaced)


@dataclass(frozen=True)
class Week:
    """A week with work in it, from its Monday; `seconds` leave out what was rejected."""

    monday: date
    entries: int
    waiting: int
    seconds: int


@dataclass(frozen=True)
class Wanted:
    """Which entries; None and no standings leave that open."""

    from_day: date | None = None
    to_day: date | None = None
    person: str | None = None
    standings: tuple[Standing, ...] = ()
    entry_id: UUID | None = None


def rows(
    connection: Connection, firm_id: UUID, contract_ids: Collection[UUID], wanted: Wanted
) -> Sequence[WorkRow]:
    """The entries wanted, priced, by contract, work date and the order of their file; at most `MOST` + 1."""
    entered, decided, raised = person.alias("entered"), person.alias("decided"), person.alias("raised")
    allowed, was = person.alias("allowed"), time_entry.alias("was")
    statement = (
        select(
            time_entry,
            standing_column.label("standing"),
            sov_line.c.item_no,
            contract.c.terms,
            entered.c.name.label("entered_name"),
            decided.c.name.label("decided_name"),
            raised.c.name.label("raised_name"),
            allowed.c.name.label("overtime_name"),
            editors().label("editors"),
            posted_to("time", time_entry).label("posted_to"),
            claim.c.invoice_id,
            invoice.c.application_no,
            issued_invoice.c.number_text,
            issued_time.c.seconds.label("issued_seconds"),
            issued_time.c.rate.label("issued_rate"),
            issued_time.c.amount.label("issued_amount"),
            issued_time.c.base_rate.label("issued_base_rate"),
            issued_time.c.factor.label("issued_factor"),
            was.c.seconds.label("was_seconds"),
            was.c.work_date.label("was_on"),
            was.c.source.label("was_from"),
        )
        .select_from(time_entry)
        .join(contract, _same(contract, time_entry.c.contract_id))
        .join(entered, _same(entered, time_entry.c.entered_by))
        .outerjoin(decided, _same(decided, time_entry.c.decided_by))
        .outerjoin(raised, _same(raised, time_entry.c.written_up_by))
        .outerjoin(allowed, _same(allowed, time_entry.c.overtime_approved_by))
        .outerjoin(sov_line, _same(sov_line, time_entry.c.sov_line_id))
        .outerjoin(was, _same(was, time_entry.c.corrects))
        .outerjoin(
            claim, (claim.c.firm_id == time_entry.c.firm_id) & (claim.c.time_entry_id == time_entry.c.id)
        )
        .outerjoin(invoice, _same(invoice, claim.c.invoice_id))
        .outerjoin(
            issued_invoice,
            (issued_invoice.c.firm_id == claim.c.firm_id)
            & (issued_invoice.c.invoice_id == claim.c.invoice_id),
        )
        .outerjoin(
            issued_time,
            (issued_time.c.firm_id == claim.c.firm_id)
            & (issued_time.c.invoice_id == claim.c.invoice_id)
            & (issued_time.c.time_entry_id == time_entry.c.id),
        )
        .where(time_entry.c.firm_id == firm_id, time_entry.c.contract_id.in_(contract_ids))
        .order_by(contract.c.number, time_entry.c.work_date, time_entry.c.position, time_entry.c.id)
        .limit(MOST + 1)
    )
    if wanted.from_day is not None:
        statement = statement.where(time_entry.c.work_date >= wanted.from_day)
    if wanted.to_day is not None:
        statement = statement.where(time_entry.c.work_date <= wanted.to_day)
    if wanted.person is not None:
        statement = statement.where(time_entry.c.person == wanted.person)
    if wanted.standings:
        statement = statement.where(standing_column.in_([one.value for one in wanted.standings]))
    if wanted.entry_id is not None:
        statement = statement.where(time_entry.c.id == wanted.entry_id)
    cards = {
        contract_id: RateCard(found)
        for contract_id, found in rate_cards(connection, firm_id, contract_ids).items()
    }
    terms: dict[UUID, ContractTerms] = {}
    found = []
    for row in connection.execute(statement):
        if row.contract_id not in terms:
            terms[row.contract_id] = ContractTerms.model_validate(row.terms)
        found.append(_row(row, cards.get(row.contract_id, RateCard(())), terms[row.contract_id]))
    return found


def weeks(connection: Connection, firm_id: UUID, contract_ids: Collection[UUID]) -> Sequence[Week]:
    """The weeks in which there was work, oldest first."""
    monday = cast(func.date_trunc("week", time_entry.c.work_date), Date)
    found = connection.execute(
        of_entries(
            select(
                monday.label("monday"),
                func.count().label("entries"),
                func.count().filter(standing_column == Standing.waits.value).label("waiting"),
                func.coalesce(
                    func.sum(time_entry.c.seconds).filter(time_entry.c.state.not_in(GONE)), 0
                ).label("seconds"),
            )
        )
        .where(time_entry.c.firm_id == firm_id, time_entry.c.contract_id.in_(contract_ids))
        .group_by(monday)
        .order_by(monday)
    )
    return [Week(row.monday, row.entries, row.waiting, int(row.seconds)) for row in found]


def people(connection: Connection, firm_id: UUID, contract_ids: Collection[UUID]) -> Sequence[str]:
    """Who worked on these contracts, by name."""
    return (
        connection.execute(
            select(time_entry.c.person)
            .where(time_entry.c.firm_id == firm_id, time_entry.c.contract_id.in_(contract_ids))
            .distinct()
            .order_by(time_entry.c.person)
        )
        .scalars()
        .all()
    )


def contracts_with_time(
    connection: Connection, firm_id: UUID, contract_id: UUID | None = None
) -> Mapping[UUID, int]:
    """Contracts billed by time, and how many entries each has; only this one when it is named."""
    entries = (
        select(time_entry.c.contract_id, func.count().label("entries"))
        .where(time_entry.c.firm_id == firm_id)
        .group_by(time_entry.c.contract_id)
        .subquery()
    )
    statement = (
        select(sov_line.c.contract_id, func.coalesce(entries.c.entries, 0).label("entries"))
        .outerjoin(entries, entries.c.contract_id == sov_line.c.contract_id)
        .where(sov_line.c.firm_id == firm_id, sov_line.c.basis == "time_and_materials")
        .distinct()
    )
    if contract_id is not None:
        statement = statement.where(sov_line.c.contract_id == contract_id)
    return {row.contract_id: row.entries for row in connection.execute(statement)}


def waiting_for(connection: Connection, firm_id: UUID, person_id: UUID) -> tuple[int, int]:
    """How many entries wait for this project manager, and their time in seconds.

    Not what he entered, corrected or wrote up himself.
    """
    row = connection.execute(
        select(func.count().label("entries"), func.coalesce(func.sum(time_entry.c.seconds), 0).label("secs"))
        .select_from(time_entry)
        .join(contract, _same(contract, time_entry.c.contract_id))
        .where(
            time_entry.c.firm_id == firm_id,
            contract.c.project_manager_id == person_id,
            contract.c.state == "active",
            time_entry.c.entered_by != person_id,
            ~exists().where(
                time_editor.c.firm_id == time_entry.c.firm_id,
                time_editor.c.time_entry_id == time_entry.c.id,
                time_editor.c.person_id == person_id,
            ),
            time_entry.c.written_up_by.is_distinct_from(person_id),
            time_entry.c.state == "open",
            time_entry.c.billable,
            ~time_entry.c.billed_elsewhere,
            time_entry.c.held_reason.is_(None),
        )
    ).one()
    return row.entries, int(row.secs)


def _same(table: Any, column: Any) -> Any:
    return (table.c.firm_id == time_entry.c.firm_id) & (table.c.id == column)


def _row(row: Any, card: RateCard, terms: ContractTerms) -> WorkRow:
    worked = overtime_of(row.overtime, row.premium_only, row.overtime_approved_by)
    rate, amount, billed, unpriced = row.issued_rate, row.issued_amount, row.issued_seconds, ""
    base, factor = row.issued_base_rate, row.issued_factor
    if billed is None:
        entry = TimeEntry(
            id=row.id,
            line_id=row.sov_line_id or row.contract_id,  # the line does not matter for the price
            work_date=row.work_date,
            person=row.person,
            role=row.role,
            project=row.project,
            seconds=row.seconds,
            bill_seconds=row.bill_seconds,
            overtime=worked,
            whole=whole_of(row.whole_seconds, row.whole_before),
        )
        billed = billed_seconds(entry, terms.hour_rounding)
        hour = looked_up(card, terms.overtime, entry.work)
        if isinstance(hour, Refused):
            unpriced = hour.sentence
        else:
            rate, amount = hour.rate, amount_of(billed, hour.rate, terms.currency)
            base, factor = hour.base_rate, hour.factor
    number = row.number_text or (None if row.application_no is None else f"invoice {row.application_no}")
    return WorkRow(
        id=row.id,
        contract_id=row.contract_id,
        line_id=row.sov_line_id,
        item_no=row.item_no,
        work_date=row.work_date,
        person=row.person,
        role=row.role,
        project=row.project,
        task=row.task,
        description=row.description,
        source=row.source,
        position=row.position,
        seconds=row.seconds,
        bill_seconds=row.bill_seconds,
        written_reason=row.written_reason,
        held_reason=row.held_reason,
        replaced_reason=row.replaced_reason,
        version=row.version,
        state=row.state,
        standing=Standing(row.standing),
        entered_by=row.entered_name,
        entered_by_id=row.entered_by,
        editors=tuple(row.editors),
        written_up_by=row.raised_name,
        written_up_by_id=row.written_up_by,
        decided_by=row.decided_name,
        decided_on=row.decided_on,
        invoice_id=row.invoice_id,
        invoice_name=number,
        charged=billed,
        rate=rate,
        amount=amount,
        overtime=row.overtime,
        premium_only=row.premium_only,
        overtime_said="" if row.overtime is None else in_words(row.overtime, base, factor, row.premium_only),
        overtime_approved_by=row.overtime_name,
        overtime_reason=row.overtime_reason,
        classed_by_id=row.classed_by,
        warnings=tuple(_warnings(row, unpriced, rate, terms)),
        posted_to=row.posted_to,
    )


def _warnings(row: Any, unpriced: str, rate: Decimal | None, terms: ContractTerms) -> Iterator[str]:
    """What somebody should look at before the entry is billed; nothing of what is billed elsewhere."""
    if row.billed_elsewhere or not row.billable or row.state == "replaced":
        return
    if row.corrects is not None:
        worked = (Decimal(row.was_seconds) / 3600).quantize(Decimal("0.01"))
        what = f"{worked:f} hours of {row.was_on} ({row.was_from})"
        also = " It is decided together with the entry that takes those back." if row.goes_with else ""
        yield (
            f"It takes back {what}, which are billed: decided together with what takes their place."
            if row.takes_back
            else f"It corrects {what}.{also}"
        )
    if unpriced:
        yield unpriced
    if row.sov_line_id is None:
        yield "It stands on no line of the contract: transfer it to one."
    if row.file_rate is not None and rate is not None and row.file_rate != rate:
        file_rate, own = (f"{one.normalize():,f}" for one in (row.file_rate, rate))
        yield f"The file's rate is {file_rate} {terms.currency}, the rate card's {own}."
    if row.overtime is not None and row.issued_seconds is None and not unpriced:
        agreed = terms.overtime.find(row.overtime) if terms.overtime else None
        if agreed is None:
            yield f"The contract has no class of overtime {row.overtime}: it is billed at the regular rate."
        elif agreed.needs_approval and row.overtime_approved_by is None:
            yield "Its overtime is not approved: it is billed at the regular rate until it is."
