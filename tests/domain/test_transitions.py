"""The tables of states: every state known, every way out, every other command refused; and why each waits."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import product
from typing import get_args

import pytest

from contracts_app.domain.approving.chain import CONTROLLER, MANAGER
from contracts_app.domain.business_time import opening_of
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.routes import ROUTES, process_of
from contracts_app.domain.commands.subjects import Subject
from contracts_app.domain.receivables.progress import (
    Account,
    ContractFacts,
    FollowUpFacts,
    InvoiceFacts,
    Next,
    next_contract_step,
    next_follow_up_step,
    next_import_step,
    next_invoice_step,
)
from contracts_app.domain.receivables.receivables import OpenItem
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import (
    CONTRACT,
    FINAL,
    IMPORT,
    INVOICE,
    OF_ITSELF,
    OPEN_INVOICE,
    ContractState,
    ImportState,
    InvoiceState,
    Table,
    in_words,
    possible,
    require,
)
from tests.domain.agreements import FIRM, identity

TABLES: list[tuple[str, Table, type[StrEnum]]] = [
    ("invoice", INVOICE, InvoiceState),
    ("contract", CONTRACT, ContractState),
    ("import", IMPORT, ImportState),
]
BY_SYSTEM = {
    "analyse_import", "invoice_changed", "content_changed", "close_contract", "take_revision_back",
    "supersede", "post_chunk",
}  # fmt: skip
each_table = pytest.mark.parametrize(("what", "table", "states"), TABLES, ids=[row[0] for row in TABLES])
NOW = datetime(2024, 5, 14, 12, tzinfo=UTC)


@each_table
def test_tables_name_known_states_and_commands(what: str, table: Table, states: type[StrEnum]) -> None:
    known = set(states)
    for command, rows in table.items():
        assert rows, command
        assert command in ROUTES or command in BY_SYSTEM
        for state, targets in rows.items():
            assert {state, *targets} <= known
            assert targets
            assert len(set(targets)) == len(targets)
    assert set(FINAL[what]) <= known


@each_table
def test_every_state_has_a_way_out_unless_it_is_final(what: str, table: Table, states: type[StrEnum]) -> None:
    ways = {
        str(state): {target for rows in table.values() for target in rows.get(state, ()) if target != state}
        for state in states
    }
    final = set(FINAL[what])
    assert {state for state, targets in ways.items() if not targets} <= final
    # What is over may be taken back by a person (a posted file); nothing of it runs again, but that a file
    # for many contracts is read again when rows of it are mended.
    again = {"received"} if what == "import" else set()
    assert {target for state in final for target in ways[state]} <= final | again
    assert {state for state in final if again & ways[state]} <= {"distributed"}
    for state in states:
        reached = {str(state)}
        while more := {target for known in reached for target in ways[known]} - reached:
            reached |= more
        assert reached & set(FINAL[what]), f"{state} never ends"


@each_table
def test_every_state_can_be_reached(what: str, table: Table, states: type[StrEnum]) -> None:
    first = next(iter(states))
    targets = {target for rows in table.values() for row in rows.values() for target in row}
    assert {first, *targets} == set(states)


@each_table
def test_require_refuses_everything_else(what: str, table: Table, states: type[StrEnum]) -> None:
    commands = set(ROUTES) | BY_SYSTEM | {"nonsense"}
    for command, state in product(sorted(commands), [*states, "nonsense"]):
        allowed = table.get(command, {}).get(state)
        if allowed:
            assert require(table, command, state, what) == allowed
            assert (command in possible(table, state)) == (command not in OF_ITSELF)
        else:
            assert command not in possible(table, state)
            with pytest.raises(Refused) as refused:
                require(table, command, state, what)
            assert (refused.value.code, refused.value.status) == ("not_in_this_state", 409)
            assert in_words(state) in refused.value.sentence


def test_an_application_in_hand_is_one_without_a_certificate() -> None:
    settled = {
        InvoiceState.issued,
        InvoiceState.certified,
        InvoiceState.paid,
        InvoiceState.withheld,
        InvoiceState.withdrawn,
        InvoiceState.superseded,
    }
    assert set(OPEN_INVOICE) == set(InvoiceState) - settled


def test_nothing_is_issued_that_is_not_approved() -> None:
    assert set(INVOICE["issue_invoice"]) == {"approved"}
    leads_to_approved = {
        command
        for command, rows in INVOICE.items()
        for state, targets in rows.items()
        if "approved" in targets and targets != (state,)
    }
    # Content that is again exactly what the whole chain approved; never from a draft.
    assert leads_to_approved == {"approve_draft", "content_changed"}
    assert INVOICE["content_changed"]["draft"] == ("draft",)
    assert INVOICE["edit_draft"]["approved"] == ("draft",)


def _is_told(step: Next) -> None:
    if step.kind == "do":
        assert step.step
    elif step.kind == "wait":
        assert step.waiting
        assert step.waiting.sentence.endswith(".")
        assert "None" not in step.waiting.sentence
        assert step.waiting.for_role
        assert (step.waiting.deadline is None) or step.waiting.otherwise


@pytest.mark.parametrize("state", InvoiceState)
def test_every_invoice_knows_its_next_step(state: InvoiceState) -> None:
    later, earlier = NOW + timedelta(days=1), NOW - timedelta(days=1)
    for approval, due, made, unsent in product(
        [(MANAGER,), (CONTROLLER,), (MANAGER, CONTROLLER)],
        [None, later, earlier],
        [True, False],
        [True, False],
    ):
        facts = InvoiceFacts(
            state=state,
            name="Application 3",
            preparer="Cora",
            open_steps=approval,
            project_manager="Pam",
            client="Bold Builders",
            now=NOW,
            certification_due=due,
            due_on=date(2024, 6, 14),
            documents_made=made,
            messages_unsent=unsent,
        )
        step = next_invoice_step(facts)
        _is_told(step)
        if step.waiting and step.waiting.deadline:
            assert step.waiting.deadline > NOW
        if state in FINAL["invoice"] and made and not unsent:
            assert step.kind == "finished"


@pytest.mark.parametrize("state", ContractState)
def test_every_contract_knows_its_next_step(state: ContractState) -> None:
    flags = [True, False]
    for schedule, in_hand, unpaid, billed, held, outstanding, ahead in product(
        flags, ["application 3", None], [0, 2], flags, flags, [["Warranty letter"], []], flags
    ):
        end_at = NOW + timedelta(days=20 if ahead else -1)
        step = next_contract_step(
            ContractFacts(
                state=state,
                number="C-1",
                has_schedule=schedule,
                open_invoice=in_hand,
                unpaid_invoices=unpaid,
                fully_billed=billed,
                retainage_held=held,
                outstanding_for_release=outstanding,
                next_application=4,
                next_period_end=end_at.date(),
                next_period_end_at=end_at,
                now=NOW,
            )
        )
        _is_told(step)
        closes = step == Next(kind="do", step="close_contract")
        done = state == "active" and not in_hand and billed and not held and not unpaid
        assert closes is done
        assert (step.kind == "finished") is (state == "closed")
        waits_for_period = state == "active" and not in_hand and not billed
        assert bool(step.waiting and step.waiting.deadline) is (waits_for_period and ahead)
        assert bool(step.waiting and "has ended" in step.waiting.sentence) is (waits_for_period and not ahead)


@pytest.mark.parametrize("state", ImportState)
def test_every_import_knows_its_next_step(state: ImportState) -> None:
    step = next_import_step(state, "labour.csv")
    _is_told(step)
    assert (step.kind == "finished") is (state in FINAL["import"])


def test_a_state_nobody_knows_is_a_bug_and_not_a_wait() -> None:
    with pytest.raises(AssertionError, match="nonsense"):
        next_import_step("nonsense", "labour.csv")


@pytest.mark.parametrize(
    ("days", "reminded", "receipts", "unsent", "expected"),
    [
        (0, 0, False, False, "wait"),
        (1, 0, False, False, "make_reminder"),
        (1, 0, True, True, "make_receipts"),
        (1, 1, False, True, "deliver"),
        (1, 1, False, False, "wait"),
        (40, 1, False, False, "make_reminder"),
        (40, 30, False, False, "wait"),
    ],
)
def test_follow_up(days: int, reminded: int, receipts: bool, unsent: bool, expected: str) -> None:
    item = OpenItem(
        receivable_id=identity("receivable"),
        invoice_id=identity("invoice"),
        invoice_number="A-2",
        due_on=NOW.date() - timedelta(days=days),
        open=Decimal(100),
    )
    step = next_follow_up_step(
        FollowUpFacts(
            client="Bold Builders",
            accounts=[
                Account(
                    legal_entity="Plain Mechanical",
                    currency="USD",
                    zone="UTC",
                    today=NOW.date(),
                    open_items=[item],
                )
            ],
            reminded={item.receivable_id: reminded} if reminded else {},
            receipts_missing=receipts,
            messages_unsent=unsent,
        )
    )
    _is_told(step)
    assert expected == (step.step or step.kind)


def test_one_follow_up_looks_after_what_a_client_owes_each_legal_entity() -> None:
    """Each entity's own day decides; the next reminder is the first of any of them."""
    soon, later = (
        OpenItem(
            receivable_id=identity(name),
            invoice_id=identity(f"invoice of {name}"),
            invoice_number=name,
            due_on=NOW.date() + timedelta(days=days),
            open=Decimal(100),
        )
        for name, days in (("soon", 3), ("later", 9))
    )
    facts = FollowUpFacts(
        client="Bold Builders",
        accounts=[
            Account(
                legal_entity="Plain East", currency="USD", zone="UTC", today=NOW.date(), open_items=[later]
            ),
            Account(
                legal_entity="Plain North", currency="CAD", zone="UTC", today=NOW.date(), open_items=[soon]
            ),
        ],
        reminded={},
        receipts_missing=False,
        messages_unsent=False,
    )
    waiting = next_follow_up_step(facts).waiting
    assert waiting is not None
    assert waiting.sentence == (
        "Bold Builders owes 1 invoice to Plain East in USD and 1 invoice to Plain North in CAD, "
        f"the oldest due {soon.due_on}."
    )
    assert waiting.deadline == opening_of(soon.due_on + timedelta(days=1), "UTC")
    passed = facts.accounts[1].model_copy(update={"today": soon.due_on + timedelta(days=1)})
    assert next_follow_up_step(facts.model_copy(update={"accounts": [facts.accounts[0], passed]})).step == (
        "make_reminder"
    )


def test_every_command_has_a_route_and_a_process() -> None:
    (union, _discriminator) = get_args(Body)
    bodies = {body.model_fields["command"].default: body for body in get_args(union)}
    assert set(bodies) == set(ROUTES)
    for name, body in bodies.items():
        route = ROUTES[name]
        assert body.model_config["extra"] == "forbid"
        assert body.model_config["frozen"]
        if route.id_field is not None:
            assert body.model_fields[route.id_field].is_required()


def test_a_parked_step_belongs_to_its_own_process() -> None:
    retry = {"command": "retry_parked", "subject": "import", "subject_id": str(identity("file"))}
    moved = {"command": "move_calendar", "to": "2024-03-01"}
    envelope = {"firm_id": FIRM, "by": identity("her"), "key": "k", "signed_in": "password"}
    assert process_of(Command.model_validate({**envelope, "body": retry})) == (
        Subject.importing,
        identity("file"),
    )
    assert process_of(Command.model_validate({**envelope, "body": moved})) == (Subject.calendar, FIRM)
