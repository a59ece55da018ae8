"""Every position of every process: each state of its table, with all that its next step depends on.

States come from the tables of transitions; what is given here are the facts besides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product

from contracts_app.domain.approving.chain import CONTROLLER, MANAGER
from contracts_app.domain.billing.billing_runs import RUN
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.receivables.progress import (
    Account,
    ContractFacts,
    FollowUpFacts,
    InvoiceFacts,
    Next,
    next_billing_run_step,
    next_calendar_step,
    next_contract_step,
    next_follow_up_step,
    next_import_step,
    next_invoice_step,
)
from contracts_app.domain.receivables.receivables import OpenItem
from contracts_app.domain.transitions import CONTRACT, IMPORT, INVOICE, Table
from tests.domain.agreements import identity

NOW = datetime(2024, 5, 14, 12, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(days=1), NOW - timedelta(days=1)
TABLES: Mapping[Subject, Table] = {
    Subject.invoice: INVOICE,
    Subject.contract: CONTRACT,
    Subject.importing: IMPORT,
    Subject.billing_run: RUN,
    # A client and a practice firm have no commands that change their state.
    Subject.follow_up: {"": {"active": ("active",)}},
    Subject.calendar: {"": {"open": ("open",)}},
}


def states(table: Table) -> Sequence[str]:
    """Every state that a table leads from or to, in its order."""
    named = (one for rows in table.values() for state, to in rows.items() for one in (state, *to))
    return tuple(dict.fromkeys(named))


def positions(subject: Subject, state: str) -> Iterator[Next]:
    """What comes next in this state, under all facts that matter to it."""
    match subject:
        case Subject.invoice:
            yield from _invoice(state)
        case Subject.contract:
            yield from _contract(state)
        case Subject.importing:
            yield next_import_step(state, "labour.csv")
        case Subject.billing_run:
            yield from (next_billing_run_step(state, left) for left in (0, 3))
        case Subject.follow_up:
            yield from _follow_up()
        case Subject.calendar:
            yield next_calendar_step("Plain Mechanical", NOW.date())


_YES_OR_NO = (True, False)


def _invoice(state: str) -> Iterator[Next]:
    said = {
        "sent_back": "Sent back by Pam: “line 2 is not finished”.",
        "kept_back": "500.00 USD for defective work N-1",
        "remarked": "Sue remarked on the pencil copy.",
        "goes_out_with": "Site North",
        "mentor": "Max",
        "nobody_can_approve": "Pam has changed its time since and cannot approve it.",
    }
    facts = InvoiceFacts(
        state=state,
        name="Application 3 of contract C-1",
        preparer="Cora",
        open_steps=(MANAGER,),
        project_manager="Pam",
        client="Bold Builders",
        now=NOW,
        certification_due=LATER,
        due_on=date(2024, 6, 14),
        documents_made=True,
        messages_unsent=False,
    )
    for made, unsent, notice, pencil in product(_YES_OR_NO, repeat=4):
        changed = {
            "documents_made": made, "messages_unsent": unsent, "notice_missing": notice,
            "pencil_missing": pencil,
        }  # fmt: skip
        yield next_invoice_step(facts.model_copy(update=changed))
    for missing, change in product(("", "The insurance certificate ended on 2024-05-01."), (LATER, None)):
        papers = {"papers_missing": missing, "papers_change_at": change}
        yield next_invoice_step(facts.model_copy(update=papers))
    for name, words in said.items():
        yield next_invoice_step(facts.model_copy(update={name: words}))
    by: dict[str, object] = {"certification_due": EARLIER, "certify_by": date(2024, 5, 13)}
    unanswered: tuple[dict[str, object], ...] = (
        {"certify_by": date(2024, 5, 14)},
        {**by, "overdue_untold": True},
        {**by, "overdue_told_at": LATER},
        by,
    )
    for waits in (
        {"approvers_untold": True},
        {"approvers_told_at": LATER},
        {
            "approvers_told_at": LATER,
            "controllers_told": True,
        },
    ):
        yield next_invoice_step(facts.model_copy(update=waits))
    for late in unanswered:
        yield next_invoice_step(facts.model_copy(update=late))
    for due, steps in product((LATER, EARLIER), ((MANAGER,), (CONTROLLER,), (MANAGER, CONTROLLER))):
        yield next_invoice_step(facts.model_copy(update={"certification_due": due, "open_steps": steps}))


def _contract(state: str) -> Iterator[Next]:
    facts = ContractFacts(
        state=state,
        number="C-1",
        has_schedule=True,
        open_invoice=None,
        unpaid_invoices=0,
        fully_billed=False,
        retainage_held=False,
        outstanding_for_release=(),
        next_application=4,
        next_period_end=date(2024, 5, 31),
        next_period_end_at=LATER,
        now=NOW,
    )
    billed = {"fully_billed": True}
    held = {**billed, "retainage_held": True}
    for changed in (
        {},
        {"next_period_end_at": EARLIER},
        {"billed_by_run": True},
        {"withheld": "Application 3 was withheld: “late”."},
        {"cut": "The certificate of application 3 cut 10.00 USD: “late”."},
        {"cut": "The certificate of application 3 cut 10.00 USD: “late”.", "time_cut": True},
        {"has_schedule": False},
        {"has_project_manager": False},
        {"missing": "Line 1 has no rate."},
        {"sent_back": "Sent back by Con: “wrong sum”."},
        {"open_invoice": "application 3"},
        {"open_invoice": "application 3", "with_client": True},
        billed,
        {**billed, "time_cut": True, "cut": "The certificate of application 3 cut 10.00 USD: “late”."},
        {**billed, "advance_left": "100.00 USD"},
        {**billed, "unpaid_invoices": 2},
        {**billed, "deposit_left": "100.00 USD"},
        held,
        {**held, "without_evidence": ("Warranty letter",), "outstanding_for_release": ("Warranty letter",)},
        {**held, "outstanding_for_release": ("Warranty letter",)},
    ):
        yield next_contract_step(facts.model_copy(update=changed))


def _follow_up() -> Iterator[Next]:
    def item(days_ago: int) -> OpenItem:
        return OpenItem(
            receivable_id=identity("receivable"),
            invoice_id=identity("invoice"),
            invoice_number="A-2",
            due_on=NOW.date() - timedelta(days=days_ago),
            open=Decimal(100),
        )

    quiet: tuple[tuple[int | None, int, bool, bool], ...] = (
        (None, 0, False, False), (None, 0, True, False), (None, 0, False, True),
        (0, 0, False, False), (1, 0, False, False), (1, 1, False, False), (40, 30, False, False),
    )  # fmt: skip
    for days, reminded, receipts, unsent in quiet:
        account = Account(
            legal_entity="Plain Mechanical",
            currency="USD",
            zone="UTC",
            today=NOW.date(),
            open_items=[] if days is None else [item(days)],
        )
        yield next_follow_up_step(
            FollowUpFacts(
                client="Bold Builders",
                accounts=[account],
                reminded={identity("receivable"): reminded} if reminded else {},
                receipts_missing=receipts,
                messages_unsent=unsent,
            )
        )
