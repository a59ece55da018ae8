"""Tables of billing groups, and of the invoices on which several contracts went out together."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Date, Index, UniqueConstraint

from contracts_app.store.columns import at, finite, money, own_id, ref, states, table, to, words

billing_group = table(
    "billing_group",
    own_id(), ref("client_id"), ref("legal_entity_id"), words("name"),
    *states("active", "dissolved"),
    UniqueConstraint("firm_id", "client_id", "name"),
    to("client", "client_id"), to("legal_entity", "legal_entity_id"),
)  # fmt: skip

billing_group_contract = table(
    "billing_group_contract",
    ref("contract_id"), ref("billing_group_id"),
    to("contract", "contract_id"), to("billing_group", "billing_group_id"),
    Index(None, "firm_id", "billing_group_id"),
    key=("contract_id",),
)  # fmt: skip
"""A contract is in one group at most."""

group_invoice = table(
    "group_invoice",
    own_id(), ref("billing_group_id"), ref("client_id"), ref("legal_entity_id"), words("series"),
    Column("number", BigInteger, nullable=False), words("number_text"),
    Column("issued_on", Date, nullable=False), at("issued_at"), ref("issued_by"),
    words("currency"), Column("due_on", Date, nullable=False),
    money("net"), money("tax"), money("deposit_applied"), money("due"),
    # The member whose process makes the paper and sends the letter.
    ref("carried_by"),
    CheckConstraint("due = net + tax - deposit_applied", name="due"),
    finite("net", "tax", "deposit_applied", "due"),
    UniqueConstraint("firm_id", "number_text"),
    UniqueConstraint("firm_id", "legal_entity_id", "series", "number"),
    UniqueConstraint(
        "firm_id", "id", "legal_entity_id", "series", "number", name="uq_group_invoice_numbered"
    ),
    Index(None, "firm_id", "billing_group_id"),
    to("billing_group", "billing_group_id"), to("client", "client_id"),
    to("legal_entity", "legal_entity_id"), to("person", "issued_by"), to("invoice", "carried_by"),
)  # fmt: skip
"""An issued invoice of several contracts: one number, one paper. Its sections are the rows of
`issued_invoice` that name it; what it comes to is their sum."""

group_left_out = table(
    "group_left_out",
    ref("group_invoice_id"), ref("invoice_id"), words("reason"), ref("person_id"),
    CheckConstraint("length(reason) >= 3", name="reason"),
    to("group_invoice", "group_invoice_id"), to("invoice", "invoice_id"), to("person", "person_id"),
    key=("group_invoice_id", "invoice_id"),
)  # fmt: skip
"""Drafts of the group that did not go out with this invoice, and why."""
