"""What people may ask of a contract: for each command a body that fits what stands in the database now.

Nothing here is checked for sense beyond that: whether the command is done or refused, the product decides.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from contracts_app.domain.billing.pay_application import Entry
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.advance_commands import PrepareAdvance
from contracts_app.domain.commands.agreement_commands import (
    CompleteWork,
    ExecuteChangeOrder,
    ProposeChangeOrder,
    ReceiveDeposit,
    RejectChangeOrder,
    ReturnDeposit,
    ScheduleRow,
    SetProjects,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.cash_commands import ApplyCash, ReceivePayment
from contracts_app.domain.commands.contract_commands import (
    ActivateContract,
    CloseContract,
    OpenContract,
    ReassignProjectManager,
    ReturnContract,
    SetTerms,
)
from contracts_app.domain.commands.cost_commands import (
    ApproveCosts,
    CorrectCost,
    CostPart,
    HoldCosts,
    RecordCosts,
    ReleaseCosts,
    SendBackCosts,
    SplitCost,
    TransferCosts,
    TypedCost,
    WriteCost,
)
from contracts_app.domain.commands.estimate_commands import EstimateCost
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.invoice_commands import (
    ApproveDraft,
    Certification,
    CertifyApplication,
    EditDraft,
    IssueInvoice,
    PrepareApplication,
    PrepareRelease,
    RejectDraft,
    SubmitDraft,
    WithdrawDraft,
)
from contracts_app.domain.commands.milestone_commands import (
    AchieveMilestone,
    ApproveMilestone,
    ChangeMilestone,
    PlanMilestone,
    RejectMilestone,
    RemoveMilestone,
)
from contracts_app.domain.commands.time_commands import (
    AcceptCut,
    ApproveTime,
    ClaimTime,
    CorrectTime,
    EnterTime,
    HoldTime,
    RejectTime,
    ReleaseTime,
    SeenEntry,
    TransferTime,
    TypedTime,
    WriteTime,
)
from contracts_app.domain.contract import (
    ContractTerms,
    OvertimeClass,
    OvertimeConvention,
    OvertimeTerms,
    RetainageTerms,
)
from contracts_app.domain.cost_plus.terms import CostCategory
from contracts_app.domain.funding.advance_terms import AdvanceAgreed
from contracts_app.domain.receivables.receivables import CashPart
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.domain.transitions import NOT_OUT, InvoiceState
from tests.services.contract_facts import (
    Facts,
    Pick,
    a_change_order,
    a_cost,
    a_milestone,
    an_entry,
    an_invoice,
    asked,
    one_of,
)

HOUR = 3600
SIGNED = date(2024, 2, 19)
LINES = (
    ("1", "Ductwork", "1000.00", Basis.lump_sum),
    ("2", "Balancing", "500.00", Basis.time_and_materials),
    ("3", "Manuals", "300.00", Basis.milestone),
)
RATES = (
    RateRow(rate=Decimal("50.00"), effective_from=SIGNED),
    RateRow(person="Sample Partner", rate=Decimal("80.00"), effective_from=SIGNED),
)
DRAFTS = tuple(state.value for state in NOT_OUT)


def terms(rate: str = "0.10") -> ContractTerms:
    """Certified by the client; 100.00 paid ahead, 10.00 in advance; the controller approves above 400.00."""
    return ContractTerms(
        currency="USD",
        original_sum=Decimal("1800.00"),
        contract_date=SIGNED,
        retainage=RetainageTerms(rate_completed=Decimal(rate), rate_stored=Decimal(rate)),
        partial_milestones=True,
        deposit=Decimal("100.00"),
        advance=AdvanceAgreed(amount=Decimal("10.00"), rate=Decimal("0.25")),
        controller_limit=Decimal("400.00"),
        overtime=OvertimeTerms(
            classes=(
                OvertimeClass(name="overtime", convention=OvertimeConvention.factor, factor=Decimal("1.5")),
            )
        ),
    )


@asked
def open_contract(now: Facts, pick: Pick) -> Body:
    return OpenContract(
        contract_id=now.contract_id,
        client_id=now.people.client_id,
        legal_entity_id=now.people.entity_id,
        project_manager_id=now.people.project_managers[0],
        number=f"K-{now.contract_id.hex[:8]}",
        title="Small works",
        terms=terms(),
    )


@asked
def set_terms(now: Facts, pick: Pick) -> Body:
    rate = pick(("0.10", "0.05", "0"))
    return SetTerms(
        contract_id=now.contract_id,
        project_manager_id=now.people.project_managers[0],
        terms=terms(rate),
    )


@asked
def set_schedule(now: Facts, pick: Pick) -> Body:
    words = pick(("", " as tendered"))
    rows = tuple(
        ScheduleRow(item_no=item, description=f"{said}{words}", scheduled_value=Decimal(value), basis=basis)
        for item, said, value, basis in LINES
    )
    return SetSchedule(contract_id=now.contract_id, lines=rows)


@asked
def set_rate_card(now: Facts, pick: Pick) -> Body:
    return SetRateCard(contract_id=now.contract_id, rows=pick((RATES, RATES[:1])))


@asked
def set_projects(now: Facts, pick: Pick) -> Body:
    return SetProjects(contract_id=now.contract_id, names=pick((("Balancing",), (), ("Ducts", "Balancing"))))


@asked
def plan_milestone(now: Facts, pick: Pick) -> Body:
    if "3" in now.lines and not any(row["sov_line_id"] == now.lines["3"] for row in now.milestones):
        return PlanMilestone(
            contract_id=now.contract_id, title="Manuals", item_no="3", amount=Decimal("300.00")
        )
    title = pick((f"Inspection {now.number}", "Manuals"))
    return PlanMilestone(contract_id=now.contract_id, title=title, close_out=True)


@asked
def change_milestone(now: Facts, pick: Pick) -> Body:
    known = a_milestone(now, pick)
    return ChangeMilestone(
        contract_id=now.contract_id,
        milestone_id=known["id"],
        title=f"{known['title']} again",
        item_no="3" if known["sov_line_id"] else None,
        amount=known["amount"],
        planned_on=now.today,
        close_out=known["close_out"],
    )


@asked
def remove_milestone(now: Facts, pick: Pick) -> Body:
    known = a_milestone(now, pick)
    return RemoveMilestone(contract_id=now.contract_id, milestone_id=known["id"])


@asked
def activate_contract(now: Facts, pick: Pick) -> Body:
    return ActivateContract(contract_id=now.contract_id)


@asked
def return_contract(now: Facts, pick: Pick) -> Body:
    return ReturnContract(contract_id=now.contract_id, reason="The schedule needs another line.")


@asked
def reassign_project_manager(now: Facts, pick: Pick) -> Body:
    holder = now.agreed["project_manager_id"] if now.agreed else None
    others = [one for one in now.people.project_managers if one != holder]
    return ReassignProjectManager(
        contract_id=now.contract_id, project_manager_id=pick(others), reason="On leave."
    )


@asked
def propose_change_order(now: Facts, pick: Pick) -> Body:
    return ProposeChangeOrder(
        contract_id=now.contract_id,
        number=pick((f"CO-{len(now.orders) + 1}", "CO-1")),
        title="More of it",
        amount=Decimal(pick(("100.00", "-40.00", "250.00"))),
        raises=pick((None, "2", "1", "9")),
    )


@asked
def execute_change_order(now: Facts, pick: Pick) -> Body:
    number = a_change_order(now, pick, "submitted")
    return ExecuteChangeOrder(contract_id=now.contract_id, number=number, executed_on=now.today)


@asked
def reject_change_order(now: Facts, pick: Pick) -> Body:
    number = a_change_order(now, pick, "submitted")
    return RejectChangeOrder(contract_id=now.contract_id, number=number, reason="Not signed.")


@asked
def complete_work(now: Facts, pick: Pick) -> Body:
    return CompleteWork(contract_id=now.contract_id, reason="All is balanced.")


@asked
def record_costs(now: Facts, pick: Pick) -> Body:
    cost = TypedCost(
        item_no=pick(("1", "2", "9")),
        category=CostCategory.material,
        incurred_on=now.today,
        gross=Decimal(pick(("120.00", "-5.00"))),
        description=f"Sheet metal {now.number}",
    )
    return RecordCosts(contract_id=now.contract_id, costs=(cost,))


@asked
def approve_costs(now: Facts, pick: Pick) -> Body:
    cost = a_cost(now, pick, "open")
    return ApproveCosts(
        contract_id=now.contract_id, costs=(SeenEntry(id=cost["id"], version=cost["version"]),)
    )


@asked
def send_back_costs(now: Facts, pick: Pick) -> Body:
    whole = [row for row in now.costs if row["part_of_id"] is None and row["state"] in ("open", "approved")]
    cost = one_of(sorted(whole, key=lambda row: row["state"] != "open") or now.costs, pick)
    return SendBackCosts(contract_id=now.contract_id, costs=(cost["id"],), reason="Not of this job.")


@asked
def correct_cost(now: Facts, pick: Pick) -> Body:
    cost = a_cost(now, pick, "approved", "open")
    return CorrectCost(
        contract_id=now.contract_id,
        cost_id=cost["id"],
        gross=Decimal(pick(("110.00", "0.00"))),
        reason="The bill says so.",
    )


@asked
def hold_costs(now: Facts, pick: Pick) -> Body:
    cost = a_cost(now, pick, "approved", "open")
    return HoldCosts(contract_id=now.contract_id, costs=(cost["id"],), reason="Ask first.")


@asked
def release_costs(now: Facts, pick: Pick) -> Body:
    held = [row for row in now.costs if row["held_reason"]] or now.costs
    return ReleaseCosts(contract_id=now.contract_id, costs=(one_of(held, pick)["id"],))


@asked
def write_cost(now: Facts, pick: Pick) -> Body:
    return WriteCost(
        contract_id=now.contract_id,
        cost_id=a_cost(now, pick, "approved", "open")["id"],
        amount=pick((Decimal("50.00"), None, Decimal("500.00"), Decimal(0))),
        reason="As agreed by telephone.",
    )


@asked
def transfer_costs(now: Facts, pick: Pick) -> Body:
    cost = a_cost(now, pick, "approved", "open")
    return TransferCosts(
        contract_id=now.contract_id, costs=(cost["id"],), item_no=pick(("2", "1")), reason="Other line."
    )


@asked
def split_cost(now: Facts, pick: Pick) -> Body:
    whole = [row for row in now.costs if row["state"] == "approved" and row["billed"] is None] or now.costs
    cost = one_of(whole, pick)
    part = Decimal("0.01") if cost["gross"] > 0 else Decimal("-0.01")
    parts = (CostPart(gross=cost["gross"] - part), CostPart(gross=part, item_no=pick(("2", "1"))))
    return SplitCost(contract_id=now.contract_id, cost_id=cost["id"], parts=parts, reason="Two lines.")


@asked
def estimate_cost(now: Facts, pick: Pick) -> Body:
    return EstimateCost(
        contract_id=now.contract_id,
        as_of=now.today,
        at_completion=Decimal(pick(("1500.00", "2000.00"))),
        to_date=Decimal(pick(("300.00", "1700.00"))),
    )


@asked
def receive_deposit(now: Facts, pick: Pick) -> Body:
    return ReceiveDeposit(
        contract_id=now.contract_id,
        amount=Decimal(pick(("100.00", "0.01"))),
        received_on=now.today,
        reference=pick((f"DEPOSIT-{now.number}", "DEPOSIT")),
    )


@asked
def return_deposit(now: Facts, pick: Pick) -> Body:
    return ReturnDeposit(
        contract_id=now.contract_id,
        amount=Decimal(pick(("0.01", "100.00", "1000.00"))),
        returned_on=now.today,
        reference=f"RETURN-{now.number}",
    )


@asked
def enter_time(now: Facts, pick: Pick) -> Body:
    return EnterTime(contract_id=now.contract_id, entries=(_typed(now, pick),))


@asked
def correct_time(now: Facts, pick: Pick) -> Body:
    entry = an_entry(now, pick, "open")
    return CorrectTime(
        contract_id=now.contract_id,
        entry_id=entry["id"],
        entry=pick((_typed(now, pick), None)),
        reason="Typed wrongly.",
    )


@asked
def approve_time(now: Facts, pick: Pick) -> Body:
    entry = an_entry(now, pick, "open", "rejected")
    return ApproveTime(
        contract_id=now.contract_id, entries=(SeenEntry(id=entry["id"], version=entry["version"]),)
    )


@asked
def reject_time(now: Facts, pick: Pick) -> Body:
    entry = an_entry(now, pick, "open", "approved")
    return RejectTime(contract_id=now.contract_id, entries=(entry["id"],), reason="Not ours.")


@asked
def hold_time(now: Facts, pick: Pick) -> Body:
    entry = an_entry(now, pick, "approved", "open")
    return HoldTime(contract_id=now.contract_id, entries=(entry["id"],), reason="Ask first.")


@asked
def release_time(now: Facts, pick: Pick) -> Body:
    held = [row for row in now.time if row["held_reason"]] or now.time
    return ReleaseTime(contract_id=now.contract_id, entries=(one_of(held, pick)["id"],))


@asked
def write_time(now: Facts, pick: Pick) -> Body:
    entry = an_entry(now, pick, "approved", "open")
    seconds = pick((HOUR, None, 4 * HOUR, 0))
    return WriteTime(
        contract_id=now.contract_id, entry_id=entry["id"], seconds=seconds, reason="As agreed by telephone."
    )


@asked
def transfer_time(now: Facts, pick: Pick) -> Body:
    entry = an_entry(now, pick, "approved", "open")
    return TransferTime(
        contract_id=now.contract_id, entries=(entry["id"],), item_no=pick(("2", "1")), reason="Other line."
    )


@asked
def accept_cut(now: Facts, pick: Pick) -> Body:
    cut = one_of(sorted(now.cut, key=lambda one: not one.by_time), pick)
    return AcceptCut(
        contract_id=now.contract_id,
        invoice_id=cut.invoice_id,
        item_no=cut.item_no,
        amount=pick((None, Decimal("10.00"))),
        reason="The client is right.",
    )


@asked
def achieve_milestone(now: Facts, pick: Pick) -> Body:
    known = a_milestone(now, pick, "planned")
    return AchieveMilestone(
        contract_id=now.contract_id,
        milestone_id=known["id"],
        evidence=f"Protocol {now.number}",
        amount=pick((None, Decimal("100.00"))),
    )


@asked
def approve_milestone(now: Facts, pick: Pick) -> Body:
    known = a_milestone(now, pick, "achieved")
    return ApproveMilestone(contract_id=now.contract_id, milestone_id=known["id"], version=known["version"])


@asked
def reject_milestone(now: Facts, pick: Pick) -> Body:
    known = a_milestone(now, pick, "achieved")
    return RejectMilestone(contract_id=now.contract_id, milestone_id=known["id"], reason="Not the protocol.")


@asked
def prepare_application(now: Facts, pick: Pick) -> Body:
    return PrepareApplication(contract_id=now.contract_id, period_to=now.today, complete=pick((False, True)))


@asked
def prepare_advance(now: Facts, pick: Pick) -> Body:
    return PrepareAdvance(contract_id=now.contract_id, guarantee=pick((None, "Guarantee 4711")))


@asked
def prepare_release(now: Facts, pick: Pick) -> Body:
    return PrepareRelease(contract_id=now.contract_id, period_to=now.today, part=pick((None, Decimal("0.5"))))


@asked
def close_contract(now: Facts, pick: Pick) -> Body:
    return CloseContract(contract_id=now.contract_id)


@asked
def edit_draft(now: Facts, pick: Pick) -> Body:
    draft = an_invoice(now, pick, *DRAFTS)
    amount = Decimal(pick(("400.00", "100.00", "-30.00", "600.00", "0.01")))
    return EditDraft(invoice_id=draft, entries=(Entry(line_id=now.lines["1"], this_period=amount),))


@asked
def claim_time(now: Facts, pick: Pick) -> Body:
    draft = an_invoice(now, pick, *DRAFTS)
    return ClaimTime(invoice_id=draft)


@asked
def submit_draft(now: Facts, pick: Pick) -> Body:
    draft = an_invoice(now, pick, "draft")
    return SubmitDraft(invoice_id=draft)


@asked
def approve_draft(now: Facts, pick: Pick) -> Body:
    draft = an_invoice(now, pick, "in_review")
    seen = next(row["content_hash"] for row in now.invoices if row["id"] == draft)
    return ApproveDraft(invoice_id=draft, content_hash=seen)


@asked
def reject_draft(now: Facts, pick: Pick) -> Body:
    draft = an_invoice(now, pick, "in_review", "approved")
    return RejectDraft(invoice_id=draft, reason="Ductwork is not so far.")


@asked
def withdraw_draft(now: Facts, pick: Pick) -> Body:
    draft = an_invoice(now, pick, *DRAFTS)
    return WithdrawDraft(invoice_id=draft, reason="Next month.")


@asked
def issue_invoice(now: Facts, pick: Pick) -> Body:
    draft = an_invoice(now, pick, "approved")
    return IssueInvoice(invoice_id=draft)


@asked
def certify_application(now: Facts, pick: Pick) -> Body:
    applied = an_invoice(now, pick, InvoiceState.submitted.value)
    decision = pick((Certification.in_full, Certification.less, Certification.withheld))
    line = now.lines[pick(("2", "1"))]
    return CertifyApplication(
        invoice_id=applied,
        decision=decision,
        lines=(Entry(line_id=line, this_period=Decimal("20.00")),) if decision is Certification.less else (),
        reason="" if decision is Certification.in_full else "Not all of it is there.",
    )


@asked
def receive_payment(now: Facts, pick: Pick) -> Body:
    named = pick(((), *((known,) for known in now.owed)))
    return ReceivePayment(
        client_id=now.people.client_id,
        amount=Decimal(pick(("100.00", "900.00", "0.01", "10.00"))),
        currency="USD",
        received_on=now.today,
        reference=pick((f"WIRE-{now.number}", "WIRE")),
        invoices=named,
    )


@asked
def apply_cash(now: Facts, pick: Pick) -> Body:
    cash, owed = one_of(sorted(now.unapplied), pick), one_of(sorted(now.owed), pick)
    most = min(now.unapplied[cash], now.owed[owed])
    return ApplyCash(
        client_id=now.people.client_id,
        payment_id=cash,
        applications=(CashPart(invoice_id=owed, amount=pick((most, most + Decimal("0.01")))),),
    )


def _typed(now: Facts, pick: Pick) -> TypedTime:
    return TypedTime(
        item_no=pick(("2", "2", "1")),
        person=pick(("Sample Engineer", "Sample Partner")),
        work_date=now.today - timedelta(days=pick((1, 0, 20))),
        seconds=pick((2, 8, -1)) * HOUR,
        description=f"Balancing {now.number}",
    )
