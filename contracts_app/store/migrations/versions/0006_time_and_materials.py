"""Time and materials, deposits, change orders typed in, billing runs."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

NEW_TABLES = """
    billing_run billing_run_item claim contract_project deposit_entry issued_time rate_card_row time_entry
""".split()
WRITTEN_ONCE = "deposit_entry issued_time billing_run_item".split()

CHECKS = {
    ("milestone", "state"): "state IN ('planned', 'achieved', 'partly_approved', 'approved')",
    ("milestone", "parts"): "approved_amount <= achieved_amount AND achieved_amount <= amount",
    ("milestone", "finite"): " AND ".join(
        f"{c} > '-Infinity' AND {c} < 'Infinity'" for c in ("amount", "achieved_amount", "approved_amount")
    ),
    ("sov_line", "basis"): "basis IN ('lump_sum', 'milestone', 'time_and_materials')",
    ("invoice", "state"): "state IN ('draft', 'in_review', 'approved', 'submitted', 'issued', 'certified', 'paid',"
    " 'withdrawn')",
    ("invoice", "kind"): "kind IN ('application', 'consulting', 'retainage_release')",
    ("issued_invoice", "deposit"): "deposit_applied = 0 OR deposit_applied BETWEEN 0 AND line8",
    ("certificate", "decision"): "decision IN ('in_full', 'less', 'withheld', 'not_required')",
    ("certificate", "reason"): "decision IN ('in_full', 'not_required') OR length(reason) >= 3",
    ("receivable_entry", "cause"): "cause IN ('arises', 'certificate', 'cash', 'unapplied', 'deposit')",
    ("process", "subject"): "subject IN ('contract', 'invoice', 'import', 'follow-up', 'calendar', 'billing-run')",
}

RULES = """
-- What was approved before there were parts was approved as a whole.
UPDATE milestone SET achieved_amount = amount WHERE state IN ('achieved', 'approved');
UPDATE milestone SET approved_amount = amount WHERE state = 'approved';

-- The schedule, its milestones, the rate card and the rows that files brought can be replaced in set-up only.
CREATE FUNCTION only_in_set_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR NOT EXISTS (
        SELECT FROM contract c
        WHERE c.firm_id = OLD.firm_id AND c.id = OLD.contract_id AND c.state = 'setting_up'
    ) THEN
        RAISE EXCEPTION 'rows of % are fixed once the contract is in force', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN OLD;
END $$;
DROP TRIGGER written_once ON sov_line;
DROP TRIGGER written_once ON imported_row;
CREATE TRIGGER only_in_set_up BEFORE UPDATE OR DELETE ON sov_line
    FOR EACH ROW EXECUTE FUNCTION only_in_set_up();
CREATE TRIGGER only_in_set_up BEFORE UPDATE OR DELETE ON imported_row
    FOR EACH ROW EXECUTE FUNCTION only_in_set_up();
CREATE TRIGGER only_in_set_up BEFORE UPDATE OR DELETE ON rate_card_row
    FOR EACH ROW EXECUTE FUNCTION only_in_set_up();
CREATE TRIGGER only_in_set_up BEFORE DELETE ON milestone
    FOR EACH ROW EXECUTE FUNCTION only_in_set_up();
GRANT DELETE ON sov_line, imported_row, rate_card_row, milestone, claim, contract_project TO contracts_app;
REVOKE UPDATE ON claim, rate_card_row FROM contracts_app;

-- An entry is claimed, or let go, only by a draft.
CREATE FUNCTION claims_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    about claim%ROWTYPE;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        RAISE EXCEPTION 'a claim is made or given up, never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    about := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
    IF NOT EXISTS (
        SELECT FROM invoice i
        WHERE i.firm_id = about.firm_id AND i.id = about.invoice_id
          AND i.state IN ('draft', 'in_review', 'approved')
    ) THEN
        RAISE EXCEPTION 'the claims of an issued or withdrawn invoice are fixed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN about;
