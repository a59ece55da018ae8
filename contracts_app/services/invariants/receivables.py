"""I06: what clients owe is what was invoiced or certified, less reductions, cash and deposits; all adds up.

Control accounts and journals come with the general ledger; until then this is the subledger by itself.
"""

from __future__ import annotations

from contracts_app.services.invariants import credited
from contracts_app.services.invariants.books import Books, Invariant, Rule, apply
from contracts_app.services.invariants.report import Tally

_OWED = """
    WITH owed AS (
        SELECT i.invoice_id, i.number_text, i.line8, i.deposit_applied, c.line8 AS certified,
            coalesce(di.currency, i.currency) AS currency,
            coalesce(di.due, i.line8 + coalesce(t.tax - t.discount, 0)) AS due,
            coalesce(dc.due, c.line8 + coalesce(u.tax - u.discount, 0)) AS certified_due,
            v.state, v.contract_id, k.client_id,
            CASE v.kind WHEN 'advance' THEN 'submission'
                ELSE coalesce(k.terms ->> 'receivable_arises', 'certification') END AS arises
        FROM issued_invoice i
        JOIN invoice v ON v.firm_id = i.firm_id AND v.id = i.invoice_id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        LEFT JOIN certificate c ON c.firm_id = i.firm_id AND c.invoice_id = i.invoice_id
        LEFT JOIN document_tax t ON t.firm_id = i.firm_id AND t.invoice_id = i.invoice_id
            AND t.stage = 'issued'
        LEFT JOIN document_tax u ON u.firm_id = i.firm_id AND u.invoice_id = i.invoice_id
            AND u.stage = 'certified'
        LEFT JOIN document_invoiced di ON di.firm_id = i.firm_id AND di.invoice_id = i.invoice_id
            AND di.stage = 'issued'
        LEFT JOIN document_invoiced dc ON dc.firm_id = i.firm_id AND dc.invoice_id = i.invoice_id
            AND dc.stage = 'certified'
        WHERE i.firm_id = :firm
    ), posted AS (
        SELECT receivable_id, sum(amount) AS open,
            coalesce(sum(amount) FILTER (WHERE cause = 'arises'), 0) AS arose,
            coalesce(sum(amount) FILTER (WHERE cause = 'certificate'), 0) AS reduced,
            coalesce(-sum(amount) FILTER (WHERE cause = 'deposit'), 0) AS deposit,
            count(*) FILTER (WHERE cause = 'arises') AS times
        FROM receivable_entry WHERE firm_id = :firm GROUP BY receivable_id
    ), account AS (
        SELECT o.*, r.id, r.client_id AS debtor, r.contract_id AS of_contract, r.currency AS in_currency,
            p.open, coalesce(h.held, 0) AS held,
            coalesce(p.arose, 0) AS arose, coalesce(p.reduced, 0) AS reduced, p.times,
            coalesce(p.deposit, 0) AS deposit,
            CASE o.arises WHEN 'submission' THEN o.deposit_applied
                ELSE least(o.deposit_applied, greatest(0, coalesce(o.certified, 0))) END AS should_draw,
            greatest(0, CASE o.arises WHEN 'submission' THEN o.due ELSE coalesce(o.certified_due, 0) END)
                AS should_arise,
            CASE WHEN o.arises = 'submission' AND o.due > 0 AND o.certified IS NOT NULL
                THEN greatest(0, o.certified_due) - o.due ELSE 0 END AS should_reduce
        FROM owed o
        LEFT JOIN receivable r ON r.firm_id = :firm AND r.invoice_id = o.invoice_id
        LEFT JOIN posted p ON p.receivable_id = r.id
        LEFT JOIN (
            SELECT invoice_id, sum(amount) AS held FROM withhold_entry WHERE firm_id = :firm
            GROUP BY invoice_id
        ) h ON h.invoice_id = o.invoice_id
    )
"""
_RULES = (
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm",
        """SELECT number_text, 'arose with ' || arose || ', reduced by ' || -reduced || '; it should be '
            || should_arise || ' and ' || -should_reduce
        FROM account WHERE arose <> should_arise OR reduced <> should_reduce OR times > 1""",
        _OWED,
    ),
    Rule(
        "SELECT count(*) FROM receivable WHERE firm_id = :firm",
        """SELECT number_text, 'the receivable names another client, contract or currency'
        FROM account WHERE id IS NOT NULL
            AND (debtor, of_contract, in_currency) IS DISTINCT FROM (client_id, contract_id, currency)""",
        _OWED,
    ),
    Rule(
        """SELECT count(*) FROM invoice
        WHERE firm_id = :firm AND state IN ('issued', 'certified', 'paid', 'withheld')""",
        """SELECT number_text, 'is ' || state || ', and ' || coalesce(open, 0) || ' is open'
        FROM account
        WHERE (state IN ('paid', 'withheld', 'superseded') AND coalesce(open, 0) > 0)
            OR (state IN ('issued', 'certified') AND coalesce(open, 0) <= 0 AND held <= 0)
            OR (state NOT IN ('issued', 'certified') AND held > 0)""",
        _OWED,
    ),
    Rule(
        "SELECT count(*) FROM payment WHERE firm_id = :firm",
        """SELECT p.id, 'of ' || p.amount || ' received, ' || (p.amount - p.unapplied)
            || ' was applied at once and ' || coalesce(l.applied, 0) || ' later, and '
            || coalesce(e.applied, 0) || ' is posted'
        FROM payment p LEFT JOIN (
            SELECT payment_id, -sum(amount) AS applied, max(amount) AS largest FROM (
                SELECT payment_id, amount FROM receivable_entry WHERE firm_id = :firm AND cause = 'cash'
                UNION ALL SELECT payment_id, amount FROM brought_forward_cash WHERE firm_id = :firm
            ) cash GROUP BY payment_id
        ) e ON e.payment_id = p.id
        LEFT JOIN (
            SELECT (outcome -> 'result' ->> 'payment_id')::uuid AS payment_id,
                sum((outcome -> 'result' ->> 'applied')::numeric) AS applied FROM effect
            WHERE firm_id = :firm AND command = 'apply_cash' AND outcome ->> 'done' = 'true' GROUP BY 1
        ) l ON l.payment_id = p.id
        WHERE p.firm_id = :firm AND (e.largest >= 0
            OR p.amount - p.unapplied + coalesce(l.applied, 0) <> coalesce(e.applied, 0))""",
    ),
    Rule(
        "SELECT count(*) FROM payment WHERE firm_id = :firm",
        """SELECT id, 'of ' || amount || ' received, ' || left_of_it || ' is unapplied'
        FROM (
            SELECT p.id, p.amount, p.amount + coalesce(e.amount, 0) AS left_of_it
            FROM payment p LEFT JOIN (
                SELECT payment_id, sum(amount) AS amount FROM (
                    SELECT payment_id, amount FROM receivable_entry WHERE firm_id = :firm
                    UNION ALL
                    SELECT payment_id, amount FROM brought_forward_cash WHERE firm_id = :firm
                ) every GROUP BY payment_id
            ) e ON e.payment_id = p.id
            WHERE p.firm_id = :firm
        ) p
        WHERE left_of_it NOT BETWEEN 0 AND amount""",
    ),
    Rule(
        "SELECT count(*) FROM receivable WHERE firm_id = :firm",
        """SELECT number_text, 'more was applied than was owed: ' || open || ' is open'
        FROM account WHERE open < 0""",
        _OWED,
    ),
    Rule(
        "SELECT count(*) FROM receivable_entry WHERE firm_id = :firm AND payment_id IS NOT NULL",
        """SELECT e.id, 'cash of one client, or to one legal entity, is applied to another''s invoice'
        FROM receivable_entry e
        JOIN payment p ON p.firm_id = e.firm_id AND p.id = e.payment_id
        JOIN receivable r ON r.firm_id = e.firm_id AND r.id = e.receivable_id
        JOIN issued_invoice i ON i.firm_id = r.firm_id AND i.invoice_id = r.invoice_id
        WHERE e.firm_id = :firm
            AND (p.client_id, p.legal_entity_id, p.currency)
                <> (r.client_id, i.legal_entity_id, r.currency)""",
    ),
    Rule(
        "SELECT count(*) FROM brought_forward WHERE firm_id = :firm",
        """SELECT b.number, 'brought forward: more was applied than was open, or another''s cash'
        FROM brought_forward b
        JOIN brought_forward_cash c ON c.firm_id = b.firm_id AND c.brought_forward_id = b.id
        JOIN payment p ON p.firm_id = c.firm_id AND p.id = c.payment_id
        WHERE b.firm_id = :firm GROUP BY b.id, b.number, b.amount
        HAVING b.amount + sum(c.amount) < 0 OR bool_or(
            (p.client_id, p.legal_entity_id, p.currency) <> (b.client_id, b.legal_entity_id, b.currency))
        UNION ALL
        SELECT b.number, 'is brought forward with ' || b.amount || ', and its row says '
            || (r.content ->> b.part)
        FROM brought_forward b JOIN imported_of_firm r ON r.firm_id = b.firm_id
            AND r.kind = 'open_receivables' AND r.external_id = b.external_id
        WHERE b.firm_id = :firm AND (r.content ->> b.part)::numeric <> b.amount""",
    ),
    Rule(
        "SELECT count(*) FROM issued_invoice WHERE firm_id = :firm AND deposit_applied > 0",
        """SELECT a.number_text, 'a deposit of ' || a.should_draw || ' pays it; ' || coalesce(-d.amount, 0)
            || ' was drawn and ' || a.deposit || ' credited'
        FROM account a LEFT JOIN deposit_entry d
            ON d.firm_id = :firm AND d.invoice_id = a.invoice_id AND d.cause = 'drawn'
        WHERE (a.should_draw, a.should_draw) <> (coalesce(-d.amount, 0), a.deposit)
            OR d.contract_id <> a.contract_id""",
        _OWED,
    ),
    Rule(
        "SELECT count(*) FROM withhold_entry WHERE firm_id = :firm",
        """SELECT invoice_id, 'more is returned or given up for ' || reason || ' ' || reference
            || ' than was withheld: ' || sum(amount)
        FROM withhold_entry WHERE firm_id = :firm GROUP BY invoice_id, reason, reference
        HAVING sum(amount) < 0
        UNION ALL
        SELECT w.invoice_id, w.kind || ' of ' || w.amount || ', and its receivable has '
            || coalesce(e.amount::text, 'nothing')
        FROM withhold_entry w
        LEFT JOIN receivable_entry e ON e.firm_id = w.firm_id AND e.id = w.receivable_entry_id
        LEFT JOIN receivable r ON r.firm_id = e.firm_id AND r.id = e.receivable_id
        WHERE w.firm_id = :firm AND w.kind <> 'conceded'
            AND (e.amount, e.cause, r.invoice_id) IS DISTINCT FROM (-w.amount,
                CASE w.kind WHEN 'withheld' THEN 'kept_back' ELSE w.kind END, w.invoice_id)
        UNION ALL
        SELECT e.id, 'is ' || e.cause || ' on a receivable, and no withhold says so'
        FROM receivable_entry e LEFT JOIN withhold_entry w
            ON w.firm_id = e.firm_id AND w.receivable_entry_id = e.id
        WHERE e.firm_id = :firm AND e.cause IN ('kept_back', 'returned') AND w.id IS NULL""",
    ),
    Rule(
        "SELECT count(DISTINCT contract_id) FROM deposit_entry WHERE firm_id = :firm",
        """SELECT contract_id, 'more of the deposit was drawn or given back than was received: '
            || sum(amount)
        FROM deposit_entry WHERE firm_id = :firm GROUP BY contract_id HAVING sum(amount) < 0
        UNION ALL
        SELECT d.contract_id, 'this contract is closed, and ' || sum(d.amount) || ' of its deposit is left'
        FROM deposit_entry d JOIN contract k ON k.firm_id = d.firm_id AND k.id = d.contract_id
        WHERE d.firm_id = :firm AND k.state = 'closed' GROUP BY d.contract_id HAVING sum(d.amount) > 0""",
    ),
    Rule(
        "SELECT count(*) FROM receivable_entry WHERE firm_id = :firm AND cause IN ('withheld', 'discount')",
        """SELECT coalesce(e.id, s.receivable_entry_id), 'is posted with ' || coalesce(e.amount, 0)
            || ' as ' || coalesce(e.cause, 'nothing') || ', and told as ' || coalesce(s.amount, 0)
            || ' ' || coalesce(s.kind, 'nothing')
        FROM (SELECT * FROM receivable_entry WHERE firm_id = :firm AND cause IN ('withheld', 'discount')) e
        FULL JOIN (SELECT * FROM settlement WHERE firm_id = :firm) s ON s.receivable_entry_id = e.id
        LEFT JOIN receivable r ON r.firm_id = e.firm_id AND r.id = e.receivable_id
        WHERE (e.cause, -e.amount, r.client_id) IS DISTINCT FROM (s.kind, s.amount, s.client_id)""",
    ),
    Rule(
        "SELECT count(*) FROM receivable_entry WHERE firm_id = :firm AND cause = 'certificate'",
        """SELECT e.id, 'a reduction cites the certificate of another invoice'
        FROM receivable_entry e JOIN receivable r ON r.firm_id = e.firm_id AND r.id = e.receivable_id
        WHERE e.firm_id = :firm AND e.certificate_invoice_id <> r.invoice_id""",
    ),
)


def check(books: Books, tally: Tally) -> None:
    """Try the rules of the subledger."""
    apply(books, tally, (*_RULES, *credited.RULES))


INVARIANT = Invariant(
    "I06",
    "What is open on an invoice is what arose, less what the certificate reduced, less cash, deposit, tax "
    "withheld and discounts; "
    "each payment is what is applied and what is not; no deposit falls below zero, and none is left when its "
    "contract closes.",
    check,
)
