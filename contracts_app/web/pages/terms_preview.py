"""The next three applications under the terms as they are typed, before anybody saves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Connection

from contracts_app.domain.billing.projection import Projected
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.refusals import Refused
from contracts_app.domain.retainage.retainage_law import LawFinding
from contracts_app.services import law_of_contracts
from contracts_app.store import contracts
from contracts_app.store.views.calendar import firm_day
from contracts_app.store.views.projected import next_applications
from contracts_app.web.pages.forms import Form, typed_rate
from contracts_app.web.problems import FieldError, WrongBody

SHARE = "share"
APPLICATIONS = 3
A_TENTH = Decimal("0.10")


@dataclass(frozen=True)
class Preview:
    """The next applications if every line is done by `share` of its value in each period; or why there are
    none to show."""

    share: Decimal
    applications: Sequence[Projected] = ()
    problem: str = ""
    law: Sequence[LawFinding] = ()
    """Where the terms go beyond the law of the place, and which of it wants to be read again."""


def preview(
    connection: Connection, firm_id: UUID, contract_id: UUID, terms: ContractTerms, share: Decimal = A_TENTH
) -> Preview:
    """What the terms do to this contract."""
    lines = contracts.schedule(connection, firm_id, contract_id)
    rates = [line.retainage_rate for line in lines if line.retainage_rate is not None]
    law = law_of_contracts.of_terms(terms, rates, firm_day(connection, firm_id).today)
    try:
        following = next_applications(connection, firm_id, contract_id, terms, share, APPLICATIONS)
    except Refused as refused:
        return Preview(share, problem=refused.sentence, law=law)
    return Preview(share, following, law=law)


def typed_share(form: Form) -> Decimal:
    """How much of every line is assumed to be done in a period. Raises WrongBody."""
    share = Decimal(typed_rate(form, SHARE))
    if not share:
        raise WrongBody(FieldError(SHARE, form.get(SHARE, ""), "a percentage above 0, like 10"))
    return share
