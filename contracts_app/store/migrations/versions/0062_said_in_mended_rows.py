"""Rows to mend keep what the file itself says in the cells that were mended."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

NAME = "row_to_mend"


def upgrade() -> None:
    """Of rows read before: the cells that are read as they were mended."""
    op.add_column(
        NAME,
        sa.Column(
            "said",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
        ),
    )
    op.execute(
        f"UPDATE {NAME} SET said = held.said FROM ("
        " SELECT old.firm_id, old.import_id, old.position, jsonb_object_agg(one.letters, one.was) AS said"
        f" FROM {NAME} AS old JOIN mended_cell AS one USING (firm_id, import_id, sheet, row_number)"
        " WHERE coalesce(old.cells ->> one.letters, '') = one.became GROUP BY 1, 2, 3) AS held"
        f" WHERE {NAME}.firm_id = held.firm_id AND {NAME}.import_id = held.import_id"
        f" AND {NAME}.position = held.position"
    )
