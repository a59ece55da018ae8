"""What the audit log answers by itself: duties kept apart, changes of master data, people, overrides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from contracts_app.domain.approving.segregation import MATRIX
from contracts_app.domain.reports.audit_report import Query

MASTER_DATA = (
    "activate_contract", "add_client", "add_exchange_rate", "add_legal_entity", "add_tax_rate",
    "agree_to_approval_policy", "agree_to_master_change", "amend_client_order", "approve_revision",
    "close_client_order", "delegate_approvals", "edit_client", "end_delegation", "execute_change_order",
    "found_firm", "note_change_order", "open_contract", "post_import", "propose_approval_policy",
    "propose_master_change", "propose_revision", "raise_rates", "reassign_project_manager",
    "record_client_order", "require_paper", "set_billing_group", "set_expense_policy",
    "set_payment_instructions", "set_projects", "set_rate_card", "set_schedule", "set_tax_number",
    "set_terms", "withdraw_approval_policy", "withdraw_exchange_rate", "withdraw_master_change",
    "withdraw_paper", "withdraw_tax_rate",
)  # fmt: skip
"""What changes rates, contract sums, tax codes, bank details, clients, series, and who approves."""

OVERRIDE = (
    "abandon_parked", "accept_cut", "ask_exception", "concede_withhold", "correct_cost", "correct_expense",
    "correct_time", "decide_exception", "decide_import", "decide_overtime", "hold_costs", "hold_time",
    "mend_import", "move_time", "retry_parked", "set_overtime", "settle_hold", "split_cost", "split_time",
    "transfer_costs", "transfer_time", "undo_import", "undo_parts", "write_cost", "write_time",
)  # fmt: skip
"""What sets a price, hours or a cost to something else than they came in with, or lets a rule be passed."""

PEOPLE = ("add_person", "change_roles", "deactivate_person", "reactivate_person", "sign_in")
DECIDES = tuple(sorted({one for duty in MATRIX for one in duty.decides}))

ENTRIES = """
    WITH entry AS MATERIALIZED (
        SELECT a.seq, a.at, a.about, a.body::jsonb AS b FROM audit_entry a
        WHERE a.firm_id = :firm AND a.at <= :as_of AND a.action = ANY(:actions)
    ), told AS (
        SELECT e.seq, e.at, e.about, e.b, e.b ->> 'action' AS action, e.b ->> 'kind' AS kind,
            e.b ->> 'doing' AS doing, coalesce(p.name, 'the system') AS who,
            CAST(CAST(e.b ->> 'business_at' AS timestamptz) AT TIME ZONE f.time_zone AS date) AS on_day,
            coalesce(nullif(e.b ->> 'reason', ''), e.b #>> '{command,reason}', '') AS reason,
            CASE WHEN e.about ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN CAST(e.about AS uuid) END
                AS about_id,
            CAST(coalesce(e.b #>> '{command,contract_id}',
                CASE WHEN e.b ->> 'kind' = 'contract' THEN e.b ->> 'id' END,
                e.b #>> '{after,contract_id}') AS uuid) AS contract_id
        FROM entry e JOIN firm f ON f.id = :firm
        LEFT JOIN person p ON p.firm_id = :firm AND p.id::text = e.b ->> 'by'
    )
"""
"""Entries of `:actions`, as `told` at the instant, with who, on which day, and why."""

CHANGES = Query(
    "changes-of-master-data",
    4,
    """
    SELECT t.on_day, t.at, t.seq AS entry, replace(t.action, '_', ' ') AS change,
        replace(t.kind, '_', ' ') AS record, coalesce(k.number, c.name, e.name, '') AS of_what, t.who,
        coalesce(was.said, '') AS before, CASE WHEN f.id IS NOT NULL
            THEN replace(f.kind, '_', ' ') || ' from the file ' || f.file_name || ', SHA-256 ' || f.sha256
            ELSE coalesce(became.said, '') END AS after,
        coalesce(t.b #>> '{command,effective_from}', t.b #>> '{command,executed_on}', '') AS effective_from,
        t.reason
    FROM told t
    LEFT JOIN import_file f ON f.firm_id = :firm AND t.kind = 'import' AND f.id = t.about_id
    LEFT JOIN contract k ON k.firm_id = :firm AND k.id = coalesce(t.contract_id, f.contract_id)
    LEFT JOIN client c ON c.firm_id = :firm AND t.kind = 'client' AND c.id = t.about_id
    LEFT JOIN legal_entity e ON e.firm_id = :firm AND t.kind = 'legal_entity' AND e.id = t.about_id
    LEFT JOIN LATERAL (
        SELECT string_agg(replace(x.key, '_', ' ') || ': ' || (x.value #>> '{}'), '; ' ORDER BY x.key) AS said
        FROM jsonb_each(t.b -> 'before') x
        WHERE x.value <> 'null' AND x.value IS DISTINCT FROM t.b #> ARRAY['after', x.key]
    ) was ON f.id IS NULL
    LEFT JOIN LATERAL (
        SELECT string_agg(replace(x.key, '_', ' ') || ': ' || (x.value #>> '{}'), '; ' ORDER BY x.key) AS said
        FROM jsonb_each(CASE WHEN t.b -> 'after' = '{}' AND t.b -> 'command' <> 'null'
            THEN (t.b -> 'command') - 'command' - 'contract_id' ELSE t.b -> 'after' END) x
        WHERE x.key <> 'id' AND x.value <> 'null' AND x.value IS DISTINCT FROM t.b #> ARRAY['before', x.key]
    ) became ON f.id IS NULL
    WHERE t.doing = 'done' AND t.on_day BETWEEN :from_on AND :to_on
        AND (:contract IS NULL OR k.id = :contract)
        AND (:client IS NULL OR k.client_id = :client OR c.id = :client)
        AND (t.action <> 'post_import' OR f.kind IN ('contract', 'schedule_of_values', 'change_orders',
            'clients', 'client_purchase_orders', 'rate_cards', 'opening_balances', 'bid_tabulation'))
    ORDER BY t.seq
    """,
    ENTRIES,
    MASTER_DATA,
)

OVERRIDES = Query(
    "manual-overrides",
    3,
    """
    SELECT t.on_day, t.at, t.seq AS entry, replace(t.action, '_', ' ') AS what,
        coalesce(k.number, '') AS contract, t.who, t.reason,
        left(coalesce((t.b -> 'command') - 'command', t.b -> 'after')::text, 4000) AS asked
    FROM told t LEFT JOIN contract k ON k.firm_id = :firm AND k.id = t.contract_id
    LEFT JOIN (SELECT DISTINCT o.b ->> 'key' AS key FROM told o WHERE o.kind = 'contract') d
        ON t.kind = 'time' AND d.key = t.b ->> 'key'
    WHERE t.doing = 'done' AND t.on_day BETWEEN :from_on AND :to_on
        AND t.kind IN ('contract', 'import', 'time', 'cost', 'expense', 'process', 'client')
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
        AND d.key IS NULL
    ORDER BY t.seq
    """,
    ENTRIES,
    OVERRIDE,
)

DENIED = Query(
    "denied-approvals",
    2,
    """
    SELECT t.on_day, t.at, t.seq AS entry, t.who, replace(t.action, '_', ' ') AS tried,
        coalesce(k.number, i.number_text, '') AS of_what, t.b #>> '{after,code}' AS code, t.reason
    FROM told t
    LEFT JOIN contract k ON k.firm_id = :firm AND k.id = t.contract_id
    LEFT JOIN issued_invoice i ON i.firm_id = :firm AND i.invoice_id = t.about_id
    WHERE t.kind = 'refusal' AND t.b #>> '{after,code}' IN ('not_allowed', 'four_eyes')
        AND t.on_day BETWEEN :from_on AND :to_on
    ORDER BY t.seq
    """,
    ENTRIES,
    DECIDES,
)

_PEOPLE = """
    , said AS (
        SELECT t.about, t.seq, t.at, t.on_day, t.action, t.who, t.b -> 'after' AS after,
            t.b -> 'before' AS before, t.reason
        FROM told t WHERE t.doing = 'done' AND t.kind IN ('person', 'sign_in')
    ), roles AS (
        SELECT DISTINCT ON (about) about, after -> 'roles' AS held FROM said
        WHERE action IN ('add_person', 'change_roles') ORDER BY about, seq DESC
    ), access AS (
        SELECT DISTINCT ON (about) about, action <> 'deactivate_person' AS active, at FROM said
        WHERE action IN ('add_person', 'deactivate_person', 'reactivate_person') ORDER BY about, seq DESC
    ), times AS (
        SELECT about, min(at) FILTER (WHERE action = 'add_person') AS added,
            max(at) FILTER (WHERE action = 'sign_in') AS last_sign_in,
            count(*) FILTER (WHERE action = 'sign_in') AS sign_ins,
            max(at) FILTER (WHERE action = 'change_roles') AS roles_changed
        FROM said GROUP BY about
    )
"""

USERS = Query(
    "users-and-rights",
    1,
    """
    SELECT p.name, p.email, coalesce(c.name, '') AS client,
        (SELECT string_agg(replace(one, '_', ' '), ', ' ORDER BY one)
            FROM jsonb_array_elements_text(r.held) one) AS roles,
        a.active, r.held ?| ARRAY['administrator', 'controller'] AS privileged,
        n.added, n.roles_changed, n.last_sign_in, n.sign_ins,
        CASE WHEN a.active THEN NULL ELSE a.at END AS left_at
    FROM roles r
    JOIN access a ON a.about = r.about
    JOIN times n ON n.about = r.about
    JOIN person p ON p.firm_id = :firm AND p.id::text = r.about
    LEFT JOIN client c ON c.firm_id = :firm AND c.id = p.client_id
    WHERE (:client IS NULL OR p.client_id = :client)
    ORDER BY a.active DESC, p.name, p.email
    """,
    ENTRIES + _PEOPLE,
    PEOPLE,
)

RIGHTS_CHANGED = Query(
    "changes-of-rights",
    1,
    """
    SELECT s.on_day, s.at, s.seq AS entry, replace(s.action, '_', ' ') AS change, p.name, p.email,
        coalesce(s.before ->> 'roles', '') AS before,
        coalesce(s.after ->> 'roles', '') AS after, s.who, s.reason
    FROM said s JOIN person p ON p.firm_id = :firm AND p.id::text = s.about
    WHERE s.action <> 'sign_in' AND s.on_day BETWEEN :from_on AND :to_on
    ORDER BY s.seq
    """,
    ENTRIES + _PEOPLE,
    PEOPLE,
)

SEVERAL_ROLES = Query(
    "several-roles",
    1,
    """
    SELECT p.name, p.email, (SELECT string_agg(replace(one, '_', ' '), ', ' ORDER BY one)
        FROM jsonb_array_elements_text(r.held) one) AS roles
    FROM roles r JOIN access a ON a.about = r.about
    JOIN person p ON p.firm_id = :firm AND p.id::text = r.about
    WHERE a.active AND jsonb_array_length(r.held) > 1 ORDER BY p.name
    """,
    ENTRIES + _PEOPLE,
    PEOPLE,
)

DUTIES = Query(
    "matrix-of-duties",
    1,
    """
    SELECT duty ->> 'record' AS record,
        (SELECT string_agg(replace(one, '_', ' '), ', ')
            FROM jsonb_array_elements_text(duty -> 'prepares') one)
            AS prepares,
        (SELECT string_agg(replace(one, '_', ' '), ', ')
            FROM jsonb_array_elements_text(duty -> 'decides') one)
            AS decides,
        (duty -> 'held_by' ->> 0) || '.' || (duty -> 'held_by' ->> 1) AS held_by
    FROM jsonb_array_elements(:given) duty
    """,
    given=[asdict(duty) for duty in MATRIX],
)

BOTH_DUTIES = Query(
    "both-duties-of-one-record",
    1,
    """
    SELECT 'a draft' AS record, coalesce(i.number_text, v.id::text) AS of_what, p.name AS who, a.at
    FROM approval a
    JOIN invoice_editor e ON e.firm_id = a.firm_id AND e.invoice_id = a.invoice_id
        AND e.person_id IN (a.person_id, a.on_behalf_of)
    JOIN invoice v ON v.firm_id = a.firm_id AND v.id = a.invoice_id
    JOIN person p ON p.firm_id = a.firm_id AND p.id = a.person_id
    LEFT JOIN issued_invoice i ON i.firm_id = a.firm_id AND i.invoice_id = a.invoice_id
        AND i.content_hash = a.content_hash
    WHERE a.firm_id = :firm AND a.decision = 'approved' AND a.at <= :as_of AND e.since <= a.at
    UNION ALL
    SELECT 'a contract', k.number, p.name, k.activated_at FROM contract k
    JOIN contract_preparer r ON r.firm_id = k.firm_id AND r.contract_id = k.id
        AND r.person_id = k.activated_by
    JOIN person p ON p.firm_id = k.firm_id AND p.id = k.activated_by
    WHERE k.firm_id = :firm AND k.activated_at <= :as_of
    UNION ALL
    SELECT 'time', t.external_id, p.name, NULL FROM time_entry t
    JOIN person p ON p.firm_id = t.firm_id AND p.id = t.decided_by
    WHERE t.firm_id = :firm AND t.state = 'approved'
        AND t.decided_by IN (t.entered_by, t.written_up_by, t.classed_by)
    UNION ALL
    SELECT 'a cost', j.description, p.name, NULL FROM job_cost j
    JOIN person p ON p.firm_id = j.firm_id AND p.id = j.decided_by
    WHERE j.firm_id = :firm AND j.state = 'approved' AND j.decided_by IN (j.recorded_by, j.written_up_by)
    UNION ALL
    SELECT 'an expense', e.number::text, p.name, NULL FROM expense e
    JOIN person p ON p.firm_id = e.firm_id AND p.id = e.decided_by
    WHERE e.firm_id = :firm AND e.state = 'approved' AND e.decided_by = e.entered_by
    UNION ALL
    SELECT 'who approves', y.id::text, p.name, y.agreed_at FROM approval_policy y
    JOIN person p ON p.firm_id = y.firm_id AND p.id = y.agreed_by
    WHERE y.firm_id = :firm AND y.agreed_by = y.proposed_by
    """,
)

DELEGATIONS = Query(
    "delegations",
    1,
    """
    SELECT p.name AS of_whom, t.name AS to_whom, d.from_on, d.to_on, d.because, e.name AS entered_by,
        d.entered_at, d.state, coalesce(d.ended_because, '') AS ended_because,
        (SELECT count(*) FROM approval a WHERE a.firm_id = d.firm_id AND a.person_id = d.to_id
            AND a.on_behalf_of = d.person_id AND a.decided_on BETWEEN d.from_on AND d.to_on
            AND a.at <= :as_of) AS approvals
    FROM approval_delegation d
    JOIN person p ON p.firm_id = d.firm_id AND p.id = d.person_id
    JOIN person t ON t.firm_id = d.firm_id AND t.id = d.to_id
    JOIN person e ON e.firm_id = d.firm_id AND e.id = d.entered_by
    WHERE d.firm_id = :firm AND d.from_on <= :to_on AND d.to_on >= :from_on AND d.entered_at <= :as_of
    ORDER BY d.from_on, p.name
    """,
)

REPAIRS = Query(
    "repairs-of-steps",
    1,
    """
    SELECT t.on_day, t.at, t.seq AS entry, replace(t.action, '_', ' ') AS what,
        coalesce(k.number, i.number_text, t.b #>> '{command,subject}', '') AS of_what, t.who, t.doing,
            t.reason
    FROM told t
    LEFT JOIN contract k ON k.firm_id = :firm AND k.id::text = t.b #>> '{command,subject_id}'
    LEFT JOIN issued_invoice i ON i.firm_id = :firm AND i.invoice_id::text = t.b #>> '{command,subject_id}'
    WHERE t.on_day BETWEEN :from_on AND :to_on
    ORDER BY t.seq
    """,
    ENTRIES,
    ("retry_parked", "abandon_parked"),
)

RUNS = Query(
    "runs-of-reports",
    1,
    """
    SELECT t.at, t.seq AS entry, t.b #>> '{after,report}' AS report, t.b #>> '{after,title}' AS title,
        t.b #>> '{after,ran_by}' AS ran_by, t.b #>> '{after,form}' AS form,
        t.b #>> '{after,parameters}' AS parameters, t.b #>> '{after,audit_entry}' AS audit_entry,
        (SELECT sum(CAST(part ->> 'rows' AS numeric)) FROM jsonb_array_elements(t.b #> '{after,parts}') part)
            AS rows
    FROM told t WHERE t.kind = 'report' AND t.on_day BETWEEN :from_on AND :to_on ORDER BY t.seq
    """,
    ENTRIES,
    ("run_report",),
)

CLOSED = Query(
    "contracts-closed",
    1,
    """
    SELECT t.on_day, t.at, t.seq AS entry, replace(t.action, '_', ' ') AS what, k.number AS contract, t.who,
        t.reason
    FROM told t JOIN contract k ON k.firm_id = :firm AND k.id = t.contract_id
    WHERE t.doing = 'done' AND t.kind = 'contract' AND t.on_day BETWEEN :from_on AND :to_on
        AND (:contract IS NULL OR k.id = :contract) AND (:client IS NULL OR k.client_id = :client)
    ORDER BY t.seq
    """,
    ENTRIES,
    ("close_contract", "complete_work"),
)

LATE_CASH = Query(
    "cash-recorded-after-the-period",
    1,
    """
    SELECT CAST(t.b #>> '{command,received_on}' AS date) AS received_on, t.on_day AS recorded_on, t.at,
        t.seq AS entry, c.name AS client, t.b #>> '{command,reference}' AS reference, t.who,
        t.b #>> '{command,currency}' AS currency, CAST(t.b #>> '{command,amount}' AS numeric) AS amount
    FROM told t JOIN client c ON c.firm_id = :firm AND c.id::text = t.b #>> '{command,client_id}'
    WHERE t.doing = 'done' AND t.kind = 'client' AND t.on_day > :to_on
        AND CAST(t.b #>> '{command,received_on}' AS date) BETWEEN :from_on AND :to_on
        AND (:client IS NULL OR c.id = :client)
    ORDER BY t.seq
    """,
    ENTRIES,
    ("receive_payment",),
)


def queries(listed: Sequence[Mapping[str, str]]) -> Query:
    """What reports are made of, as rows."""
    return Query(
        "queries-of-reports",
        1,
        """
        SELECT one ->> 'report' AS report, one ->> 'title' AS title, one ->> 'part' AS part,
            one ->> 'query' AS query, one ->> 'version' AS version, one ->> 'sha256' AS sha256,
            one ->> 'tested_by' AS tested_by, one ->> 'text' AS text
        FROM jsonb_array_elements(:given) WITH ORDINALITY listed (one, place) ORDER BY place
        """,
        given=listed,
    )
