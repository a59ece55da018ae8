"""`prove` on a firm that has lived: every issued invoice comes out again; one thing changed is named exactly.

The changes are made as a superuser with triggers disabled, in a transaction that is rolled back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import Connection, Engine

from contracts_app.domain.refusals import Refused
from contracts_app.services.proving import Proof, prove, prove_all
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine, reading
from tests.conftest import Database
from tests.services import small_firm

NUMBERS = {
    "A1": "SM-00001",
    "B1": "SM-00002",
    "A2": "SM-00003",
    "AR": "SM-00004",
    "T1": "SM-00005",
    "T2": "SM-00006",
}


def of(name: str) -> str:
    return f"(SELECT invoice_id FROM issued_invoice WHERE number_text = '{NUMBERS[name]}')"


OWED = "receivable_id = (SELECT id FROM receivable WHERE invoice_id = {of})"
CHANGED = (
    (
        "A1",
        "line 8",
        (
            "ALTER TABLE issued_invoice DROP CONSTRAINT ck_issued_invoice_line8;"
            " UPDATE issued_invoice SET line8 = line8 + 0.01 WHERE invoice_id = {of}"
        ),
        ("line 8 as issued",),
    ),
    (
        "A1",
        "a digit below the cent",
        "UPDATE issued_invoice SET line1 = line1 - 0.0001, line2 = line2 + 0.0001 WHERE invoice_id = {of}",
        ("line 1 as issued", "line 2 as issued"),
    ),
    (
        "A1",
        "a cell of the continuation sheet",
        (
            "UPDATE issued_line SET this_period = this_period + 1, stored = stored - 1"
            " WHERE item_no = '2' AND invoice_id = {of}"
        ),
        ("this period of line 2 as issued", "stored of line 2 as issued"),
    ),
    (
        "A1",
        "a word of the schedule",
        "UPDATE issued_line SET description = 'Other' WHERE item_no = '3' AND invoice_id = {of}",
        ("description of line 3 as issued",),
    ),
    (
        "A1",
        "a line lost",
        "DELETE FROM issued_line WHERE item_no = '3' AND invoice_id = {of}",
        ("line 3 of the schedule as issued",),
    ),
    (
        "A1",
        "a certificate",
        "UPDATE certificate SET line9 = line9 + 1 WHERE invoice_id = {of}",
        ("line 9 as certified",),
    ),
    (
        "A1",
        "a certified cell",
        "UPDATE certificate_line SET description = 'Other' WHERE item_no = '2' AND invoice_id = {of}",
        ("description of line 2 as certified",),
    ),
    (
        "A1",
        "retainage at issue",
        (
            "UPDATE retainage_entry r SET withheld = r.withheld + 0.01 FROM issued_line l"
            " WHERE r.cause = 'issue' AND r.invoice_id = {of} AND l.invoice_id = r.invoice_id"
            " AND l.sov_line_id = r.sov_line_id AND l.item_no = '2'"
        ),
        ("retainage withheld on line 2, posted at issue",),
    ),
    (
        "A1",
        "retainage at the certificate",
        "DELETE FROM retainage_entry WHERE cause = 'certificate' AND invoice_id = {of}",
        ("retainage withheld on line 2, posted at the certificate",),
    ),
    (
        "AR",
        "retainage released",
        (
            "UPDATE retainage_entry r SET released = r.released - 0.01 FROM issued_line l"
            " WHERE r.cause = 'issue' AND r.invoice_id = {of} AND l.invoice_id = r.invoice_id"
            " AND l.sov_line_id = r.sov_line_id AND l.item_no = '2'"
        ),
        ("retainage released on line 2, posted at issue",),
    ),
    (
        "A1",
        "a receivable at certification",
        f"UPDATE receivable_entry SET amount = amount + 0.01 WHERE cause = 'arises' AND {OWED}",
        ("amount at which the receivable arose",),
    ),
    (
        "B1",
        "a receivable at submission",
        f"UPDATE receivable_entry SET amount = amount + 0.01 WHERE cause = 'arises' AND {OWED}",
        ("amount at which the receivable arose",),
    ),
    (
        "B1",
        "a reduction that vanished",
        f"DELETE FROM receivable_entry WHERE cause = 'certificate' AND {OWED}",
        ("reduction of the receivable by the certificate",),
    ),
    (
        "A1",
        "the day of certification",
        "UPDATE issued_invoice SET certification_due_on = certification_due_on + 1 WHERE invoice_id = {of}",
        ("day by which the client certifies",),
    ),
    (
        "A1",
        "what the project manager approved",
        "UPDATE approval SET content_hash = repeat('0', 64) WHERE invoice_id = {of}",
        ("content hash approved by the project manager",),
    ),
    (
        "A1",
        "the hash that was issued",
        "UPDATE issued_invoice SET content_hash = repeat('0', 64) WHERE invoice_id = {of}",
        ("content hash as issued",),
    ),
    (
        "A1",
        "rules nobody knows",
        "UPDATE issued_invoice SET rules = 'other-1' WHERE invoice_id = {of}",
        ("rules of the figures",),
    ),
    (
        "A1",
        "one byte of the snapshot",
        (
            "UPDATE snapshot SET body = overlay(body PLACING '~' FROM 100 FOR 1) WHERE sha256 ="
            " (SELECT snapshot_sha256 FROM issued_invoice WHERE invoice_id = {of})"
        ),
        ("SHA-256 of the snapshot",),
    ),
    (
        "A1",
        "a snapshot of other figures under a hash of its own",
        (
            "UPDATE snapshot SET sha256 = encode(sha256(convert_to(replace(body, '10.05', '10.06'), 'UTF8')),"
            " 'hex'), body = replace(body, '10.05', '10.06')"
            " WHERE sha256 = (SELECT snapshot_sha256 FROM issued_invoice WHERE invoice_id = {of});"
            " UPDATE issued_invoice i SET snapshot_sha256 = s.sha256 FROM snapshot s"
            " WHERE i.invoice_id = {of} AND s.body LIKE '%10.06%'"
        ),
        ("content hash as issued", "content hash of the draft", ...),
    ),
    (
        "A1",
        "a snapshot that gives no figures",
        (
            "UPDATE snapshot SET sha256 = encode(sha256(convert_to('{{}}', 'UTF8')), 'hex'), body = '{{}}'"
            " WHERE sha256 = (SELECT snapshot_sha256 FROM issued_invoice WHERE invoice_id = {of});"
            " UPDATE issued_invoice SET snapshot_sha256 = encode(sha256(convert_to('{{}}', 'UTF8')), 'hex')"
            " WHERE invoice_id = {of}"
        ),
        ("figures",),
    ),
    (
        "A1",
        "one byte of the application's PDF",
        (
            "UPDATE blob SET bytes = set_byte(bytes, 100, (get_byte(bytes, 100) + 1) % 256) WHERE sha256 ="
            " (SELECT sha256 FROM document WHERE invoice_id = {of} AND kind = 'application'"
            " AND media_type = 'application/pdf')"
        ),
        ("SHA-256 of the document",),
    ),
    (
        "A1",
        "one byte of the certificate's PDF",
        (
            "UPDATE blob SET bytes = set_byte(bytes, 100, (get_byte(bytes, 100) + 1) % 256) WHERE sha256 ="
            " (SELECT sha256 FROM document WHERE invoice_id = {of} AND kind = 'certificate'"
            " AND media_type = 'application/pdf')"
        ),
        ("SHA-256 of the document",),
    ),
    (
        "A1",
        "a word of a letter",
        (
            "UPDATE message SET body = body || '.' WHERE invoice_id = {of} AND kind LIKE 'application%'"
            " AND recipient LIKE 'billing@%'"
        ),
        ("content hash of the message",),
    ),
    (
        "B1",
        "a word of a reminder",
        "UPDATE message SET body = body || '.' WHERE kind LIKE 'reminder%' AND recipient LIKE 'billing@%'",
        ("content hash of the message",),
    ),
)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    opened = open_engine(settings.database_url, pool_size=1)
    yield opened
    opened.dispose()


@contextmanager
def changed(database: Database, firm_id: UUID, statement: str) -> Iterator[Connection]:
    """What the application reads after a statement that is then undone."""
    engine = open_engine(database.superuser_url, pool_size=1)
    try:
        with engine.connect() as connection, connection.begin() as transaction:
            session = connection.connection.driver_connection
            assert isinstance(session, psycopg.Connection)
            session.execute("SET LOCAL session_replication_role = replica")
            session.execute(statement.encode())
            session.execute("SELECT set_config('app.firm', %s, true)", (str(firm_id),))
            session.execute("SET LOCAL ROLE contracts_app")
            yield connection
            transaction.rollback()
    finally:
        engine.dispose()


def said(proof: Proof) -> list[str]:
    return [one.what for one in proof.differences]


def test_every_issued_invoice_comes_out_again(engine: Engine, lived: small_firm.SmallFirm) -> None:
    with reading(engine, lived.id) as connection:
        proofs = list(prove_all(connection, lived.id))
    assert [one.invoice for one in proofs] == sorted(NUMBERS.values())
    assert {one.invoice: said(one) for one in proofs if not one.proved} == {}
    assert all(one.checked > 80 for one in proofs)
    assert {one.invoice_id: one.invoice for one in proofs} == {
        lived.invoices[name]: number for name, number in NUMBERS.items()
    }


@pytest.mark.parametrize(
    ("invoice", "statement", "named"),
    [pytest.param(one[0], one[2], one[3], id=f"{one[0]}: {one[1]}") for one in CHANGED],
)
def test_what_was_changed_is_named_and_nothing_else(
    database: Database, lived: small_firm.SmallFirm, invoice: str, statement: str, named: tuple[object, ...]
) -> None:
    """`...` at the end of what is named: and more that follows from it."""
    with changed(database, lived.id, statement.format(of=of(invoice))) as connection:
        proofs = {one.invoice: one for one in prove_all(connection, lived.id)}
    found = proofs.pop(NUMBERS[invoice])
    expected = [str(one) for one in named if one is not ...]
    if named[-1] is not ...:
        assert len(found.differences) == len(expected), said(found)
    assert all(one.startswith(two) for one, two in zip(said(found), expected, strict=False)), said(found)
    assert len(found.differences) >= len(expected)
    assert found.differences[0].what in found.sentence
    assert found.as_json()["outcome"] == "differs"
    assert [said(one) for one in proofs.values() if not one.proved] == []


def test_a_difference_is_told_with_both_values(database: Database, lived: small_firm.SmallFirm) -> None:
    cent = f"UPDATE certificate SET line9 = line9 + 0.01 WHERE invoice_id = {of('A1')}"
    with changed(database, lived.id, cent) as connection:
        told = prove(connection, lived.id, lived.invoices["A1"])
        row = connection.exec_driver_sql(f"SELECT line9 FROM certificate WHERE invoice_id = {of('A1')}")
        stored = row.scalar_one()
    assert told.as_json()["differences"] == [
        {
            "what": "line 9 as certified",
            "stored": f"{stored:.2f}",
            "recomputed": f"{stored - Decimal('0.01'):.2f}",
        }
    ]
    assert told.sentence.startswith("SM-00001 is not proved. line 9 as certified: stored is ")


def test_a_draft_and_what_does_not_exist_are_refused(engine: Engine, lived: small_firm.SmallFirm) -> None:
    with reading(engine, lived.id) as connection:
        with pytest.raises(Refused, match="not issued") as draft:
            prove(connection, lived.id, lived.invoices["B2"])
        with pytest.raises(Refused) as nothing:
            prove(connection, lived.id, uuid4())
    assert draft.value.status == 409
    assert nothing.value.status == 404


def test_another_firm_proves_nothing_of_it(engine: Engine, lived: small_firm.SmallFirm) -> None:
    with reading(engine, uuid4()) as connection:
        assert list(prove_all(connection, lived.id)) == []
        with pytest.raises(Refused):
            prove(connection, lived.id, lived.invoices["A1"])
