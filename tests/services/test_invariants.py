"""`contracts check` on a firm that has lived: sound as it is; each corruption breaks exactly its invariant.

The corruptions are made as a superuser with triggers disabled, in a transaction that is rolled back or in a
copy of the database: what no code of ours could do.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from contracts_app.cli import application
from contracts_app.operation.installation import APPLICATION_ROLE, OWNER_ROLE, SUPERUSER, Installation
from contracts_app.services.invariants import INVARIANTS, Finding, Report, check, check_in
from contracts_app.settings import Settings
from contracts_app.store.transaction import open_engine
from tests.conftest import TEMPLATE, Database
from tests.services import small_firm

Copied = Callable[..., AbstractContextManager[str]]
EVERY = [f"I{number:02d}" for number in range(1, 13)]
QUIET = ("I08", "I09")

OF_INVOICE = "(SELECT invoice_id FROM issued_invoice ORDER BY number LIMIT 1)"
LAST = "number = (SELECT max(number) FROM issued_invoice)"
COORDINATOR = "(SELECT person_id FROM person_role WHERE role = 'coordinator')"
CONTROLLER = "(SELECT person_id FROM person_role WHERE role = 'controller')"
CHAIN_AGAIN = """
DO $$
DECLARE
    link bytea := decode(repeat('00', 32), 'hex');
    entry record;
BEGIN
    FOR entry IN SELECT * FROM audit_entry ORDER BY seq LOOP
        link := sha256('\\x00'::bytea || link || int8send(entry.seq)
            || int8send((extract(epoch FROM entry.at) * 1000000)::bigint) || convert_to(entry.body, 'UTF8'));
        UPDATE audit_entry SET hash = link WHERE firm_id = entry.firm_id AND seq = entry.seq;
    END LOOP;
    UPDATE audit_head SET hash = link;
