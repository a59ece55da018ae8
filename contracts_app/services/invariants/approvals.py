"""I03: what was issued is what the whole chain approved before, by people who might at that time.

Time that is billed was approved too, by somebody who had neither entered it nor written it up; contracts were
put in force by somebody who had prepared no part of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.approvals import Step, chain
from contracts_app.services.invariants import costs_billed, time_billed
from contracts_app.services.invariants.books import Books, Invariant, Record, Rule, apply
from contracts_app.services.invariants.report import Tally
from contracts_app.services.invariants.trail import Trail, at

_ISSUED = """
    SELECT i.invoice_id, i.number_text, i.content_hash, i.line8, v.contract_id,
        v.content_hash AS invoice_hash, v.prepared_by,
        s.body::jsonb -> 'terms' ->> 'controller_limit' AS controller_limit
    FROM issued_invoice i
    JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
    JOIN snapshot s ON s.firm_id = i.firm_id AND s.sha256 = i.snapshot_sha256
    WHERE i.firm_id = :firm ORDER BY i.number
"""
_APPROVED = """
    SELECT a.invoice_id, a.step, a.person_id, a.content_hash,
        (extract(epoch FROM a.at) * 1000000)::bigint AS stamp,
        EXISTS (SELECT FROM invoice_editor e
            WHERE e.firm_id = a.firm_id AND e.invoice_id = a.invoice_id
              AND e.person_id = a.person_id) AS edited
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
    apply(books, tally, (*time_billed.APPROVED, *costs_billed.APPROVED, _ACTIVATED))
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
    takers = []
    for step in chain(issued.line8, Decimal(issued.controller_limit)):
        name = step.value.replace("_", " ")
        approval = next((one for one in counting if one.step == step), None)
        if approval is None:
            yield f"the {name} did not approve this content before it was issued"
            continue
        takers.append(approval.person_id)
        if approval.edited or approval.person_id == issued.prepared_by:
            yield f"the {name}'s approval is by somebody who prepared or edited it"
        if step not in (at(trail.roles.get(str(approval.person_id), ()), approval.stamp) or ()):
            yield f"the {name}'s approval is by somebody who did not hold that role"
        manager = at(trail.managers.get(str(issued.contract_id), ()), approval.stamp)
        if step is Step.project_manager and str(approval.person_id) != manager:
            yield "the approval is not by the contract's project manager"
    if len(set(takers)) < len(takers):
        yield "one person took two steps of the chain"


INVARIANT = Invariant(
    "I03",
    "Exactly what was issued was approved before, step by step, by people who may and did not prepare it; "
    "so was the time billed.",
    check,
)
