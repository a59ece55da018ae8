"""Commitments: orders, changes of them, deliveries, vendors' bills and credit memos, and their costs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

NEW_TABLES = """
    commitment commitment_change commitment_line commitment_change_line delivery vendor_bill vendor_bill_line
    hold_settlement vendor_credit vendor_credit_line sub_release purchase_cost
""".split()
WRITTEN_ONCE = """
    commitment_line commitment_change_line delivery vendor_bill_line hold_settlement vendor_credit_line
    sub_release purchase_cost
""".split()
DECIDED = "commitment commitment_change vendor_bill vendor_credit".split()

RULES = """
-- What was entered stays as entered; it is approved or rejected once.
CREATE FUNCTION decided_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.state <> 'entered' THEN
        RAISE EXCEPTION 'rows of % are decided on once', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

-- Nobody settles what does not match of a bill that he entered.
CREATE FUNCTION settled_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM vendor_bill b
        WHERE b.firm_id = NEW.firm_id AND b.id = NEW.bill_id AND b.entered_by = NEW.settled_by
    ) THEN
        RAISE EXCEPTION 'whoever entered a bill does not settle its holds' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER four_eyes BEFORE INSERT ON hold_settlement
    FOR EACH ROW EXECUTE FUNCTION settled_by_another();