END $$;
CREATE TRIGGER claims_of_drafts BEFORE INSERT OR UPDATE OR DELETE ON claim
    FOR EACH ROW EXECUTE FUNCTION claims_of_drafts();

-- What was worked stays as recorded; once it is on an issued invoice, so does what was decided about it.
CREATE FUNCTION time_worked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'time is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF (NEW.contract_id, NEW.external_id, NEW.person, NEW.role, NEW.project, NEW.task, NEW.description, NEW.source,
        NEW.position, NEW.work_date, NEW.seconds, NEW.billable, NEW.billed_elsewhere, NEW.file_rate,
        NEW.file_amount, NEW.import_id, NEW.entered_by)
        IS DISTINCT FROM
       (OLD.contract_id, OLD.external_id, OLD.person, OLD.role, OLD.project, OLD.task, OLD.description, OLD.source,
        OLD.position, OLD.work_date, OLD.seconds, OLD.billable, OLD.billed_elsewhere, OLD.file_rate,
        OLD.file_amount, OLD.import_id, OLD.entered_by)
    THEN
        RAISE EXCEPTION 'what was worked stays as recorded' USING ERRCODE = 'restrict_violation';
    END IF;
    IF EXISTS (
        SELECT FROM issued_time t WHERE t.firm_id = OLD.firm_id AND t.time_entry_id = OLD.id
    ) THEN
        RAISE EXCEPTION 'this time is on an issued invoice' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER time_worked BEFORE UPDATE OR DELETE ON time_entry
    FOR EACH ROW EXECUTE FUNCTION time_worked();

-- For the monthly schedule: live firms that bill by runs and have none for the period.
CREATE FUNCTION firms_without_run(of_period date) RETURNS TABLE (firm_id uuid)
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp STABLE AS $$
    SELECT f.id FROM firm f
    WHERE f.kind = 'live'
      AND EXISTS (SELECT FROM contract c
          WHERE c.firm_id = f.id AND c.state = 'active' AND c.terms ->> 'billed_by_run' = 'true')
      AND NOT EXISTS (SELECT FROM billing_run r WHERE r.firm_id = f.id AND r.period_to = of_period)
    ORDER BY f.id
