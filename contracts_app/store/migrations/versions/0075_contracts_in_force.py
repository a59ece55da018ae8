"""What was agreed with a contract in force changes by its change orders, or as two persons agreed."""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

IN_FORCE = """
-- Sum, retainage and all other terms, who is billed and who bills: as they were when the contract was activated.
CREATE FUNCTION terms_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.terms, NEW.client_id, NEW.legal_entity_id) IS DISTINCT FROM
        (OLD.terms, OLD.client_id, OLD.legal_entity_id) THEN
        RAISE EXCEPTION 'terms of a contract in force stay as they were activated'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER terms_stay BEFORE UPDATE OF terms, client_id, legal_entity_id ON contract FOR EACH ROW
    WHEN (current_user = 'contracts_app' AND OLD.state <> 'setting_up') EXECUTE FUNCTION terms_stay();

-- Rates come with a change order, or as a change says that this very transaction agreed to.
CREATE FUNCTION rates_by_two() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM contract c WHERE c.firm_id = NEW.firm_id AND c.id = NEW.contract_id AND c.state <> 'setting_up'
    ) AND NOT EXISTS (
        SELECT FROM master_change m
        WHERE m.firm_id = NEW.firm_id AND m.contract_id = NEW.contract_id AND m.command = 'raise_rates'
          AND m.state = 'agreed' AND m.agreed_at >= transaction_timestamp()
    ) THEN
        RAISE EXCEPTION 'rates of a contract in force need a second person' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rates_by_two BEFORE INSERT ON rate_card_row FOR EACH ROW
    WHEN (current_user = 'contracts_app' AND NEW.change_order_id IS NULL) EXECUTE FUNCTION rates_by_two();
"""


def upgrade() -> None:
    """From now on; what is there stays."""
    op.execute(IN_FORCE)
