"""I05: per line the retainage ledger says what the latest certificate (or invoice) says, never too much."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.money import smallest_unit
from contracts_app.services.invariants.books import Books, Invariant
from contracts_app.services.invariants.report import Tally

_POSITIONS = """
    WITH latest AS (
        SELECT DISTINCT ON (v.contract_id) v.contract_id, v.id AS invoice_id, i.currency,
            c.invoice_id IS NOT NULL AS is_certified, k.terms -> 'retainage' ->> 'level' AS level
        FROM invoice v
        JOIN issued_invoice i ON i.firm_id = v.firm_id AND i.invoice_id = v.id
        JOIN contract k ON k.firm_id = v.firm_id AND k.id = v.contract_id
        LEFT JOIN certificate c ON c.firm_id = v.firm_id AND c.invoice_id = v.id
        WHERE v.firm_id = :firm ORDER BY v.contract_id, v.application_no DESC, v.revision DESC
    ), moving AS (
        -- Until those after a change are tied again, the ledger has changed already and they have not.
        SELECT DISTINCT contract_id FROM invoice WHERE firm_id = :firm AND state = 'being_revised'
    ), shown AS (
        SELECT t.contract_id, l.sov_line_id, l.withheld, l.released, l.retainage
        FROM latest t JOIN issued_line l ON l.firm_id = :firm AND l.invoice_id = t.invoice_id
        WHERE NOT t.is_certified
        UNION ALL
        SELECT t.contract_id, l.sov_line_id, l.withheld, l.released, l.retainage
        FROM latest t JOIN certificate_line l ON l.firm_id = :firm AND l.invoice_id = t.invoice_id
        WHERE t.is_certified
        UNION ALL
        -- Held before billing moved here, until the first application says it.
        SELECT o.contract_id, o.sov_line_id, o.withheld, 0, o.withheld
        FROM opening_line o JOIN contract k ON k.firm_id = o.firm_id AND k.id = o.contract_id
        WHERE o.firm_id = :firm AND k.state <> 'setting_up'
            AND o.contract_id NOT IN (SELECT contract_id FROM latest)
    ), ledger AS (
        SELECT contract_id, sov_line_id, sum(withheld) AS withheld, sum(released) AS released
        FROM retainage_entry WHERE firm_id = :firm GROUP BY contract_id, sov_line_id
    )
    SELECT contract_id, sov_line_id, t.currency, t.level,
        coalesce(g.withheld, 0) AS withheld, coalesce(g.released, 0) AS released,
        coalesce(s.withheld, 0) AS shown_withheld, coalesce(s.released, 0) AS shown_released,
        coalesce(s.retainage, 0) AS shown
    FROM ledger g FULL JOIN shown s USING (contract_id, sov_line_id) LEFT JOIN latest t USING (contract_id)
    WHERE contract_id NOT IN (SELECT contract_id FROM moving)
"""


def check(books: Books, tally: Tally) -> None:
    """Compare ledger and figures line by line, and the sums of each contract."""
    contracts: dict[UUID, Decimal] = {}
    for row in books.rows(_POSITIONS):
        tally.saw()
        held = row.withheld - row.released
        contracts[row.contract_id] = contracts.get(row.contract_id, Decimal(0)) + held
        if (row.withheld, row.released, held) != (row.shown_withheld, row.shown_released, row.shown):
            tally.broken(
                row.sov_line_id,
                f"the ledger holds {held:f}, column I of the latest certificate says {row.shown:f}",
            )
        # Rounded on the contract and spread over the lines, a share may move by one unit after its release.
        slack = smallest_unit(row.currency) if row.level == "contract" else Decimal(0)
        lowest, highest = sorted((Decimal(0), row.withheld))
        if not lowest - slack <= row.released <= highest + slack:
            tally.broken(row.sov_line_id, f"released are {row.released:f} of {row.withheld:f} withheld")
    _negative(contracts, tally)
    _secured(books, tally)


_SECURED = """
    SELECT s.id, s.reference, s.amount, coalesce(sum(e.released), 0) AS replaced
    FROM retainage_security s
    LEFT JOIN invoice v ON v.firm_id = s.firm_id AND v.contract_id = s.contract_id
        AND v.release_cause ->> 'security' = s.reference
    LEFT JOIN retainage_entry e ON e.firm_id = v.firm_id AND e.invoice_id = v.id
    WHERE s.firm_id = :firm GROUP BY s.id, s.reference, s.amount
"""


def _secured(books: Books, tally: Tally) -> None:
    """A security covers what it replaces."""
    for row in books.rows(_SECURED):
        tally.saw()
        if row.replaced > row.amount:
            tally.broken(row.id, f"{row.reference} of {row.amount:f} replaces {row.replaced:f} of retainage")


def _negative(held: Mapping[UUID, Decimal], tally: Tally) -> None:
    for contract_id, balance in held.items():
        tally.saw()
        if balance < 0:
            tally.broken(contract_id, f"the retainage held on this contract is {balance:f}")


INVARIANT = Invariant(
    "I05",
    "Retainage withheld less released is column I of the latest certificate, and never negative.",
    check,
)
