"""A firm with as many contracts billed by time as wanted, each with as many approved entries: ever the same.

The first contract is agreed by commands; the others are copies of its rows, and the time is made set by set,
as the database's superuser.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import NAMESPACE_OID, UUID, uuid5

import psycopg
from sqlalchemy import Engine, select

from bench.place import Place
from contracts_app.domain.billing.schedule_of_values import Basis
from contracts_app.domain.commands.agreement_commands import (
    ScheduleRow,
    SetProjects,
    SetRateCard,
    SetSchedule,
)
from contracts_app.domain.commands.contract_commands import ActivateContract, OpenContract
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.every_command import Body, Command
from contracts_app.domain.commands.subjects import deterministic_id
from contracts_app.domain.contract import ContractTerms, InvoiceForm, ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.time.rate_card import RateRow
from contracts_app.services import firms
from contracts_app.services.performing import perform
from contracts_app.services.sign_in import add_person
from contracts_app.store.tables import legal_entity
from contracts_app.store.transaction import Origin, open_engine, own_step

PERIOD_TO = date(2024, 3, 31)
TODAY = date(2024, 4, 2)
AGREED = date(2024, 2, 19)
PROJECT = "Studies"
PEOPLE = 10
FILLED = ("contract", "sov_line", "rate_card_row", "time_entry", "process", "person", "firm")
ROLES = (Role.coordinator, Role.project_manager, Role.controller)
ENOUGH = Decimal("1000000.00")
"""No cap and no limit is reached."""

_CONTRACTS = """
WITH numbers AS (
    SELECT to_char(n, '"B-"FM000000') AS number, md5('contract ' || n)::uuid AS id
    FROM generate_series(1, %(contracts)s - 1) AS n)
INSERT INTO contract SELECT made.* FROM contract AS known, numbers,
    jsonb_populate_record(known, jsonb_build_object('id', numbers.id, 'number', numbers.number)) AS made
WHERE known.number = 'B-000000'
"""
_PARTS = """
INSERT INTO {table} SELECT made.* FROM {table} AS known, contract AS agreed,
    jsonb_populate_record(known, jsonb_build_object(
        'id', md5(known.id::text || agreed.id::text), 'contract_id', agreed.id)) AS made
WHERE known.contract_id = (SELECT id FROM contract WHERE number = 'B-000000') AND agreed.number <> 'B-000000'
"""
_PROCESSES = """
INSERT INTO process (firm_id, subject, subject_id, opened_at)
SELECT firm_id, 'contract', id, clock_timestamp() FROM contract WHERE number <> 'B-000000'
"""
_TIME = """
INSERT INTO time_entry (firm_id, id, contract_id, sov_line_id, external_id, person, description, source,
    position, work_date, seconds, entered_by, decided_by, decided_on, state)
SELECT agreed.firm_id, md5(agreed.id::text || n)::uuid, agreed.id, line.id, 'E-' || n,
    'Sample Engineer ' || n %% %(people)s, 'Calculation, part ' || n, 'time sheet.csv, row ' || n + 1,
    n, '2024-03-01'::date + n %% 28, 900 * (1 + n * 7 %% 32),
    %(by)s, %(approved_by)s, '2024-04-01', 'approved'
FROM contract AS agreed JOIN sov_line AS line ON line.contract_id = agreed.id,
    generate_series(1, %(entries)s) AS n
"""


@dataclass(frozen=True)
class Firm:
    """A firm's ids, which are the same in every copy of its database."""

    id: UUID
    contract_id: UUID
    people: Mapping[Role, UUID]

    def command(self, role: Role, body: Body, key: str) -> Command:
        """A command of the person in this role."""
        return Command(firm_id=self.id, by=self.people[role], key=key, signed_in="password", body=body)

    def do(self, engine: Engine, role: Role, body: Body, key: str) -> Outcome:
        """Give a command straight to the service, as its process does; it must be done."""
        command = self.command(role, body, key)
        outcome = perform(engine, command, Origin(update_id=command.update_id))
        if not outcome.done:
            raise RuntimeError(f"{body.command}: {outcome.sentence}")
        return outcome


