"""Tax as it is stored: a firm's own rates, what a draft's tax is captured from, what was issued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, select, update
from sqlalchemy.engine import RowMapping

from contracts_app.domain import business_time
from contracts_app.domain.billing.pay_application import PreviousCertificate
from contracts_app.domain.billing.retainage_shown import RetainageShown
from contracts_app.domain.billing.schedule_of_values import SovLine
from contracts_app.domain.billing.taxed import DocumentTax
from contracts_app.domain.contract import ContractTerms
from contracts_app.domain.law import Verified
from contracts_app.domain.money import ZERO, less
from contracts_app.domain.retainage.retainage_tax import TaxRegime
from contracts_app.domain.tax.contract_tax import LONGEST_NUMBER, DraftTax, RetainedBefore, TaxLaw
from contracts_app.domain.tax.own_rates import with_own
from contracts_app.domain.tax.reverse_charge import CustomerTax, ReverseChargeRule
from contracts_app.domain.tax.tax import TaxGroup, TaxRate
from contracts_app.domain.tax.tax_point import TaxRule
from contracts_app.domain.transitions import NOT_OUT
from contracts_app.law import table
from contracts_app.store.tables import client, contract, firm, invoice, legal_entity
from contracts_app.store.tax_tables import document_tax, document_tax_group, tax_rate

ISSUED, CERTIFIED = "issued", "certified"


@dataclass(frozen=True)
class OwnRate:
    """A rate that the firm keeps itself, with its id."""

    id: UUID
    row: TaxRate


def law_rates() -> tuple[TaxRate, ...]:
    """The rates of the tables of law."""
    return table("tax_rates", TaxRate)


def own_rates(connection: Connection, firm_id: UUID) -> Sequence[OwnRate]:
    """The firm's own rates that are not withdrawn, by place and first day."""
    rows = connection.execute(
        select(tax_rate)
        .where(tax_rate.c.firm_id == firm_id, tax_rate.c.withdrawn_because.is_(None))
        .order_by(
            tax_rate.c.jurisdiction,
            tax_rate.c.tax,
            tax_rate.c.category,
            tax_rate.c.applies_to,
            tax_rate.c.effective_from,
        )
    ).mappings()
    return [OwnRate(row["id"], _rate(row)) for row in rows]


def _rate(row: RowMapping) -> TaxRate:
    names = set(TaxRate.model_fields) - {"verified"}
    return TaxRate.model_validate({**{name: row[name] for name in names}, "verified": Verified.source})


def law(connection: Connection, firm_id: UUID) -> TaxLaw:
    """The tables of law with the firm's own rates."""
    return TaxLaw(
        rates=with_own(law_rates(), [one.row for one in own_rates(connection, firm_id)]),
        rules=table("tax_rules", TaxRule),
        regimes=table("retainage_tax", TaxRegime),
        schemes=table("reverse_charge", ReverseChargeRule),
    )


@dataclass(frozen=True)
class Taxed:
    """A contract that is taxed, as far as its draft's tax needs it."""

    contract_id: UUID
    terms: ContractTerms
    schedule: Sequence[SovLine]
    period_to: date
    previous: PreviousCertificate | None


def captured(connection: Connection, firm_id: UUID, wanted: Sequence[Taxed]) -> Mapping[UUID, DraftTax]:
    """What the tax of each contract's draft is worked out from; contracts without tax terms are left out.

    `previous` of a contract whose retainage is taxed later says what each line withheld.
    """
    taxed = [one for one in wanted if one.terms.tax is not None]
    if not taxed:
        return {}
    known = law(connection, firm_id)
    parties = _parties(connection, firm_id, [one.contract_id for one in taxed])
    found = {}
    for one in taxed:
        assert one.terms.tax is not None
        about = parties[one.contract_id]
        draft = known.captured_on(
            one.terms.tax, [line.tax for line in one.schedule], one.period_to, about.today
        )
        found[one.contract_id] = draft.model_copy(
            update={**about.facts, "retained_before": _retained(draft, one.previous)}
        )
    return found


def _retained(draft: DraftTax, previous: PreviousCertificate | None) -> tuple[RetainedBefore, ...]:
    if draft.regime is None or previous is None:
        return ()
    return tuple(
        RetainedBefore(line_id=line.line_id, amount=less(line.withheld or ZERO, line.released))
        for line in previous.lines
        if line.withheld
    )


@dataclass(frozen=True)
class _Parties:
    today: date
    facts: Mapping[str, str]


def _parties(connection: Connection, firm_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, _Parties]:
    rows = connection.execute(
        select(
            contract.c.id,
            legal_entity.c.time_zone,
            legal_entity.c.country.label("our_country"),
            legal_entity.c.tax_id.label("our_number"),
            client.c.country.label("client_country"),
            client.c.tax_id.label("client_number"),
            firm.c.shift_seconds,
            func.clock_timestamp().label("clock"),
        )
        .join(
            legal_entity,
            (legal_entity.c.firm_id == contract.c.firm_id)
            & (legal_entity.c.id == contract.c.legal_entity_id),
        )
        .join(client, (client.c.firm_id == contract.c.firm_id) & (client.c.id == contract.c.client_id))
        .join(firm, firm.c.id == contract.c.firm_id)
        .where(contract.c.firm_id == firm_id, contract.c.id.in_(ids))
    )
    return {
        row.id: _Parties(
            business_time.date_in(business_time.business_now(row.clock, row.shift_seconds), row.time_zone),
            {
                "our_country": row.our_country,
                "our_number": (row.our_number or "")[:LONGEST_NUMBER],
                "client_country": row.client_country or "",
                "client_number": (row.client_number or "")[:LONGEST_NUMBER],
            },
        )
        for row in rows
    }