$$;
REVOKE ALL ON FUNCTION firms_without_run(date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION firms_without_run(date) TO contracts_app;

CREATE OR REPLACE FUNCTION invoice_content() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    drafts CONSTANT text[] := ARRAY['draft', 'in_review', 'approved'];
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an invoice is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> ALL (drafts) AND (
        NEW.entries, NEW.releases, NEW.content_hash, NEW.period_to, NEW.application_no, NEW.kind, NEW.contract_id,
        NEW.submissions
    ) IS DISTINCT FROM (
        OLD.entries, OLD.releases, OLD.content_hash, OLD.period_to, OLD.application_no, OLD.kind, OLD.contract_id,
        OLD.submissions
    ) THEN
        RAISE EXCEPTION 'the content of an issued invoice is fixed' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state <> ALL (drafts) AND NEW.state = ANY (drafts) THEN
        RAISE EXCEPTION 'an issued or withdrawn invoice never becomes a draft again'
            USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.state = ANY (drafts) AND NEW.state <> ALL (drafts) AND NEW.state <> 'withdrawn' AND NOT EXISTS (
        SELECT FROM approval a
        WHERE a.firm_id = NEW.firm_id AND a.invoice_id = NEW.id AND a.decision = 'approved'
          AND a.content_hash = NEW.content_hash
    ) THEN
        RAISE EXCEPTION 'an invoice is issued only as approved' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
"""


def upgrade() -> None:
    op.create_table('billing_run',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('period_to', sa.Date(), nullable=False),
    sa.Column('started_by', sa.Uuid(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('contracts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("state IN ('running', 'done')", name=op.f('ck_billing_run_state')),
    sa.ForeignKeyConstraint(['firm_id', 'started_by'], ['person.firm_id', 'person.id'], name=op.f('fk_billing_run_firm_id_started_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_billing_run_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_billing_run'))
    )
    op.create_table('contract_project',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['firm_id', 'contract_id'], ['contract.firm_id', 'contract.id'], name=op.f('fk_contract_project_firm_id_contract_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_contract_project_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'contract_id', 'name', name=op.f('pk_contract_project'))
    )
    op.create_table('billing_run_item',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('billing_run_id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('sentence', sa.Text(), server_default='', nullable=False),
    sa.Column('invoice_id', sa.Uuid(), nullable=True),
    sa.Column('amount', sa.Numeric(precision=19, scale=4), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("(outcome = 'drafted') = (invoice_id IS NOT NULL)", name=op.f('ck_billing_run_item_drafted')),
    sa.CheckConstraint("outcome IN ('drafted', 'nothing_to_bill', 'blocked')", name=op.f('ck_billing_run_item_outcome')),
    sa.ForeignKeyConstraint(['firm_id', 'billing_run_id'], ['billing_run.firm_id', 'billing_run.id'], name=op.f('fk_billing_run_item_firm_id_billing_run_id')),
    sa.ForeignKeyConstraint(['firm_id', 'contract_id'], ['contract.firm_id', 'contract.id'], name=op.f('fk_billing_run_item_firm_id_contract_id')),
    sa.ForeignKeyConstraint(['firm_id', 'invoice_id'], ['invoice.firm_id', 'invoice.id'], name=op.f('fk_billing_run_item_firm_id_invoice_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_billing_run_item_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'billing_run_id', 'contract_id', name=op.f('pk_billing_run_item'))
    )
    op.create_table('deposit_entry',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('amount', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.Column('posted_on', sa.Date(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=True),
    sa.Column('recorded_by', sa.Uuid(), nullable=True),
    sa.Column('invoice_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), server_default=sa.text('clock_timestamp()'), nullable=False),
    sa.CheckConstraint("(cause = 'received' AND amount > 0 AND num_nonnulls(reference, recorded_by) = 2 AND invoice_id IS NULL) OR (cause = 'drawn' AND amount < 0 AND invoice_id IS NOT NULL AND num_nonnulls(reference, recorded_by) = 0)", name=op.f('ck_deposit_entry_signs')),
    sa.CheckConstraint("amount > '-Infinity' AND amount < 'Infinity'", name=op.f('ck_deposit_entry_finite')),
    sa.CheckConstraint("cause IN ('received', 'drawn')", name=op.f('ck_deposit_entry_cause')),
    sa.ForeignKeyConstraint(['firm_id', 'contract_id'], ['contract.firm_id', 'contract.id'], name=op.f('fk_deposit_entry_firm_id_contract_id')),
    sa.ForeignKeyConstraint(['firm_id', 'invoice_id'], ['invoice.firm_id', 'invoice.id'], name=op.f('fk_deposit_entry_firm_id_invoice_id')),
    sa.ForeignKeyConstraint(['firm_id', 'recorded_by'], ['person.firm_id', 'person.id'], name=op.f('fk_deposit_entry_firm_id_recorded_by')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_deposit_entry_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_deposit_entry')),
    sa.UniqueConstraint('firm_id', 'contract_id', 'reference', name=op.f('uq_deposit_entry_firm_id_contract_id_reference')),
    sa.UniqueConstraint('firm_id', 'invoice_id', name=op.f('uq_deposit_entry_firm_id_invoice_id'))
    )
    op.create_index(op.f('ix_deposit_entry_firm_id_contract_id'), 'deposit_entry', ['firm_id', 'contract_id'], unique=False)
    op.create_table('rate_card_row',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('person', sa.Text(), nullable=True),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('rate', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('effective_from', sa.Date(), nullable=False),
    sa.Column('effective_to', sa.Date(), nullable=True),
    sa.Column('change_order_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("rate > '-Infinity' AND rate < 'Infinity'", name=op.f('ck_rate_card_row_finite')),
    sa.CheckConstraint('effective_to > effective_from', name=op.f('ck_rate_card_row_effective')),
    sa.CheckConstraint('rate >= 0', name=op.f('ck_rate_card_row_rate')),
    sa.ForeignKeyConstraint(['firm_id', 'change_order_id'], ['change_order.firm_id', 'change_order.id'], name=op.f('fk_rate_card_row_firm_id_change_order_id')),
    sa.ForeignKeyConstraint(['firm_id', 'contract_id'], ['contract.firm_id', 'contract.id'], name=op.f('fk_rate_card_row_firm_id_contract_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_rate_card_row_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_rate_card_row'))
    )
    op.create_index(op.f('ix_rate_card_row_firm_id_contract_id'), 'rate_card_row', ['firm_id', 'contract_id'], unique=False)
    op.create_table('time_entry',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('contract_id', sa.Uuid(), nullable=False),
    sa.Column('sov_line_id', sa.Uuid(), nullable=True),
    sa.Column('external_id', sa.Text(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('project', sa.Text(), nullable=True),
    sa.Column('task', sa.Text(), nullable=True),
    sa.Column('description', sa.Text(), server_default='', nullable=False),
    sa.Column('source', sa.Text(), server_default='', nullable=False),
    sa.Column('position', sa.Integer(), server_default='0', nullable=False),
    sa.Column('work_date', sa.Date(), nullable=False),
    sa.Column('seconds', sa.BigInteger(), nullable=False),
    sa.Column('billable', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.Column('billed_elsewhere', sa.Boolean(), server_default=sa.text('false'), nullable=False),
    sa.Column('file_rate', sa.Numeric(precision=19, scale=6), nullable=True),
    sa.Column('file_amount', sa.Numeric(precision=19, scale=4), nullable=True),
    sa.Column('import_id', sa.Uuid(), nullable=True),
    sa.Column('entered_by', sa.Uuid(), nullable=False),
    sa.Column('bill_seconds', sa.BigInteger(), nullable=True),
    sa.Column('written_reason', sa.Text(), nullable=True),
    sa.Column('held_reason', sa.Text(), nullable=True),
    sa.Column('decided_by', sa.Uuid(), nullable=True),
    sa.Column('decided_on', sa.Date(), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.CheckConstraint("state = 'open' OR decided_by IS NOT NULL", name=op.f('ck_time_entry_decided')),
    sa.CheckConstraint("state IN ('open', 'approved', 'rejected')", name=op.f('ck_time_entry_state')),
    sa.CheckConstraint('decided_by IS NULL OR decided_by <> entered_by', name=op.f('ck_time_entry_four_eyes')),
    sa.ForeignKeyConstraint(['firm_id', 'contract_id'], ['contract.firm_id', 'contract.id'], name=op.f('fk_time_entry_firm_id_contract_id')),
    sa.ForeignKeyConstraint(['firm_id', 'entered_by'], ['person.firm_id', 'person.id'], name=op.f('fk_time_entry_firm_id_entered_by')),
    sa.ForeignKeyConstraint(['firm_id', 'sov_line_id'], ['sov_line.firm_id', 'sov_line.id'], name=op.f('fk_time_entry_firm_id_sov_line_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_time_entry_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'id', name=op.f('pk_time_entry')),
    sa.UniqueConstraint('firm_id', 'contract_id', 'external_id', name=op.f('uq_time_entry_firm_id_contract_id_external_id'))
    )
    op.create_index(op.f('ix_time_entry_firm_id_contract_id_work_date'), 'time_entry', ['firm_id', 'contract_id', 'work_date'], unique=False)
    op.create_table('claim',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('time_entry_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['firm_id', 'invoice_id'], ['invoice.firm_id', 'invoice.id'], name=op.f('fk_claim_firm_id_invoice_id')),
    sa.ForeignKeyConstraint(['firm_id', 'time_entry_id'], ['time_entry.firm_id', 'time_entry.id'], name=op.f('fk_claim_firm_id_time_entry_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_claim_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'time_entry_id', name=op.f('pk_claim'))
    )
    op.create_table('issued_time',
    sa.Column('firm_id', sa.Uuid(), nullable=False),
    sa.Column('invoice_id', sa.Uuid(), nullable=False),
    sa.Column('time_entry_id', sa.Uuid(), nullable=False),
    sa.Column('sov_line_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('work_date', sa.Date(), nullable=False),
    sa.Column('person', sa.Text(), nullable=False),
    sa.Column('role', sa.Text(), nullable=True),
    sa.Column('description', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('seconds', sa.BigInteger(), nullable=False),
    sa.Column('rate', sa.Numeric(precision=19, scale=6), nullable=False),
    sa.Column('amount', sa.Numeric(precision=19, scale=4), nullable=False),
    sa.CheckConstraint("rate > '-Infinity' AND rate < 'Infinity' AND amount > '-Infinity' AND amount < 'Infinity'", name=op.f('ck_issued_time_finite')),
    sa.ForeignKeyConstraint(['firm_id', 'invoice_id'], ['invoice.firm_id', 'invoice.id'], name=op.f('fk_issued_time_firm_id_invoice_id')),
    sa.ForeignKeyConstraint(['firm_id', 'sov_line_id'], ['sov_line.firm_id', 'sov_line.id'], name=op.f('fk_issued_time_firm_id_sov_line_id')),
    sa.ForeignKeyConstraint(['firm_id', 'time_entry_id'], ['time_entry.firm_id', 'time_entry.id'], name=op.f('fk_issued_time_firm_id_time_entry_id')),
    sa.ForeignKeyConstraint(['firm_id'], ['firm.id'], name=op.f('fk_issued_time_firm_id')),
    sa.PrimaryKeyConstraint('firm_id', 'invoice_id', 'time_entry_id', name=op.f('pk_issued_time'))
    )
    op.create_index(op.f('ix_issued_time_firm_id_sov_line_id'), 'issued_time', ['firm_id', 'sov_line_id'], unique=False)
    op.add_column('change_order', sa.Column('proposed_by', sa.Uuid(), nullable=True))
    op.add_column('change_order', sa.Column('raises_line_id', sa.Uuid(), nullable=True))
    op.add_column('change_order', sa.Column('rates', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False))
    op.create_foreign_key(op.f('fk_change_order_firm_id_proposed_by'), 'change_order', 'person', ['firm_id', 'proposed_by'], ['firm_id', 'id'])
    op.create_foreign_key('fk_change_order_raises_line_id', 'change_order', 'sov_line', ['firm_id', 'raises_line_id'], ['firm_id', 'id'])
    op.add_column('contract', sa.Column('work_completed_on', sa.Date(), nullable=True))
    op.add_column('issued_invoice', sa.Column('deposit_applied', sa.Numeric(precision=19, scale=4), server_default='0', nullable=False))
    op.add_column('milestone', sa.Column('achieved_amount', sa.Numeric(precision=19, scale=4), server_default='0', nullable=False))
    op.add_column('milestone', sa.Column('approved_amount', sa.Numeric(precision=19, scale=4), server_default='0', nullable=False))
    op.add_column('sov_line', sa.Column('basis', sa.Text(), server_default='lump_sum', nullable=False))
    op.add_column('sov_line', sa.Column('not_to_exceed', sa.Boolean(), server_default=sa.text('true'), nullable=False))
    for (table, name), rule in CHECKS.items():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS ck_{table}_{name}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT ck_{table}_{name} CHECK ({rule})")
    for name in NEW_TABLES:
        op.execute(f"CALL protect('{name}')")
    for name in WRITTEN_ONCE:
        op.execute(f"CALL freeze('{name}')")
    op.execute(RULES)
