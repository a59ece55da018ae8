"""Holds, erasure of people, and what the log keeps of them (docs/SPEC-retention.md)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.commands.administration import AddPerson, DeactivatePerson
from contracts_app.domain.commands.keeping_commands import ErasePerson, PlaceHold, ReleaseHold
from contracts_app.domain.keeping.personal import sealed
from contracts_app.domain.roles import Role
from contracts_app.services import audit_export
from contracts_app.services.proving import prove_all
from contracts_app.settings import Settings
from contracts_app.store import erasures, personal
from contracts_app.store.transaction import firm_transaction, open_engine, reading
from tests.services.second_person import agreed, by_person, known_second, second_controller
from tests.services.small_firm import SmallFirm
from verifier.contracts_verify import findings

WHY = "They asked us to, in writing."


@pytest.fixture(scope="module")
def small(settings: Settings, lived: SmallFirm) -> Iterator[SmallFirm]:
    firm = replace(lived, engine=open_engine(settings.database_url, pool_size=3), settings=settings)
    if known_second(firm) is None:
        second_controller(firm)
    yield firm
    firm.engine.dispose()


def controller(small: SmallFirm) -> UUID:
    return small.people[Role.controller]


def log(small: SmallFirm) -> str:
    with reading(small.engine, small.id) as connection:
        return "\n".join(connection.execute(text("SELECT body FROM audit_entry ORDER BY seq")).scalars())


def account(small: SmallFirm, person_id: UUID) -> tuple[str, str]:
    with reading(small.engine, small.id) as connection:
        row = connection.execute(
            text("SELECT name, email FROM person WHERE id = :id"), {"id": person_id}
        ).one()
        return row.name, row.email


def everything_holds(small: SmallFirm) -> None:
    report = small.checked(online=True)
    assert [(one.id, one.sample) for one in report.findings if one.violations] == []
    with reading(small.engine, small.id) as connection:
        assert list(findings(audit_export.lines(connection, small.id), ())) == []
        proofs = list(prove_all(connection, small.id))
    assert proofs
    assert all(one.proved for one in proofs)


def test_the_log_names_nobody_and_still_proves_who_was_meant(small: SmallFirm) -> None:
    given = by_person(
        small,
        small.people[Role.administrator],
        AddPerson(name="Zebedee Sample", email="zebedee@sample.example", roles=(Role.coordinator,)),
    )
    person_id = UUID(str(given.result["person_id"]))
    said = log(small)
    assert "Zebedee" not in said
    assert "zebedee@" not in said
    with reading(small.engine, small.id) as connection:
        salts = personal.salts(connection, small.id, [person_id])
    assert str(sealed(salts[str(person_id), "name"], "Zebedee Sample")["sealed"]) in said
    refused = by_person(
        small,
        small.people[Role.administrator],
        AddPerson(name="Another Sample", email="zebedee@sample.example", roles=(Role.coordinator,)),
    )
    assert refused.code == "address_taken"
    assert "Another Sample" not in log(small)


def test_who_did_nothing_is_erased_whole_by_two_others(small: SmallFirm) -> None:
    with reading(small.engine, small.id) as connection:
        [person_id] = connection.execute(
            text("SELECT id FROM person WHERE name = 'Zebedee Sample'")
        ).scalars()
    ask = ErasePerson(person_id=person_id, reason=WHY)
    assert by_person(small, controller(small), ask).code == "still_active"
    off = DeactivatePerson(person_id=person_id, reason=WHY)
    assert by_person(small, small.people[Role.administrator], off).done
    waits = by_person(small, controller(small), ask)
    assert agreed(small, controller(small), waits).code == "not_allowed", "nobody alone"
    done = agreed(small, known_second(small), waits)
    assert done.done
    assert done.result["kept"] == []
    assert done.result["name_until"] is None
    assert account(small, person_id) == (
        f"Former person {str(person_id)[:8]}",
        f"{person_id}@erased.invalid",
    )
    with reading(small.engine, small.id) as connection:
        assert not personal.salts(connection, small.id, [person_id]), "nobody can tell whom the log meant"
    assert by_person(small, controller(small), ask).code == "erased"
    everything_holds(small)


def test_of_who_acted_the_name_stays_restricted_as_long_as_the_books(small: SmallFirm) -> None:
    person_id = small.people[Role.project_manager]
    name, email = account(small, person_id)
    off = DeactivatePerson(person_id=person_id, reason=WHY)
    assert by_person(small, small.people[Role.administrator], off).done
    done = agreed(
        small,
        known_second(small),
        by_person(small, controller(small), ErasePerson(person_id=person_id, reason=WHY)),
    )
    assert done.done, done.sentence
    # The firm is in the United States, of which no row says how long: ten years from the end of the year.
    assert done.result["name_until"] == "2036-12-31"
    told = done.result["kept"]
    assert isinstance(told, list)
    [books] = [said for said in told if said.startswith("books: ")]
    assert "until 2036-12-31 (US: nobody read its law yet" in books
    assert account(small, person_id)[0] == f"Former person {str(person_id)[:8]}"
    with reading(small.engine, small.id) as connection:
        left = erasures.of(connection, small.id, person_id)
        fields = {field for _, field in personal.salts(connection, small.id, [person_id])}
    assert left is not None
    assert left["name_kept"] == name
    assert fields == {"name"}
    assert email not in log(small)
    again = by_person(small, controller(small), ErasePerson(person_id=person_id, reason=WHY))
    assert again.code == "name_kept"
    assert "2036-12-31" in again.sentence
    everything_holds(small)


def test_a_hold_beats_every_erasure_and_two_release_it(small: SmallFirm) -> None:
    held = by_person(small, controller(small), PlaceHold(reason="Dispute over A", client_id=small.client_id))
    hold_id = UUID(str(held.result["hold_id"]))
    person_id = small.people[Role.client]
    off = DeactivatePerson(person_id=person_id, reason=WHY)
    assert by_person(small, small.people[Role.administrator], off).done
    ask = ErasePerson(person_id=person_id, reason=WHY)
    assert by_person(small, controller(small), ask).code == "held"
    release = by_person(small, controller(small), ReleaseHold(hold_id=hold_id, reason="Settled"))
    assert agreed(small, controller(small), release).code == "not_allowed"
    assert agreed(small, known_second(small), release).done
    assert by_person(small, controller(small), ReleaseHold(hold_id=hold_id, reason="Again")).code == (
        "hold_released"
    )
    asked = by_person(small, controller(small), ask)
    again = by_person(small, controller(small), PlaceHold(reason="Another dispute"))
    assert again.done
    assert agreed(small, known_second(small), asked).code == "held", "one that was placed meanwhile counts"
    everything_holds(small)


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM personal_salt",
        "UPDATE personal_salt SET salt = decode(repeat('00', 32), 'hex')",
        "UPDATE legal_hold SET reason = 'none'",
        (
            "UPDATE legal_hold SET released_at = clock_timestamp(), release_asked_by = placed_by,"
            " released_by = placed_by, released_on = '2024-05-06', released_because = 'none'"
        ),
        "DELETE FROM legal_hold",
        "UPDATE erasure SET name_kept = 'Somebody Else'",
        "DELETE FROM erasure",
        (
            "INSERT INTO erasure (firm_id, id, person_id, reason, asked_by, agreed_by, erased_on, kept)"
            " SELECT firm_id, id, id, 'none', (SELECT placed_by FROM legal_hold LIMIT 1), id,"
            " '2024-05-06', '{}' FROM person WHERE active"
        ),
    ],
)
def test_the_database_refuses_the_same(small: SmallFirm, statement: str) -> None:
    with pytest.raises(DBAPIError):
        _written(small, statement)


def _written(small: SmallFirm, statement: str) -> None:
    with firm_transaction(small.engine, small.id) as connection:
        connection.execute(text(statement))
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
