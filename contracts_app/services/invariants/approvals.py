"""I03: what was issued is what the whole chain approved before, by people who might at that time.

Time that is billed was approved too, by somebody who had neither entered it nor written it up; contracts were
put in force by somebody who had prepared no part of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.approving.chain import Band, chain_of, steps_of
from contracts_app.domain.approving.deciding import Person, fits
from contracts_app.domain.roles import Role
from contracts_app.services.invariants import costs_billed, time_billed
from contracts_app.services.invariants.books import Books, Invariant, Record, Rule, apply
from contracts_app.services.invariants.report import Tally
from contracts_app.services.invariants.trail import Trail, at

_ISSUED = """
    SELECT i.invoice_id, i.number_text, i.content_hash, i.line8, v.contract_id,
        v.content_hash AS invoice_hash, v.prepared_by,
        s.body::jsonb -> 'terms' ->> 'controller_limit' AS controller_limit,
        s.body::jsonb -> 'approval' AS bands
    FROM issued_invoice i
    JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
    JOIN snapshot s ON s.firm_id = i.firm_id AND s.sha256 = i.snapshot_sha256
    WHERE i.firm_id = :firm ORDER BY i.number
"""
_APPROVED = """
    SELECT a.invoice_id, a.step, a.person_id, a.on_behalf_of, a.content_hash, a.decided_on,
        (extract(epoch FROM a.at) * 1000000)::bigint AS stamp,
        EXISTS (SELECT FROM invoice_editor e
            WHERE e.firm_id = a.firm_id AND e.invoice_id = a.invoice_id
              AND e.person_id IN (a.person_id, a.on_behalf_of)) AS edited,
        a.on_behalf_of IS NULL OR EXISTS (SELECT FROM approval_delegation d
            WHERE d.firm_id = a.firm_id AND d.person_id = a.on_behalf_of AND d.to_id = a.person_id
              AND a.decided_on BETWEEN d.from_on AND d.to_on) AS delegated
    FROM approval a WHERE a.firm_id = :firm AND a.decision = 'approved' ORDER BY a.at
"""
_PEOPLE = """
    SELECT p.id, p.email, ARRAY(SELECT r.role FROM person_role r
        WHERE r.firm_id = p.firm_id AND r.person_id = p.id) AS roles
    FROM person p WHERE p.firm_id = :firm ORDER BY p.email
"""
_MANAGERS = "SELECT id, number, project_manager_id FROM contract WHERE firm_id = :firm ORDER BY number"

_ACTIVATED = Rule(
    "SELECT count(*) FROM contract WHERE firm_id = :firm AND activated_by IS NOT NULL",
    """SELECT k.number, 'was put in force by somebody who prepared part of it'
    FROM contract k JOIN contract_preparer p
        ON p.firm_id = k.firm_id AND p.contract_id = k.id AND p.person_id = k.activated_by
    WHERE k.firm_id = :firm""",
)


_SECOND_LOOK = Rule(
    """SELECT count(*) FROM audit_entry
    WHERE firm_id = :firm AND action = 'submit_draft' AND doing = 'done'""",
    """SELECT e.about, 'was handed in by somebody who was being trained'
    FROM audit_entry e JOIN firm f ON f.id = e.firm_id
    JOIN training t ON t.firm_id = e.firm_id AND t.person_id::text = e.body::jsonb ->> 'by'
    CROSS JOIN LATERAL (
        SELECT ((e.body::jsonb ->> 'business_at')::timestamptz AT TIME ZONE f.time_zone)::date AS on_day
    ) submitted
    WHERE e.firm_id = :firm AND e.action = 'submit_draft' AND e.doing = 'done'
        AND on_day BETWEEN t.from_on AND t.to_on AND (t.ended_on IS NULL OR on_day < t.ended_on)
        AND e.at > t.entered_at""",
)


def check(books: Books, tally: Tally) -> None:
    """Look for the approval of each step of each issued invoice; then, who may approve from now on."""
    given: dict[UUID, list[Record]] = defaultdict(list)
    for approval in books.rows(_APPROVED):
        given[approval.invoice_id].append(approval)
    for issued in books.rows(_ISSUED):
        tally.saw()
        # A row's own time is when its transaction began, and that may have waited for the approval's.
        entered = books.trail.issued.get(str(issued.invoice_id), 0)
        for reason in _wrong(books.trail, issued, entered, given[issued.invoice_id]):
            tally.broken(issued.number_text, reason)
    apply(books, tally, (*time_billed.APPROVED, *costs_billed.APPROVED, _ACTIVATED, _SECOND_LOOK))
    _check_who_may(books, tally)


def _check_who_may(books: Books, tally: Tally) -> None:
    """Roles and project managers are those that the trail leads to: nobody was let in behind its back."""
    for person in books.rows(_PEOPLE):
        tally.saw()
        told = books.trail.roles.get(str(person.id), [(0, frozenset[str]())])[-1][1]
        if told != set(person.roles):
            tally.broken(person.email, "the roles are not those that the audit leads to")
    for contract in books.rows(_MANAGERS):
        tally.saw()
        named = books.trail.managers.get(str(contract.id), [(0, None)])[-1][1]
        if named != (str(contract.project_manager_id) if contract.project_manager_id else None):
            tally.broken(contract.number, "the project manager is not the one that the audit leads to")


def _wrong(trail: Trail, issued: Record, entered: int, given: Sequence[Record]) -> Iterator[str]:
    """Who might approve is asked of the time of the approval: roles and project managers change later."""
    if issued.invoice_hash != issued.content_hash:
        yield "the invoice's content is not the content that was issued"
    counting = [one for one in given if one.content_hash == issued.content_hash and one.stamp < entered]
    takers: list[UUID] = []
    bands = None if issued.bands is None else [Band.model_validate(band) for band in issued.bands]
    for step in steps_of(chain_of(issued.line8, Decimal(issued.controller_limit), bands)):
        name = step.name.replace("_", " ")
        approval = next((one for one in counting if one.step == step.name), None)
        if approval is None:
            yield f"the {name} did not approve this content before it was issued"
            continue
        principal = approval.on_behalf_of or approval.person_id
        takers += {approval.person_id, principal}
        if not approval.delegated:
            yield f"the {name}'s approval is in the place of somebody who let nobody approve for him"
        if approval.edited or approval.person_id == issued.prepared_by:
            yield f"the {name}'s approval is by somebody who prepared or edited it"
        held = at(trail.roles.get(str(principal), ()), approval.stamp) or ()
        manager = at(trail.managers.get(str(issued.contract_id), ()), approval.stamp)
        taker = Person(id=principal, name="", roles=frozenset(map(Role, held)))
        if not any(fits(one, taker, principal) for one in step.approvers):
            yield f"the {name}'s approval is by somebody who did not hold that role"
        elif not any(fits(one, taker, UUID(manager) if manager else None) for one in step.approvers):
            yield "the approval is not by the contract's project manager"
    if len(set(takers)) < len(takers):
        yield "one person took two steps of the chain"


INVARIANT = Invariant(
    "I03",
    "Exactly what was issued was approved before, step by step, by people who may and did not prepare it; "
    "so was the time billed.",
    check,
)
