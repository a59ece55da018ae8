"""Master data changes by two persons once it is in use: bank details, tax, rates (docs/SPEC-approvals.md)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from contracts_app.domain.commands.administration import SetPaymentInstructions
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.commands.master_data_commands import WithdrawMasterChange
from contracts_app.domain.commands.tax_commands import AddTaxRate
from contracts_app.domain.contract import ReceivableArises
from contracts_app.domain.roles import Role
from contracts_app.domain.tax.tax import TaxCategory
from contracts_app.services import tax_rates
from contracts_app.settings import Settings
from contracts_app.store import legal_entities, master_changes, taxes
from contracts_app.store.transaction import Origin, firm_transaction, own_step, reading
from contracts_app.store.views.history import history
from tests.services.second_person import agreed, by_person, change_of, known_second, second_controller
from tests.services.small_firm import SmallFirm, found

FIRST, SECOND = "Small Bank, account ending 0001", "Other Small Bank, account ending 0002"
MARCH = date(2024, 3, 31)
AGREE_ALONE = """
UPDATE master_change SET state = 'agreed', agreed_by = proposed_by, agreed_at = clock_timestamp(),
    agreed_on = '2024-04-02', version = version + 1
"""
LESS_RETAINAGE = """
UPDATE contract SET terms = jsonb_set(terms, '{retainage,rate_completed}', '"0"'), version = version + 1
"""
INSERT_RATE = """
INSERT INTO rate_card_row (firm_id, id, contract_id, rate, effective_from)
    SELECT firm_id, gen_random_uuid(), id, 500, '2024-05-01' FROM contract
"""


@pytest.fixture(scope="module")
def small(settings: Settings, smtp: object) -> Iterator[SmallFirm]:
    firm = found(settings, "Two Persons Mechanical")
    firm.open_contract("A", ReceivableArises.submission)
    assert _say(firm, Role.controller, FIRST).code == "done", "a firm sets itself up without a second person"
    firm.go_to(date(2024, 4, 2))
    firm.issue(firm.prepare("A", MARCH, {"2": "20000.00"}), "A1")
    second_controller(firm)
    yield firm
    firm.engine.dispose()


def _say(small: SmallFirm, role: Role, words: str) -> Outcome:
    body = SetPaymentInstructions(legal_entity_id=small.entity_id, payment_instructions=words)
    return by_person(small, small.people[role], body)


def test_once_invoices_are_out_nobody_alone_says_where_to_pay(small: SmallFirm) -> None:
    """Neither by the commands nor with the application's own access to the database."""
    second = known_second(small)
    assert _say(small, Role.controller, FIRST).code == "nothing_to_change"
    waits = _say(small, Role.controller, SECOND)
    assert _say(small, Role.administrator, "Small Bank, another account").code == "change_waits"
    own = agreed(small, small.people[Role.controller], waits)
    assert (own.done, own.status) == (False, 403)
    for role in (Role.administrator, Role.coordinator, Role.auditor, Role.client):
        assert agreed(small, small.people[role], waits).status == 403, role
    for attack in (
        "UPDATE legal_entity SET payment_instructions = 'Pay the forger', version = version + 1",
        "UPDATE legal_entity SET tax_id = 'Another', version = version + 1",
        AGREE_ALONE,
        "UPDATE master_change SET body = '{}'",
        LESS_RETAINAGE,
        INSERT_RATE,
        "UPDATE number_series SET prefix = 'XX-'",
    ):
        with (
            pytest.raises(
                DBAPIError,
                match=r"second person|four_eyes|as it was proposed|as it was set|as they were activated",
            ),
            firm_transaction(small.engine, small.id) as connection,
        ):
            connection.execute(text(attack))
    assert _where_to_pay(small) == FIRST
    done = agreed(small, second, waits)
    assert done.done, done.sentence
    assert _where_to_pay(small) == SECOND
    assert agreed(small, second, waits).code == "not_in_this_state"
    with reading(small.engine, small.id) as connection:
        entries = history(connection, small.id, [small.entity_id])
        (shown, *_) = master_changes.every(connection, small.id)
    assert entries[0].by == "Second Controller (as Small Controller proposed)"
    assert (shown.state, shown.proposed_by, shown.agreed_by) == (
        "agreed",
        "Small Controller",
        "Second Controller",
    )
    withdrawn = _say(small, Role.controller, FIRST)
    body = WithdrawMasterChange(change_id=change_of(withdrawn), reason="The bank says no")
    assert by_person(small, small.people[Role.administrator], body).done
    assert agreed(small, second, withdrawn).code == "not_in_this_state"
    assert _where_to_pay(small) == SECOND
    report = small.checked(online=True)
    assert report.ok, report.sentences()


def _where_to_pay(small: SmallFirm) -> str:
    with reading(small.engine, small.id) as connection:
        return str(legal_entities.get(connection, small.id, small.entity_id)["payment_instructions"])


def test_a_rate_of_tax_waits_and_is_refused_where_another_was_entered_meanwhile(small: SmallFirm) -> None:
    """7.25 % from May is proposed; meanwhile 7.5 % from April came to hold: not what was shown."""
    may = AddTaxRate(
        jurisdiction="US-CA",
        tax="Sales tax",
        category=TaxCategory.standard,
        rate=Decimal("0.0725"),
        effective_from=date(2024, 5, 1),
        source="Notice of the state",
        as_of=date(2024, 4, 1),
    )
    by, second = small.people[Role.controller], known_second(small)
    waits = by_person(small, by, may)
    with reading(small.engine, small.id) as connection:
        (shown, *_) = master_changes.every(connection, small.id)
    assert shown.title == "A rate of tax"
    assert shown.change.of == "US-CA Sales tax standard"
    assert shown.effective_from == date(2024, 5, 1)
    (field,) = shown.change.fields
    assert (field.before, field.after) == ("", "7.25 % from 2024-05-01, by Notice of the state")
    assert by_person(small, by, may).code == "change_waits"
    april = may.model_copy(update={"rate": Decimal("0.075"), "effective_from": date(2024, 4, 1)})
    with own_step(small.engine, small.id, "before", Origin(), by=by) as tx:
        assert tax_rates.add_tax_rate(tx, april).done
    refused = agreed(small, second, waits)
    assert refused.code == "changed_since_proposed"
    assert "Rate was “nothing”, is now “7.5 % from 2024-04-01”" in refused.sentence
    with reading(small.engine, small.id) as connection:
        (one,) = taxes.own_rates(connection, small.id)
    assert one.row.rate == Decimal("0.075")