"""


def upgrade() -> None:
    """Contracts that are there have no commitments."""
    op.create_table('commitment',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('vendor', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('match', sa.Text(), nullable=False),
    sa.Column('tolerances', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('retainage_rate', sa.Numeric(precision=7, scale=6), nullable=True),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('ordered_on', sa.Date(), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rejected_because', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("(state = 'entered') = (decided_by IS NULL)", name=op.f('ck_commitment_decided')),
    sa.CheckConstraint("(state = 'rejected') = (rejected_because IS NOT NULL)", name=op.f('ck_commitment_rejected')),
    sa.CheckConstraint("kind IN ('purchase', 'subcontract')", name=op.f('ck_commitment_kind')),
    sa.CheckConstraint("match IN ('two_way', 'three_way')", name=op.f('ck_commitment_match')),
    sa.CheckConstraint("retainage_rate IS NULL OR (retainage_rate BETWEEN 0 AND 1 AND kind = 'subcontract')", name=op.f('ck_commitment_retainage_rate')),
    sa.CheckConstraint("state IN ('entered', 'approved', 'rejected')", name=op.f('ck_commitment_state')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> entered_by', name=op.f('ck_commitment_four_eyes')),
    sa.ForeignKeyConstraint(['firm_id', 'contract_id'], ['contract.firm_id', 'contract.id'], name=op.f('fk_commitment_firm_id_contract_id')),
    sa.ForeignKeyConstraint(['firm_id', 'decided_by'], ['person.firm_id', 'person.id'], name=op.f('fk_commitment_firm_id_decided_by')),
    sa.ForeignKeyConstraint(['firm_id', 'entered_by'], ['person.firm_id', 'person.id'], name=op.f('fk_commitment_firm_id_entered_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_commitment_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_commitment'))
    )
    op.create_index('uq_commitment_number', 'commitment', ['firm_id', 'contract_id', 'number'], unique=True, postgresql_where=sa.text("state <> 'rejected'"))
    op.create_table('commitment_change',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('commitment_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('because', sa.Text(), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rejected_because', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("(state = 'entered') = (decided_by IS NULL)", name=op.f('ck_commitment_change_decided')),
    sa.CheckConstraint("(state = 'rejected') = (rejected_because IS NOT NULL)", name=op.f('ck_commitment_change_rejected')),
    sa.CheckConstraint("state IN ('entered', 'approved', 'rejected')", name=op.f('ck_commitment_change_state')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> entered_by', name=op.f('ck_commitment_change_four_eyes')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_id'], ['commitment.firm_id', 'commitment.id'], name=op.f('fk_commitment_change_firm_id_commitment_id')),
    sa.ForeignKeyConstraint(['firm_id', 'decided_by'], ['person.firm_id', 'person.id'], name=op.f('fk_commitment_change_firm_id_decided_by')),
    sa.ForeignKeyConstraint(['firm_id', 'entered_by'], ['person.firm_id', 'person.id'], name=op.f('fk_commitment_change_firm_id_entered_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_commitment_change_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_commitment_change'))
    )
    op.create_index('uq_commitment_change_number', 'commitment_change', ['firm_id', 'commitment_id', 'number'], unique=True, postgresql_where=sa.text("state <> 'rejected'"))
    op.create_table('commitment_line',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('commitment_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('item_no', sa.Text(), nullable=False),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('category', sa.Text(), nullable=False),
    sa.Column('unit', sa.Text(), nullable=True),
    sa.Column('quantity', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('unit_price', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('sov_line_id', sa.Uuid(), nullable=True),
    sa.Column('is_fee', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('change_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("category IN ('labour', 'material', 'equipment', 'subcontract', 'expense', 'other')", name=op.f('ck_commitment_line_category')),
    sa.CheckConstraint("quantity > '-Infinity' AND quantity < 'Infinity' AND unit_price > '-Infinity' AND unit_price < 'Infinity'", name=op.f('ck_commitment_line_finite')),
    sa.CheckConstraint('quantity > 0 AND unit_price >= 0', name=op.f('ck_commitment_line_ordered')),
    sa.ForeignKeyConstraint(['firm_id', 'change_id'], ['commitment_change.firm_id', 'commitment_change.id'], name=op.f('fk_commitment_line_firm_id_change_id')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_id'], ['commitment.firm_id', 'commitment.id'], name=op.f('fk_commitment_line_firm_id_commitment_id')),
    sa.ForeignKeyConstraint(['firm_id', 'sov_line_id'], ['sov_line.firm_id', 'sov_line.id'], name=op.f('fk_commitment_line_firm_id_sov_line_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_commitment_line_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_commitment_line'))
    )
    op.create_index(op.f('ix_commitment_line_firm_id_commitment_id'), 'commitment_line', ['firm_id', 'commitment_id'], unique=False)
    op.create_table('commitment_change_line',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('change_id', sa.Uuid(), nullable=False),
    sa.Column('commitment_line_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('unit_price', sa.Numeric(precision=19, scale=6), nullable=True),
    sa.CheckConstraint("quantity > '-Infinity' AND quantity < 'Infinity'", name=op.f('ck_commitment_change_line_finite')),
    sa.CheckConstraint("unit_price >= 0 AND unit_price < 'Infinity'", name=op.f('ck_commitment_change_line_unit_price')),
    sa.CheckConstraint('quantity <> 0 OR unit_price IS NOT NULL', name=op.f('ck_commitment_change_line_says_something')),
    sa.ForeignKeyConstraint(['firm_id', 'change_id'], ['commitment_change.firm_id', 'commitment_change.id'], name=op.f('fk_commitment_change_line_firm_id_change_id')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_line_id'], ['commitment_line.firm_id', 'commitment_line.id'], name=op.f('fk_commitment_change_line_firm_id_commitment_line_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_commitment_change_line_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'change_id', 'commitment_line_id', name=op.f('pk_commitment_change_line'))
    )
    op.create_table('delivery',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('commitment_id', sa.Uuid(), nullable=False),
    sa.Column('commitment_line_id', sa.Uuid(), nullable=False),
    sa.Column('received_on', sa.Date(), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('recorded_by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("quantity > '-Infinity' AND quantity < 'Infinity'", name=op.f('ck_delivery_finite')),
    sa.CheckConstraint('quantity <> 0', name=op.f('ck_delivery_quantity')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_id'], ['commitment.firm_id', 'commitment.id'], name=op.f('fk_delivery_firm_id_commitment_id')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_line_id'], ['commitment_line.firm_id', 'commitment_line.id'], name=op.f('fk_delivery_firm_id_commitment_line_id')),
    sa.ForeignKeyConstraint(['firm_id', 'recorded_by'], ['person.firm_id', 'person.id'], name=op.f('fk_delivery_firm_id_recorded_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_delivery_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_delivery'))
    )
    op.create_index(op.f('ix_delivery_firm_id_commitment_id'), 'delivery', ['firm_id', 'commitment_id'], unique=False)
    op.create_table('vendor_bill',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('commitment_id', sa.Uuid(), nullable=False),
    sa.Column('vendor', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('dated', sa.Date(), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rejected_because', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("(state = 'entered') = (decided_by IS NULL)", name=op.f('ck_vendor_bill_decided')),
    sa.CheckConstraint("(state = 'rejected') = (rejected_because IS NOT NULL)", name=op.f('ck_vendor_bill_rejected')),
    sa.CheckConstraint("state IN ('entered', 'approved', 'rejected')", name=op.f('ck_vendor_bill_state')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> entered_by', name=op.f('ck_vendor_bill_four_eyes')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_id'], ['commitment.firm_id', 'commitment.id'], name=op.f('fk_vendor_bill_firm_id_commitment_id')),
    sa.ForeignKeyConstraint(['firm_id', 'decided_by'], ['person.firm_id', 'person.id'], name=op.f('fk_vendor_bill_firm_id_decided_by')),
    sa.ForeignKeyConstraint(['firm_id', 'entered_by'], ['person.firm_id', 'person.id'], name=op.f('fk_vendor_bill_firm_id_entered_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_vendor_bill_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_vendor_bill'))
    )
    op.create_index(op.f('ix_vendor_bill_firm_id_commitment_id'), 'vendor_bill', ['firm_id', 'commitment_id'], unique=False)
    op.create_index('ix_vendor_bill_vendor', 'vendor_bill', ['firm_id', sa.literal_column('lower(vendor)')], unique=False)
    op.create_table('vendor_bill_line',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('bill_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('commitment_line_id', sa.Uuid(), nullable=True),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('quantity', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('unit_price', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('tax_not_recoverable', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.CheckConstraint("quantity > '-Infinity' AND quantity < 'Infinity' AND unit_price > '-Infinity' AND unit_price < 'Infinity' AND tax_not_recoverable > '-Infinity' AND tax_not_recoverable < 'Infinity'", name=op.f('ck_vendor_bill_line_finite')),
    sa.CheckConstraint('quantity > 0 AND unit_price >= 0 AND tax_not_recoverable >= 0', name=op.f('ck_vendor_bill_line_billed')),
    sa.ForeignKeyConstraint(['firm_id', 'bill_id'], ['vendor_bill.firm_id', 'vendor_bill.id'], name=op.f('fk_vendor_bill_line_firm_id_bill_id')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_line_id'], ['commitment_line.firm_id', 'commitment_line.id'], name=op.f('fk_vendor_bill_line_firm_id_commitment_line_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_vendor_bill_line_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_vendor_bill_line')),
    sa.UniqueConstraint('firm_id', 'bill_id', 'position', name=op.f('uq_vendor_bill_line_firm_id_bill_id_position'))
    )
    op.create_table('hold_settlement',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('bill_id', sa.Uuid(), nullable=False),
    sa.Column('bill_line_id', sa.Uuid(), nullable=True),
    sa.Column('settlement', sa.Text(), nullable=False),
    sa.Column('disputed', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('settled_by', sa.Uuid(), nullable=False),
    sa.Column('settled_on', sa.Date(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("(settlement = 'another_bill') = (bill_line_id IS NULL)", name=op.f('ck_hold_settlement_about')),
    sa.CheckConstraint("disputed > '-Infinity' AND disputed < 'Infinity'", name=op.f('ck_hold_settlement_finite')),
    sa.CheckConstraint("settlement IN ('pay_as_billed', 'pay_what_matches', 'another_bill')", name=op.f('ck_hold_settlement_settlement')),
    sa.ForeignKeyConstraint(['firm_id', 'bill_id'], ['vendor_bill.firm_id', 'vendor_bill.id'], name=op.f('fk_hold_settlement_firm_id_bill_id')),
    sa.ForeignKeyConstraint(['firm_id', 'bill_line_id'], ['vendor_bill_line.firm_id', 'vendor_bill_line.id'], name=op.f('fk_hold_settlement_firm_id_bill_line_id')),
    sa.ForeignKeyConstraint(['firm_id', 'settled_by'], ['person.firm_id', 'person.id'], name=op.f('fk_hold_settlement_firm_id_settled_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_hold_settlement_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_hold_settlement'))
    )
    op.create_index(op.f('ix_hold_settlement_firm_id_bill_id'), 'hold_settlement', ['firm_id', 'bill_id'], unique=False)
    op.create_table('vendor_credit',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('commitment_id', sa.Uuid(), nullable=False),
    sa.Column('bill_id', sa.Uuid(), nullable=False),
    sa.Column('vendor', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('dated', sa.Date(), nullable=False),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rejected_because', sa.Text(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("(state = 'entered') = (decided_by IS NULL)", name=op.f('ck_vendor_credit_decided')),
    sa.CheckConstraint("(state = 'rejected') = (rejected_because IS NOT NULL)", name=op.f('ck_vendor_credit_rejected')),
    sa.CheckConstraint("state IN ('entered', 'approved', 'rejected')", name=op.f('ck_vendor_credit_state')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> entered_by', name=op.f('ck_vendor_credit_four_eyes')),
    sa.ForeignKeyConstraint(['firm_id', 'bill_id'], ['vendor_bill.firm_id', 'vendor_bill.id'], name=op.f('fk_vendor_credit_firm_id_bill_id')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_id'], ['commitment.firm_id', 'commitment.id'], name=op.f('fk_vendor_credit_firm_id_commitment_id')),
    sa.ForeignKeyConstraint(['firm_id', 'decided_by'], ['person.firm_id', 'person.id'], name=op.f('fk_vendor_credit_firm_id_decided_by')),
    sa.ForeignKeyConstraint(['firm_id', 'entered_by'], ['person.firm_id', 'person.id'], name=op.f('fk_vendor_credit_firm_id_entered_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_vendor_credit_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_vendor_credit'))
    )
    op.create_index(op.f('ix_vendor_credit_firm_id_bill_id'), 'vendor_credit', ['firm_id', 'bill_id'], unique=False)
    op.create_index('uq_vendor_credit_number', 'vendor_credit', ['firm_id', 'commitment_id', 'number'], unique=True, postgresql_where=sa.text("state <> 'rejected'"))
    op.create_table('vendor_credit_line',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('credit_id', sa.Uuid(), nullable=False),
    sa.Column('bill_line_id', sa.Uuid(), nullable=False),
    sa.Column('quantity', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('amount', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('tax_not_recoverable', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.CheckConstraint("quantity > '-Infinity' AND quantity < 'Infinity' AND amount > '-Infinity' AND amount < 'Infinity' AND tax_not_recoverable > '-Infinity' AND tax_not_recoverable < 'Infinity'", name=op.f('ck_vendor_credit_line_finite')),
    sa.CheckConstraint('quantity >= 0 AND amount > 0 AND tax_not_recoverable >= 0', name=op.f('ck_vendor_credit_line_credited')),
    sa.ForeignKeyConstraint(['firm_id', 'bill_line_id'], ['vendor_bill_line.firm_id', 'vendor_bill_line.id'], name=op.f('fk_vendor_credit_line_firm_id_bill_line_id')),
    sa.ForeignKeyConstraint(['firm_id', 'credit_id'], ['vendor_credit.firm_id', 'vendor_credit.id'], name=op.f('fk_vendor_credit_line_firm_id_credit_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_vendor_credit_line_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'credit_id', 'bill_line_id', name=op.f('pk_vendor_credit_line'))
    )
    op.create_table('sub_release',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('commitment_id', sa.Uuid(), nullable=False),
    sa.Column('commitment_line_id', sa.Uuid(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('released_on', sa.Date(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('released_by', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("amount > '-Infinity' AND amount < 'Infinity'", name=op.f('ck_sub_release_finite')),
    sa.CheckConstraint('amount > 0', name=op.f('ck_sub_release_amount')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_id'], ['commitment.firm_id', 'commitment.id'], name=op.f('fk_sub_release_firm_id_commitment_id')),
    sa.ForeignKeyConstraint(['firm_id', 'commitment_line_id'], ['commitment_line.firm_id', 'commitment_line.id'], name=op.f('fk_sub_release_firm_id_commitment_line_id')),
    sa.ForeignKeyConstraint(['firm_id', 'released_by'], ['person.firm_id', 'person.id'], name=op.f('fk_sub_release_firm_id_released_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_sub_release_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_sub_release'))
    )
    op.create_index(op.f('ix_sub_release_firm_id_commitment_id'), 'sub_release', ['firm_id', 'commitment_id'], unique=False)
    op.create_table('purchase_cost',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('job_cost_id', sa.Uuid(), nullable=False),
    sa.Column('bill_line_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['firm_id', 'bill_line_id'], ['vendor_bill_line.firm_id', 'vendor_bill_line.id'], name=op.f('fk_purchase_cost_firm_id_bill_line_id')),
    sa.ForeignKeyConstraint(['firm_id', 'job_cost_id'], ['job_cost.firm_id', 'job_cost.id'], name=op.f('fk_purchase_cost_firm_id_job_cost_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_purchase_cost_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'job_cost_id', name=op.f('pk_purchase_cost'))
    )
    op.create_index(op.f('ix_purchase_cost_firm_id_bill_line_id'), 'purchase_cost', ['firm_id', 'bill_line_id'], unique=False)
    for name in NEW_TABLES:
        op.execute(f"CALL protect('{name}')")
    for name in WRITTEN_ONCE:
        op.execute(f"CALL freeze('{name}')")
    op.execute(RULES)
    for name in DECIDED:
        op.execute(f"REVOKE UPDATE ON {name} FROM contracts_app")
        op.execute(
            "GRANT UPDATE (state, version, decided_by, decided_on, decided_at, rejected_because)"
            f" ON {name} TO contracts_app"
        )
        op.execute(
            f"CREATE TRIGGER decided_once BEFORE UPDATE OR DELETE ON {name}"
            " FOR EACH ROW EXECUTE FUNCTION decided_once()"
        )
