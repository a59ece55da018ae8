"""I11: one effect per key, and one of everything that there may be once."""

from __future__ import annotations

from contracts_app.services.invariants import costs_billed, purchases_posted, time_billed
from contracts_app.services.invariants.books import Books, Invariant, Rule, apply
from contracts_app.services.invariants.report import Tally

_EFFECTS = "SELECT key, command FROM effect WHERE firm_id = :firm"
_RULES = (
    Rule(
        "SELECT count(*) FROM invoice WHERE firm_id = :firm",
        """SELECT contract_id, 'application ' || application_no || ' is there ' || count(*) || ' times'
        FROM invoice WHERE firm_id = :firm AND state NOT IN ('withdrawn', 'superseded', 'being_revised')
        GROUP BY contract_id, application_no HAVING count(*) > 1
        UNION ALL
        SELECT contract_id, count(*) || ' drafts are in hand' FROM invoice
        WHERE firm_id = :firm AND state IN ('draft', 'in_review', 'approved')
        GROUP BY contract_id, revision > 0 HAVING count(*) > 1
        UNION ALL
        SELECT v.contract_id, count(*) || ' applications wait for their certificate' FROM invoice v
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        WHERE v.firm_id = :firm AND v.state IN ('submitted', 'being_revised')
        GROUP BY v.contract_id, k.terms
        HAVING count(*) > coalesce((k.terms -> 'submission' ->> 'uncertified')::integer, 1)""",
    ),
    Rule(
        "SELECT count(*) FROM receivable WHERE firm_id = :firm",
        """SELECT invoice_id, count(*) || ' receivables of one invoice' FROM receivable
        WHERE firm_id = :firm GROUP BY invoice_id HAVING count(*) > 1""",
    ),
    Rule(
        "SELECT count(*) FROM approval WHERE firm_id = :firm",
        """SELECT invoice_id, count(*) || ' approvals of one step of one content' FROM approval
        WHERE firm_id = :firm AND decision = 'approved'
        GROUP BY invoice_id, step, content_hash HAVING count(*) > 1""",
    ),
    Rule(
        "SELECT count(*) FROM cost_entry WHERE firm_id = :firm",
        """SELECT external_id, kind || ' came in ' || count(*) || ' times' FROM cost_entry
        WHERE firm_id = :firm GROUP BY contract_id, kind, external_id HAVING count(*) > 1
        UNION ALL
        SELECT external_id, 'is cost and backup of a fixed-sum line, and is priced' FROM cost_entry
        WHERE firm_id = :firm AND priced""",
    ),
    Rule(
        "SELECT count(*) FROM imported_row WHERE firm_id = :firm",
        """SELECT external_id, kind || ' was posted ' || count(*) || ' times' FROM imported_row
        WHERE firm_id = :firm GROUP BY contract_id, kind, external_id HAVING count(*) > 1""",
    ),
    Rule(
        "SELECT count(*) FROM document WHERE firm_id = :firm",
        """SELECT min(file_name), count(*) || ' documents of kind ' || kind || ' about one thing'
        FROM document
        WHERE firm_id = :firm AND kind <> 'pencil_copy'
        GROUP BY kind, coalesce(invoice_id, payment_id, reminder_id) HAVING count(*) > 1""",
    ),
    Rule(
        "SELECT count(*) FROM payment WHERE firm_id = :firm",
        """SELECT min(id::text), 'the payment ' || reference || ' is recorded ' || count(*) || ' times'
        FROM payment
        WHERE firm_id = :firm GROUP BY client_id, reference HAVING count(*) > 1""",
    ),
)


def check(books: Books, tally: Tally) -> None:
    """Try the rules; then look for a command that worked twice, or that the effects do not know."""
    apply(books, tally, (*_RULES, *time_billed.ONCE, *costs_billed.ONCE, *purchases_posted.ONCE))
    uses = {key: use for key, use in books.trail.keys.items() if use.command is not None}
    seen: set[str] = set()
    for key, command in books.rows(_EFFECTS):
        tally.saw()
        if key in seen:
            tally.broken(key, "has two effects")
        seen.add(key)
        use = uses.pop(key, None)
        # The entries of one transaction stand together, since the chain's head is locked until it commits.
        if use is not None and use.changes and use.last - use.first + 1 != use.changes:
            tally.broken(key, f"{command} worked at two times, in entries {use.first} to {use.last}")
        if use is not None and use.command != command:
            tally.broken(key, f"the effect is of {command}, the audit tells of {use.command}")
    for key, use in uses.items():
        tally.broken(key, f"the audit tells of {use.command}, and no effect keeps its answer")


INVARIANT = Invariant(
    "I11",
    "One effect per key, invoice per application, receivable, approval per step; no cost twice or priced, no "
    "time on two invoices.",
    check,
)
