"""What contracts that are being set up still need: the same answer for pages, processes and the API."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing.opening import Opening
from contracts_app.domain.checking import set_up
from contracts_app.domain.checking.set_up import Check
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.money import in_words_of_a_page
from contracts_app.services import law_of_contracts
from contracts_app.store import agreements, contracts, openings, project_names


def checks(
    connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms, today: date
) -> Sequence[Check]:
    """What is in order and what is missing, the law of the place last."""
    lines = contracts.schedule(connection, firm_id, contract_id)
    opened = openings.of_contract(connection, firm_id, contract_id)
    own_rates = [line.retainage_rate for line in lines if line.retainage_rate is not None]
    return (
        *set_up.checks(
            terms,
            lines,
            contracts.milestones(connection, firm_id, contract_id),
            agreements.rate_cards(connection, firm_id, [contract_id]).get(contract_id, ()),
            sorted(project_names.projects(connection, firm_id, contract_id)),
        ),
        *((_started(opened, terms.currency),) if opened else ()),
        *(
            Check(code=found.code, met=False, sentence=found.sentence, about="terms", blocks=found.blocks)
            for found in law_of_contracts.of_terms(terms, own_rates, today)
        ),
    )


def _started(opened: Opening, currency: str) -> Check:
    """Whoever puts the contract in force sees from where its first application starts."""
    billed, held, line6 = (
        in_words_of_a_page(amount, currency) for amount in (opened.line4, opened.held, opened.line6)
    )
    return Check(
        code="opening",
        met=True,
        sentence=f"Application {opened.application_no} as of {opened.period_to} was the last one elsewhere: "
        f"{billed} completed and stored, {held} of retainage held. The first one here is "
        f"{opened.application_no + 1}, with {line6} as line 7.",
        about="schedule",
    )


def missing(
    connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms, today: date
) -> str:
    """What keeps the contract from being put in force, as sentences; empty where nothing does."""
    return " ".join(
        one.sentence for one in checks(connection, firm_id, contract_id, terms, today) if one.missing
    )