END $$
"""
"""What a forger with every right would do: compute the whole chain again after an edit."""


def _audit(action: str, old: str, new: str) -> str:
    """Rewrite one audit entry of this action; `old` must be in it."""
    return (
        f"UPDATE audit_entry SET body = replace(body, '{old}', '{new}') WHERE seq = (SELECT max(seq) "
        f"FROM audit_entry WHERE body LIKE '%\"action\":\"{action}\"%' AND body LIKE '%{old}%')"
    )


CORRUPTIONS = (
    ("I01", "line 9 of a certificate", "UPDATE certificate SET line9 = line9 + 1"),
    (
        "I01",
        "a column of an issued line",
        f"UPDATE issued_line SET description = 'Other' WHERE position = 1 AND invoice_id = {OF_INVOICE}",
    ),
    (
        "I01",
        "the PDF of another invoice",
        (
            "UPDATE document SET sha256 = (SELECT sha256 FROM document WHERE kind = 'retainage_release')"
            f" WHERE kind = 'application' AND invoice_id = {OF_INVOICE}"
        ),
    ),
    (
        "I01",
        "the workbook of another invoice",
        (
            "UPDATE document SET sha256 = (SELECT o.sha256 FROM document o"
            f" JOIN issued_invoice i USING (invoice_id) WHERE o.kind = 'continuation_sheet' AND i.number = 4)"
            f" WHERE kind = 'continuation_sheet' AND invoice_id = {OF_INVOICE}"
        ),
    ),
    (
        "I01",
        "bytes of a stored file",
        "UPDATE blob SET bytes = bytes || '\\x20'::bytea WHERE sha256 IN (SELECT sha256 FROM import_file)",
    ),
    ("I01", "an entry at another amount", "UPDATE issued_time SET amount = amount + 1"),
    ("I01", "an entry that took longer", "UPDATE issued_time SET seconds = seconds + 36"),
    (
        "I01",
        "time on the line of a fixed fee",
        "UPDATE issued_time SET sov_line_id = (SELECT id FROM sov_line WHERE basis = 'milestone')",
    ),
    (
        "I01",
        "an invoice that stands as issued, said to be certified",
        "UPDATE certificate SET decision = 'in_full' WHERE decision = 'not_required'",
    ),
    (
        "I01",
        "an invoice that stands at another amount",
        (
            "UPDATE certificate_line SET this_period = this_period - 1, total = total - 1 WHERE item_no = '2'"
            f" AND invoice_id = (SELECT invoice_id FROM issued_invoice WHERE {LAST})"
        ),
    ),
    ("I02", "a gap in the numbers", f"UPDATE issued_invoice SET number = number + 1 WHERE {LAST}"),
    ("I02", "the series counts on", "UPDATE number_series SET last_number = last_number + 1"),
    ("I02", "the series has another day", "UPDATE number_series SET last_date = last_date + 1"),
    ("I03", "the approver is the preparer", f"UPDATE approval SET person_id = {COORDINATOR}"),
    ("I03", "approved after issue", "UPDATE approval SET at = at + interval '1 day'"),
    ("I03", "other content approved", "UPDATE approval SET content_hash = repeat('0', 64)"),
    ("I03", "a role taken away", "DELETE FROM person_role WHERE role = 'project_manager'"),
    ("I03", "another project manager", f"UPDATE contract SET project_manager_id = {COORDINATOR}"),
    ("I03", "time billed and rejected", "UPDATE time_entry SET state = 'rejected'"),
    ("I03", "time billed and not billable", "UPDATE time_entry SET billable = false"),
    ("I03", "time billed here and elsewhere", "UPDATE time_entry SET billed_elsewhere = true"),
    ("I03", "time billed and held", "UPDATE time_entry SET held_reason = 'The client asks'"),
    (
        "I03",
        "time approved by who entered it",
        (
            "ALTER TABLE time_entry DROP CONSTRAINT ck_time_entry_four_eyes;"
            " UPDATE time_entry SET entered_by = decided_by"
        ),
    ),
    (
        "I03",
        "time approved by who wrote it up",
        (
            "ALTER TABLE time_entry DROP CONSTRAINT ck_time_entry_written_up;"
            " UPDATE time_entry SET written_up_by = decided_by"
        ),
    ),
    (
        "I03",
        "time written up by who is no editor of the draft",
        f"UPDATE time_entry SET written_up_by = {CONTROLLER}",
    ),
    ("I03", "put in force by a preparer", f"UPDATE contract SET activated_by = {COORDINATOR}"),
    (
        "I04",
        "a smaller line",
        "UPDATE sov_line SET scheduled_value = 1 WHERE change_order_id IS NULL AND item_no = '1'",
    ),
    (
        "I04",
        "a smaller contract",
        "UPDATE contract SET terms = jsonb_set(terms, '{original_sum}', '\"1.00\"')",
    ),
    (
        "I04",
        "another change order",
        "UPDATE change_order SET amount = amount - 1 WHERE order_state = 'executed'",
    ),
    (
        "I04",
        "a cap that was raised by less",
        "UPDATE change_order SET amount = 100 WHERE raises_line_id IS NOT NULL",
    ),
    (
        "I04",
        "a cap raised by an order that is not in force",
        (
            "UPDATE change_order SET order_state = 'submitted', executed_on = NULL, executed_by = NULL"
            " WHERE raises_line_id IS NOT NULL"
        ),
    ),
    (
        "I10",
        "a change order executed by another",
        (
            "UPDATE change_order o SET executed_by = (SELECT id FROM person p WHERE p.firm_id = o.firm_id"
            " AND p.id NOT IN (o.executed_by, o.proposed_by) LIMIT 1) WHERE executed_by IS NOT NULL"
        ),
    ),
    (
        "I04",
        "a milestone approved for less",
        "UPDATE milestone SET approved_amount = 599.99 WHERE amount = 900",
    ),
    ("I05", "released more", "UPDATE retainage_entry SET released = released + 1 WHERE released > 0"),
    ("I05", "withheld less", "UPDATE retainage_entry SET withheld = withheld - 1 WHERE withheld > 0"),
    ("I06", "cash applied twice", "UPDATE receivable_entry SET amount = amount * 2 WHERE cause = 'cash'"),
    (
        "I06",
        "cash applied later than told",
        "UPDATE receivable_entry SET amount = amount - 1 WHERE cause = 'cash' AND amount = -2000.25",
    ),
    (
        "I06",
        "more applied later than there was, and told",
        (
            "UPDATE receivable_entry SET amount = -9000.51 WHERE cause = 'cash' AND amount = -2000.25;"
            " UPDATE effect SET outcome = jsonb_set(outcome, '{result,applied}', '\"9000.51\"')"
            " WHERE command = 'apply_cash'"
        ),
    ),
    ("I06", "no reduction", "DELETE FROM receivable_entry WHERE cause = 'certificate'"),
    ("I06", "another amount arose", "UPDATE receivable_entry SET amount = amount + 1 WHERE cause = 'arises'"),
    ("I06", "less drawn from the deposit", "UPDATE deposit_entry SET amount = -399 WHERE cause = 'drawn'"),
    ("I06", "a deposit that never came", "DELETE FROM deposit_entry WHERE cause = 'received'"),
    (
        "I06",
        "a deposit credited twice",
        "UPDATE receivable_entry SET amount = amount * 2 WHERE cause = 'deposit'",
    ),
    (
        "I06",
        "the deposit of another contract",
        "UPDATE deposit_entry SET contract_id = (SELECT id FROM contract WHERE number = 'A')",
    ),
    ("I07", "an edited entry", _audit("certify_application", '"reason":""', '"reason":"x"')),
    ("I07", "a head further on", "UPDATE audit_head SET seq = seq + 1"),
    ("I07", "another head", "UPDATE audit_head SET hash = sha256(hash)"),
    ("I07", "two entries swapped", "UPDATE audit_entry SET hash = sha256(hash) WHERE seq = 7"),
    ("I07", "a change without an entry", "UPDATE message SET version = version + 1"),
    (
        "I07",
        "a version left out, the chain made anew",
        _audit("send_message", '"version":2', '"version":3') + ";" + CHAIN_AGAIN,
    ),
    ("I08", "other words", "UPDATE message SET body = body || '.'"),
    (
        "I08",
        "other words with their hash",
        (
            "UPDATE message SET body = body || '.', content_sha256 ="
            " encode(sha256(convert_to(subject || E'\\n' || body || '.', 'UTF8')), 'hex')"
        ),
    ),
    ("I08", "sent without a try", "UPDATE message SET attempts = 0"),
    ("I08", "another Message-ID", "UPDATE message SET message_id = '<x' || message_id || '>'"),
    ("I09", "no process", "DELETE FROM process WHERE subject = 'invoice'"),
    ("I09", "a process that goes on", "UPDATE process SET finished_at = NULL WHERE subject = 'import'"),
    (
        "I09",
        "a parked step",
        "UPDATE process SET parked_step = 'deliver', parked_reason = 'no answer' WHERE subject = 'follow-up'",
    ),
    (
        "I09",
        "work due",
        (
            "UPDATE process SET seen_version = seen_version - 1 WHERE subject = 'contract'"
            " AND finished_at IS NULL"
        ),
    ),
    (
        "I10",
        "a refusal that worked",
        "UPDATE effect SET outcome = jsonb_set(outcome, '{done}', 'false') WHERE command = 'issue_invoice'",
    ),
    (
        "I10",
        "another number told",
        (
            "UPDATE effect SET outcome = jsonb_set(outcome, '{result,number}', '\"SM-9\"')"
            " WHERE command = 'issue_invoice' AND outcome ->> 'done' = 'true'"
        ),
    ),
    (
        "I10",
        "a draft that is not there",
        (
            "UPDATE effect SET outcome = jsonb_set(outcome, '{result,invoice_id}',"
            " to_jsonb(gen_random_uuid()::text)) WHERE command = 'submit_draft'"
        ),
    ),
    (
        "I10",
        "an answer without a trace",
        (
            "INSERT INTO effect SELECT firm_id, 'system:other', command, body_hash, outcome, at FROM effect"
            " WHERE command = 'set_terms' OR command = 'activate_contract' LIMIT 1"
        ),
    ),
    ("I11", "an effect lost", "DELETE FROM effect WHERE command = 'certify_application'"),
    ("I11", "backup priced", "UPDATE cost_entry SET priced = true"),
    ("I11", "time billed and not claimed", "DELETE FROM claim"),
    (
        "I11",
        "time claimed and not billed",
        (
            "INSERT INTO claim SELECT e.firm_id, i.invoice_id, e.id FROM time_entry e, issued_invoice i"
            f" WHERE e.state = 'rejected' AND i.{LAST}"
        ),
    ),
    (
        "I11",
        "time claimed twice",
        (
            "ALTER TABLE claim DROP CONSTRAINT pk_claim;"
            " INSERT INTO claim SELECT c.firm_id, v.id, c.time_entry_id FROM claim c, invoice v"
            " WHERE v.state = 'draft'"
        ),
    ),
    (
        "I11",
        "an hour twice",
        (
            "ALTER TABLE cost_entry DROP CONSTRAINT uq_cost_entry_firm_id_contract_id_kind_external_id;"
            " UPDATE cost_entry SET external_id = 'L-1'"
        ),
    ),
    (
        "I11",
        "an application twice",
        "DROP INDEX uq_invoice_live_application; UPDATE invoice SET application_no = 1 WHERE state = 'draft'",
    ),
    ("I12", "a state of its own", "UPDATE milestone SET state = 'achieved'"),
    (
        "I12",
        "a step that is not allowed, the chain made anew",
        _audit("approve_draft", '"from_state":"in_review"', '"from_state":"draft"') + ";" + CHAIN_AGAIN,
    ),
    ("I12", "a parent lost", "UPDATE cost_entry SET sov_line_id = gen_random_uuid()"),
    (
        "I12",
        "a client of another firm",
        """INSERT INTO client (firm_id, id, name, state)
            VALUES (gen_random_uuid(), '00000000-0000-0000-0000-000000000001', 'Other', 'active');
        UPDATE person SET client_id = '00000000-0000-0000-0000-000000000001' WHERE client_id IS NOT NULL""",
    ),
)


@pytest.fixture(scope="module")
def copied(pg: Installation, database: Database) -> Copied:
    """A copy of a database with statements done to it: gives the copy's URL for the application."""

    @contextmanager
    def copy(statements: str = "", template: str = database.name) -> Iterator[str]:
        name = f"copy_{uuid4().hex[:12]}"
        words = [sql.Identifier(word) for word in (name, template, OWNER_ROLE)]
        with psycopg.connect(pg.url(SUPERUSER, "postgres"), autocommit=True) as session:
            session.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*words))
        try:
            with psycopg.connect(pg.url(SUPERUSER, name)) as session:
                session.execute("SET session_replication_role = replica")
                session.execute(statements.encode())
            yield pg.url(APPLICATION_ROLE, name)
        finally:
            with psycopg.connect(pg.url(SUPERUSER, "postgres"), autocommit=True) as session:
                session.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(words[0]))

    return copy


