"""That only a draft claims time, or lets it go, is looked at once for each statement, not for each entry."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

GUARD = """
DROP TRIGGER claims_of_drafts ON claim;
DROP FUNCTION claims_of_drafts();

CREATE FUNCTION claims_of_drafts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT c.firm_id, c.invoice_id FROM changed c) about
        WHERE NOT EXISTS (
            SELECT FROM invoice i
            WHERE i.firm_id = about.firm_id AND i.id = about.invoice_id
              AND i.state IN ('draft', 'in_review', 'approved')
        )
    ) THEN
        RAISE EXCEPTION 'the claims of an issued or withdrawn invoice are fixed'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER claims_made_by_drafts AFTER INSERT ON claim REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION claims_of_drafts();
CREATE TRIGGER claims_given_up_by_drafts AFTER DELETE ON claim REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION claims_of_drafts();

CREATE FUNCTION claims_never_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a claim is made or given up, never changed' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER claims_never_change BEFORE UPDATE ON claim
    FOR EACH ROW EXECUTE FUNCTION claims_never_change();
"""


def upgrade() -> None:
    """The same is refused as before; a billing run writes thousands of claims in one statement."""
    op.execute(GUARD)