def end_rate(connection: Connection, firm_id: UUID, rate_id: UUID, on: date) -> int:
    """Let a rate of the firm hold up to the day before; returns its version."""
    return _written(connection, firm_id, rate_id, effective_to=on)


def withdraw_rate(connection: Connection, firm_id: UUID, rate_id: UUID, reason: str) -> int:
    """Let a rate that was entered by mistake count no longer; returns its version."""
    return _written(connection, firm_id, rate_id, withdrawn_because=reason)


def _written(connection: Connection, firm_id: UUID, rate_id: UUID, **values: Any) -> int:
    version: int = connection.execute(
        update(tax_rate)
        .where(tax_rate.c.firm_id == firm_id, tax_rate.c.id == rate_id)
        .values(version=tax_rate.c.version + 1, **values)
        .returning(tax_rate.c.version)
    ).scalar_one()
    return version


def keep(
    connection: Connection,
    firm_id: UUID,
    invoice_id: UUID,
    stage: str,
    taxed: DocumentTax,
    draft: DraftTax | None,
) -> None:
    """Write what an invoice, as issued or as certified, says of tax."""
    connection.execute(
        document_tax.insert().values(
            firm_id=firm_id,
            invoice_id=invoice_id,
            stage=stage,
            **{name: getattr(taxed, name) for name in FACTS},
            retainage_shown=taxed.retainage.treatment.value if taxed.retainage else None,
            retainage_withheld=taxed.retainage.withheld if taxed.retainage else None,
            our_number=draft.our_number if draft else "",
            client_number=draft.client_number if draft else "",
            wording=list(taxed.wording),
            customer_tax=[one.model_dump(mode="json") for one in taxed.customer_tax],
        )
    )
    rows = [
        {
            "firm_id": firm_id,
            "invoice_id": invoice_id,
            "stage": stage,
            "position": position,
            **{name: getattr(group, name) for name in GROUP},
        }
        for position, group in enumerate(taxed.groups, start=1)
    ]
    if rows:
        connection.execute(document_tax_group.insert(), rows)


FACTS = ("tax_date", "net", "tax", "gross", "retained", "due", "discount")
GROUP = ("tax", "code", "rate", "base", "amount", "reason")


def kept(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Mapping[str, RowMapping]:
    """What an invoice says of tax, stage → row; nothing where its contract says nothing of tax."""
    rows = connection.execute(
        select(document_tax).where(document_tax.c.firm_id == firm_id, document_tax.c.invoice_id == invoice_id)
    ).mappings()
    return {row["stage"]: row for row in rows}


def retainage_of(row: RowMapping) -> RetainageShown | None:
    """How an invoice shows the retainage in it; None without any, and where it was not kept yet."""
    if row["retainage_shown"] is None:
        return None
    return RetainageShown(treatment=row["retainage_shown"], withheld=row["retainage_withheld"])


def kept_groups(
    connection: Connection, firm_id: UUID, invoice_id: UUID
) -> Mapping[str, Sequence[RowMapping]]:
    """The groups of an invoice's tax, stage → rows in their order."""
    rows = connection.execute(
        select(document_tax_group)
        .where(document_tax_group.c.firm_id == firm_id, document_tax_group.c.invoice_id == invoice_id)
        .order_by(document_tax_group.c.stage, document_tax_group.c.position)
    ).mappings()
    found: dict[str, list[Any]] = {}
    for row in rows:
        found.setdefault(row["stage"], []).append(row)
    return found


def said(connection: Connection, firm_id: UUID, invoice_id: UUID) -> Mapping[str, DocumentTax]:
    """What an issued invoice says of tax, stage → totals and groups; without the tax of each line."""
    groups = kept_groups(connection, firm_id, invoice_id)
    return {
        stage: DocumentTax(
            **{name: row[name] for name in FACTS},
            retainage=retainage_of(row),
            groups=tuple(
                TaxGroup(**{name: group[name] for name in GROUP}) for group in groups.get(stage, ())
            ),
            lines=(),
            wording=tuple(row["wording"]),
            customer_tax=tuple(CustomerTax.model_validate(one) for one in row["customer_tax"]),
        )
        for stage, row in kept(connection, firm_id, invoice_id).items()
    }


def taxed_in_hand(connection: Connection, firm_id: UUID, client_id: UUID | None = None) -> Sequence[UUID]:
    """The contracts that bear tax and have a draft in hand, of one client or of all, as they are locked."""
    query = select(contract.c.id).where(
        contract.c.firm_id == firm_id,
        contract.c.terms["tax"].astext.is_not(None),
        select(invoice.c.id)
        .where(
            invoice.c.firm_id == contract.c.firm_id,
            invoice.c.contract_id == contract.c.id,
            invoice.c.state.in_([state.value for state in NOT_OUT]),
        )
        .exists(),
    )
    if client_id is not None:
        query = query.where(contract.c.client_id == client_id)
    return sorted(connection.execute(query).scalars(), key=str)
