"""Expenses of contracts, what contracts say about them, and their costs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

RULES = """
-- What was decided on stays as it was; before, it may be corrected or taken back.
GRANT DELETE ON expense TO contracts_app;
CREATE FUNCTION expense_decided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' THEN
        RAISE EXCEPTION 'an expense stays as it was decided on' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER expense_decided BEFORE UPDATE OR DELETE ON expense
    FOR EACH ROW EXECUTE FUNCTION expense_decided();
"""


def upgrade() -> None:
    """Contracts that are there have no expenses and say nothing of them."""
    op.create_table('expense_policy',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('rules', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('set_by', sa.Uuid(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.ForeignKeyConstraint(['firm_id', 'contract_id'], ['contract.firm_id', 'contract.id'], name=op.f('fk_expense_policy_firm_id_contract_id')),
    sa.ForeignKeyConstraint(['firm_id', 'set_by'], ['person.firm_id', 'person.id'], name=op.f('fk_expense_policy_firm_id_set_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_expense_policy_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'contract_id', name=op.f('pk_expense_policy'))
    )
    op.create_table('expense',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('sov_line_id', sa.Uuid(), nullable=False),
    sa.Column('spent_on', sa.Date(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('vendor', sa.Text(), server_default='', nullable=False),
    sa.Column('trip', sa.Text(), nullable=True),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('tax_recovered', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('exchange', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('billable', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('not_billable_reason', sa.Text(), nullable=True),
    sa.Column('corrects_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('worked_out', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('receipt_sha256', sa.Text(), nullable=True),
    sa.Column('receipt_name', sa.Text(), nullable=True),
    sa.Column('receipt_type', sa.Text(), nullable=True),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('rejected_because', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("(kind = 'receipt') = (worked_out IS NULL)", name=op.f('ck_expense_worked_out')),
    sa.CheckConstraint("(state = 'open') = (decided_by IS NULL)", name=op.f('ck_expense_decided')),
    sa.CheckConstraint("(state = 'rejected') = (rejected_because IS NOT NULL)", name=op.f('ck_expense_rejected')),
    sa.CheckConstraint("amount > '-Infinity' AND amount < 'Infinity' AND tax_recovered > '-Infinity' AND tax_recovered < 'Infinity'", name=op.f('ck_expense_finite')),
    sa.CheckConstraint("kind IN ('receipt', 'per_diem', 'mileage')", name=op.f('ck_expense_kind')),
    sa.CheckConstraint("state IN ('open', 'approved', 'rejected')", name=op.f('ck_expense_state')),
    sa.CheckConstraint('amount >= 0 OR corrects_id IS NOT NULL', name=op.f('ck_expense_below_zero')),
    sa.CheckConstraint('billable = (not_billable_reason IS NULL)', name=op.f('ck_expense_billable')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> entered_by', name=op.f('ck_expense_four_eyes')),
    sa.CheckConstraint('num_nonnulls(receipt_sha256, receipt_name, receipt_type) IN (0, 3)', name=op.f('ck_expense_receipt')),
    sa.ForeignKeyConstraint(['firm_id', 'contract_id'], ['contract.firm_id', 'contract.id'], name=op.f('fk_expense_firm_id_contract_id')),
    sa.ForeignKeyConstraint(['firm_id', 'corrects_id'], ['expense.firm_id', 'expense.id'], name=op.f('fk_expense_firm_id_corrects_id')),
    sa.ForeignKeyConstraint(['firm_id', 'decided_by'], ['person.firm_id', 'person.id'], name=op.f('fk_expense_firm_id_decided_by')),
    sa.ForeignKeyConstraint(['firm_id', 'entered_by'], ['person.firm_id', 'person.id'], name=op.f('fk_expense_firm_id_entered_by')),
    sa.ForeignKeyConstraint(['firm_id', 'receipt_sha256'], ['blob.firm_id', 'blob.sha256'], name=op.f('fk_expense_firm_id_receipt_sha256')),
    sa.ForeignKeyConstraint(['firm_id', 'sov_line_id'], ['sov_line.firm_id', 'sov_line.id'], name=op.f('fk_expense_firm_id_sov_line_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_expense_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_expense')),
    sa.UniqueConstraint('firm_id', 'contract_id', 'number', name=op.f('uq_expense_firm_id_contract_id_number'))
    )
    op.create_table('expense_cost',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('expense_id', sa.Uuid(), nullable=False),
    sa.Column('job_cost_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['firm_id', 'expense_id'], ['expense.firm_id', 'expense.id'], name=op.f('fk_expense_cost_firm_id_expense_id')),
    sa.ForeignKeyConstraint(['firm_id', 'job_cost_id'], ['job_cost.firm_id', 'job_cost.id'], name=op.f('fk_expense_cost_firm_id_job_cost_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_expense_cost_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'expense_id', name=op.f('pk_expense_cost'))
    )
    op.create_index(op.f('ix_expense_cost_firm_id_job_cost_id'), 'expense_cost', ['firm_id', 'job_cost_id'], unique=False)
    for name in ("expense_policy", "expense", "expense_cost"):
        op.execute(f"CALL protect('{name}')")
    op.execute("CALL freeze('expense_cost')")
    op.execute(RULES)