def make(place: Place, database: str, contracts: int, entries: int) -> Firm:
    """A new database with the firm in it."""
    settings = place.migrated(database)
    engine = open_engine(settings.database_url, pool_size=1)
    try:
        made = _firm(engine)
    finally:
        engine.dispose()
    with psycopg.connect(place.superuser_url(database)) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(_CONTRACTS, {"contracts": contracts})
        for table in ("sov_line", "rate_card_row"):
            connection.execute(_PARTS.format(table=table))
        connection.execute(_PROCESSES)
        by, approved_by = made.people[Role.coordinator], made.people[Role.project_manager]
        given = {"people": PEOPLE, "entries": entries, "by": by, "approved_by": approved_by}
        connection.execute(_TIME, given)
    with psycopg.connect(place.superuser_url(database), autocommit=True) as connection:
        # Only what has rows: of an empty table that was vacuumed PostgreSQL believes that it stays empty, and
        # the plans of foreign keys made at the first draft would read all drafts for every claim.
        connection.execute(f"VACUUM ANALYZE {', '.join(FILLED)}")
    return made


def _firm(engine: Engine) -> Firm:
    firm_id = uuid5(NAMESPACE_OID, "the firm that is measured")
    firms.found(
        engine,
        firms.NewFirm(
            id=firm_id,
            name="Measured Engineers",
            time_zone="America/Chicago",
            country="US",
            currency="USD",
            address="5 Sample Street\nSample City, ST 00000",
            email="billing@measured-engineers.example",
            number_prefix="M-",
            starts_on=TODAY,
        ),
    )
    with own_step(engine, firm_id, "people", Origin()) as tx:
        client_id = firms.add_client(tx, "Sample Owner", "owner@sample-owner.example", "6 Sample Street")
        people = {
            role: add_person(
                tx,
                name=f"Sample {role.value.replace('_', ' ').title()}",
                email=f"{role.value}@measured-engineers.example",
                password_hash="nobody signs in here",
                roles=(role,),
            )
            for role in ROLES
        }
        entity_id = tx.connection.execute(select(legal_entity.c.id)).scalar_one()
    contract_id = deterministic_id(firm_id, "contract", f"{people[Role.coordinator]}:open")
    made = Firm(firm_id, contract_id, people)
    opened = OpenContract(
        contract_id=contract_id,
        client_id=client_id,
        legal_entity_id=entity_id,
        project_manager_id=people[Role.project_manager],
        number="B-000000",
        title="Studies",
        terms=ContractTerms(
            currency="USD",
            original_sum=ENOUGH,
            contract_date=AGREED,
            receivable_arises=ReceivableArises.submission,
            certified_by_client=False,
            invoice_form=InvoiceForm.consulting,
            billed_by_run=True,
            controller_limit=ENOUGH,
        ),
    )
    line = ScheduleRow(
        item_no="1", description="Studies", scheduled_value=ENOUGH, basis=Basis.time_and_materials
    )
    rates = tuple(
        RateRow(person=f"Sample Engineer {n}", rate=Decimal(100 + 5 * n), effective_from=AGREED)
        for n in range(PEOPLE)
    )
    made.do(engine, Role.coordinator, opened, "open")
    made.do(engine, Role.coordinator, SetSchedule(contract_id=contract_id, lines=(line,)), "schedule")
    made.do(engine, Role.coordinator, SetRateCard(contract_id=contract_id, rows=rates), "rates")
    made.do(engine, Role.coordinator, SetProjects(contract_id=contract_id, names=(PROJECT,)), "projects")
    made.do(engine, Role.controller, ActivateContract(contract_id=contract_id), "activate")
    return made
