"""I02: the numbers of a series run from 1 to its last number, without gap, in the order of their dates."""

from __future__ import annotations

from contracts_app.services.invariants import groups
from contracts_app.services.invariants.books import Books, Invariant, Rule, apply
from contracts_app.services.invariants.report import Tally

_COUNT = """
    SELECT (SELECT count(*) FROM issued_invoice WHERE firm_id = :firm AND group_invoice_id IS NULL)
        + (SELECT count(*) FROM group_invoice WHERE firm_id = :firm)
        + (SELECT count(*) FROM credit_note WHERE firm_id = :firm)
"""
_PAPERS = """
    WITH paper AS (  -- what has a number: invoices of one contract, of several (once), credit notes
        SELECT firm_id, legal_entity_id, series, number, number_text, issued_on
        FROM issued_invoice WHERE firm_id = :firm AND group_invoice_id IS NULL
        UNION ALL
        SELECT firm_id, legal_entity_id, series, number, number_text, issued_on
        FROM group_invoice WHERE firm_id = :firm
        UNION ALL
        SELECT firm_id, legal_entity_id, series, number, number_text, issued_on
        FROM credit_note WHERE firm_id = :firm
    )
"""
_RULES = (
    Rule(
        _COUNT,
        """, numbered AS (
            SELECT number, number_text, issued_on, legal_entity_id, series,
                lag(number, 1, 0) OVER run AS number_before, lag(issued_on) OVER run AS issued_before
            FROM paper
            WINDOW run AS (PARTITION BY legal_entity_id, series ORDER BY number)
        )
        SELECT number_text, CASE
            WHEN number = number_before THEN 'the number is there twice'
            WHEN number <> number_before + 1 THEN
                'follows number ' || number_before || ': there is a gap before it'
            ELSE 'is dated ' || issued_on || ', the number before it ' || issued_before END
        FROM numbered
        WHERE number <> number_before + 1 OR issued_on < issued_before
        ORDER BY legal_entity_id, series, number""",
        _PAPERS,
    ),
    Rule(
        "SELECT count(*) FROM number_series WHERE firm_id = :firm",
        """, used AS (
            SELECT legal_entity_id, series, max(number) AS last_number, max(issued_on) AS last_date
            FROM paper GROUP BY legal_entity_id, series
        ), kept AS (
            SELECT legal_entity_id, series, last_number, last_date FROM number_series WHERE firm_id = :firm
        )
        SELECT series || ' of ' || legal_entity_id, 'the series says last number '
            || coalesce(k.last_number::text, 'none') || ' of ' || coalesce(k.last_date::text, 'no day')
            || ', the papers say ' || coalesce(u.last_number::text, 'none') || ' of '
            || coalesce(u.last_date::text, 'no day')
        FROM kept k FULL JOIN used u USING (legal_entity_id, series)
        WHERE k.last_number IS DISTINCT FROM coalesce(u.last_number, 0)
           OR k.last_date IS DISTINCT FROM u.last_date""",
        _PAPERS,
    ),
    Rule(
        _COUNT,
        """SELECT i.number_text, 'is not written as number ' || i.number || ' of its series'
        FROM paper i JOIN number_series s USING (firm_id, legal_entity_id, series)
        WHERE i.number_text <> s.prefix
            || lpad(i.number::text, greatest(s.width, length(i.number::text)), '0')""",
        _PAPERS,
    ),
)


def check(books: Books, tally: Tally) -> None:
    """Try the rules of the series, and those of invoices that share a number."""
    apply(books, tally, (*_RULES, *groups.NUMBERED))


INVARIANT = Invariant(
    "I02",
    "Numbers of invoices, and of credit notes, run from 1 to the last of their series, without gap, in the "
    "order of their dates.",
    check,
)
