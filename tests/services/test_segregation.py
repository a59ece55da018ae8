"""The matrix of duties is what commands and database hold."""

from sqlalchemy import text

from contracts_app.domain.approving.segregation import MATRIX
from contracts_app.domain.commands.administration import ROLES
from contracts_app.domain.commands.routes import ROUTES
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine

_OPINIONS = ("settle_", "decide_import", "return_", "reject_change", "reject_milestone", "reject_revision")
"""Commands that send back or settle; what they lead to is approved by another again."""


def test_every_command_of_the_matrix_is_one() -> None:
    known = ROUTES.keys() | ROLES.keys()
    said = {one for duty in MATRIX for one in (*duty.prepares, *duty.decides)}
    assert said <= known, said - known


def test_every_command_that_approves_is_in_the_matrix() -> None:
    approving = {
        name
        for name in ROUTES.keys() | ROLES.keys()
        if name.startswith(("approve_", "activate_", "execute_", "agree_", "decide_", "reject_"))
        and not name.startswith(_OPINIONS)
        and name != "reject_draft"
    }
    assert approving <= {one for duty in MATRIX for one in duty.decides}


def test_the_database_has_each_rule_that_the_matrix_names(settings: Settings) -> None:
    engine = open_engine(settings.owner_database_url, pool_size=1)
    with engine.connect() as connection:
        rules = {
            (row.of, row.name)
            for row in connection.execute(
                text(
                    "SELECT conrelid::regclass::text AS of, conname AS name FROM pg_constraint"
                    " WHERE contype = 'c' AND conrelid <> 0"
                    " UNION SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
                )
            )
        }
    engine.dispose()
    assert {duty.held_by for duty in MATRIX} <= rules
