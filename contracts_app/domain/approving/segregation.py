"""Segregation of duties: what one person never does alone, and where that is held.

Each row is enforced by the rules of the command, which say so in a sentence and record the attempt, and held
by the database as well, whoever gets at it with the application's role. Auditors ask for this matrix
(authorisation by a second person; CONTROLS, request 3).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Duty:
    """Whoever did one of `prepares` to a record gives none of `decides` on it.

    `held_by`: the table and its rule (a check or a trigger) in the database.
    """

    record: str
    prepares: tuple[str, ...]
    decides: tuple[str, ...]
    held_by: tuple[str, str]


MATRIX: tuple[Duty, ...] = (
    Duty(
        "a draft",
        ("prepare_application", "edit_draft", "submit_draft", "claim_time"),
        ("approve_draft",),
        ("approval", "four_eyes"),
    ),
    Duty("a step of a draft's approval", ("approve_draft",), ("approve_draft",), ("approval", "four_eyes")),
    Duty(
        "who approves",
        ("propose_approval_policy",),
        ("agree_to_approval_policy",),
        ("approval_policy", "ck_approval_policy_four_eyes"),
    ),
    Duty(
        "where invoices are paid to, tax number of a company that has issued",
        ("set_payment_instructions", "set_tax_number"),
        ("agree_to_master_change",),
        ("master_change", "ck_master_change_four_eyes"),
    ),
    Duty(
        "a rate of tax, rates of a contract in force",
        ("add_tax_rate", "withdraw_tax_rate", "raise_rates"),
        ("agree_to_master_change",),
        ("master_change", "ck_master_change_four_eyes"),
    ),
    Duty(
        "a place taken for another",
        ("delegate_approvals",),
        ("approve_draft",),
        ("approval_delegation", "ck_approval_delegation_to_another"),
    ),
    Duty(
        "a contract",
        ("open_contract", "set_terms", "set_schedule", "set_rate_card", "post_import"),
        ("activate_contract",),
        ("contract", "four_eyes"),
    ),
    Duty(
        "a change order",
        ("propose_change_order", "price_change_order", "submit_change_order"),
        ("execute_change_order",),
        ("change_order", "ck_change_order_four_eyes"),
    ),
    Duty(
        "a revision of the schedule",
        ("propose_revision",),
        ("approve_revision",),
        ("sov_revision", "ck_sov_revision_four_eyes"),
    ),
    Duty(
        "a milestone", ("achieve_milestone",), ("approve_milestone",), ("milestone", "ck_milestone_four_eyes")
    ),
    Duty(
        "time",
        ("enter_time", "post_import", "correct_time"),
        ("approve_time", "reject_time"),
        ("time_entry", "ck_time_entry_four_eyes"),
    ),
    Duty("time written up", ("write_time",), ("approve_time",), ("time_entry", "ck_time_entry_written_up")),
    Duty(
        "overtime",
        ("enter_time", "set_overtime"),
        ("decide_overtime",),
        ("time_entry", "ck_time_entry_overtime_four_eyes"),
    ),
    Duty("a cost", ("record_costs",), ("approve_costs",), ("job_cost", "ck_job_cost_four_eyes")),
    Duty("a cost written up", ("write_cost",), ("approve_costs",), ("job_cost", "ck_job_cost_written_up")),
    Duty(
        "an expense",
        ("enter_expenses", "enter_per_diem", "enter_mileage", "post_import", "correct_expense"),
        ("approve_expenses", "reject_expenses"),
        ("expense", "ck_expense_four_eyes"),
    ),
    Duty(
        "an order to a vendor, a delivery, a bill",
        ("enter_commitment", "change_commitment", "record_delivery", "enter_bill", "enter_vendor_credit"),
        ("approve_purchase", "reject_purchase"),
        ("vendor_bill", "ck_vendor_bill_four_eyes"),
    ),
    Duty(
        "a paper that a contract requires",
        ("require_paper",),
        ("end_requirement",),
        ("compliance_requirement", "ck_compliance_requirement_four_eyes"),
    ),
    Duty(
        "an exception from a required paper",
        ("ask_exception",),
        ("decide_exception",),
        ("compliance_exception", "ck_compliance_exception_four_eyes"),
    ),
)