Corrupted = Callable[..., Report]


@pytest.fixture(scope="module")
def corrupted(database: Database, lived: small_firm.SmallFirm) -> Iterator[Corrupted]:
    """What a check says after statements that are then undone."""
    engine = open_engine(database.superuser_url, pool_size=1)

    def report(statements: str, *, online: bool = False) -> Report:
        with engine.connect() as connection, connection.begin() as transaction:
            # As they are: LIKE's % and JSON's colons are nobody's parameters.
            session = connection.connection.driver_connection
            assert isinstance(session, psycopg.Connection)
            session.execute("SET LOCAL session_replication_role = replica")
            session.execute(statements.encode())
            session.execute("SELECT set_config('app.firm', %s, true)", (str(lived.id),))
            session.execute("SET LOCAL ROLE contracts_app")
            told = check_in(connection, lived.id, online=online)
            transaction.rollback()
        engine.dispose()  # a session left open would keep the database from being copied
        return told

    yield report
    engine.dispose()


AS_ENTERED = "is not what its audit entries say"
PAST_THE_AUDIT = ("a value in this table was changed past the audit", "rows, the audit tells of")


def _without_contents(broken: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """What is broken besides the sums of what tables hold, which notice any change made here."""
    told = broken.get("I07", ())
    if told and all(any(said in one for said in PAST_THE_AUDIT) for one in told):
        return {name: said for name, said in broken.items() if name != "I07"}
    return broken


def _broken(report: Report) -> dict[str, tuple[str, ...]]:
    return {
        finding.id: tuple(f"{one.subject}: {one.sentence}" for one in finding.sample)
        for finding in report.findings
        if finding.violations
    }


def test_a_firm_that_has_lived_is_sound(settings: Settings) -> None:
    report = check(settings)
    assert _broken(report) == {}
    assert [finding.id for finding in report.findings] == EVERY
    assert all(finding.checked > 0 for finding in report.findings)
    assert report.ok


@pytest.mark.parametrize(
    ("invariant", "corruption"),
    [pytest.param(one[0], one[2], id=f"{one[0]}: {one[1]}") for one in CORRUPTIONS],
)
def test_a_corruption_breaks_exactly_its_invariant(
    corrupted: Corrupted, invariant: str, corruption: str
) -> None:
    """Where it changed a column that the audit tells of, I12 says that too, and of that alone; that a table
    does not hold what was written to it, I07 says."""
    report = corrupted(corruption)
    broken = _broken(report)
    if invariant != "I07":
        broken = _without_contents(broken)
    if invariant != "I12" and all(AS_ENTERED in said for said in broken.get("I12", ())):
        broken.pop("I12", None)
    assert list(broken) == [invariant], broken
    assert not report.ok
    assert all(len(finding.sample) <= 5 for finding in report.findings)


def test_every_invariant_is_seen_broken() -> None:
    assert sorted({one[0] for one in CORRUPTIONS}) == [invariant.id for invariant in INVARIANTS] == EVERY


def test_the_tail_cut_off_is_seen_by_the_head(corrupted: Corrupted) -> None:
    assert "I07" in _broken(corrupted("DELETE FROM audit_entry WHERE seq = (SELECT seq FROM audit_head)"))


def test_a_forged_chain_is_seen_by_what_it_tells(corrupted: Corrupted) -> None:
    """Deleted in the middle and computed anew: the hashes are right, numbers and versions are not."""
    assert "I07" in _broken(corrupted("DELETE FROM audit_entry WHERE seq = 20;" + CHAIN_AGAIN))


def test_a_milestone_billed_before_its_approval_is_seen(corrupted: Corrupted) -> None:
    """The snapshot says what was approved then; to forge that breaks its hash too."""
    forged = (
        'UPDATE snapshot SET body = replace(body, \'"approved_amount":"600\', \'"approved_amount":"599\')'
    )
    told = _broken(corrupted(forged))
    assert "I04" in told
    assert any("is not approved" in one for one in told["I04"])


def test_more_drawn_than_was_received_is_seen(corrupted: Corrupted) -> None:
    """Drawn and credited alike, so that only the balance gives it away."""
    less = "UPDATE deposit_entry SET amount = 399 WHERE cause = 'received'"
    told = _without_contents(_broken(corrupted(less)))
    assert list(told) == ["I06"]
    assert "more of the deposit was drawn or given back than was received" in told["I06"][0]


def test_online_leaves_out_what_holds_only_when_quiet(corrupted: Corrupted) -> None:
    report = corrupted("DELETE FROM process WHERE subject = 'invoice'", online=True)
    assert [finding.id for finding in report.findings] == [known for known in EVERY if known not in QUIET]
    assert report.ok


def test_nothing_to_check_is_said_and_is_no_finding(copied: Copied) -> None:
    with copied(template=TEMPLATE) as url:
        engine = open_engine(url, pool_size=1)
        report = check(engine)
        engine.dispose()
    assert report.ok
    assert all("nothing to check" in sentence for sentence in report.sentences())


def test_an_invariant_over_nothing_proves_nothing_where_there_is_something() -> None:
    finding = Finding("I01", "Everything adds up.", 0, 0, (), nothing_yet=False)
    report = Report([finding])
    assert not report.ok
    assert "NOT PROVEN" in report.sentences()[0]


def test_the_command_prints_what_controls_ask_for(
    copied: Copied, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("CONTRACTS_STATE_DIR", str(settings.state_dir))
    with copied("UPDATE certificate SET line9 = line9 + 1") as url:
        for database_url, status in ((settings.database_url, 0), (url, 1)):
            monkeypatch.setenv("CONTRACTS_DATABASE_URL", database_url)
            ended = CliRunner().invoke(application(), ["check", "--json"])
            assert ended.exit_code == status, ended.output
            told = json.loads(ended.output)
            assert told["ok"] is (status == 0)
            assert [one["id"] for one in told["invariants"]] == EVERY
            assert all(
                list(one) == ["id", "ok", "checked", "violations", "sample"] for one in told["invariants"]
            )
        said = CliRunner().invoke(application(), ["check", "--online"]).output.splitlines()
        assert said[0].startswith("I01  BROKEN")
        assert "line 9 as certified" in said[1]


def test_a_database_that_does_not_answer_is_unavailable(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setenv("CONTRACTS_STATE_DIR", str(settings.state_dir))
    monkeypatch.setenv("CONTRACTS_DATABASE_URL", "postgresql://contracts_app@127.0.0.1:1/contracts")
    ended = CliRunner().invoke(application(), ["check"])
    assert type(ended.exception).__name__ == "Unavailable"
