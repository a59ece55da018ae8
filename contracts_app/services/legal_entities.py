"""Legal entities of a firm: each bills in its own currency, under its own numbers and letterhead."""

from __future__ import annotations

from uuid import UUID

from contracts_app.domain.commands.administration import AddLegalEntity, SetPaymentInstructions
from contracts_app.domain.commands.envelope import Outcome
from contracts_app.domain.refusals import wrong_content
from contracts_app.store import legal_entities
from contracts_app.store.invoices import SERIES
from contracts_app.store.tables import legal_entity, number_series
from contracts_app.store.transaction import Transaction


def add_legal_entity(tx: Transaction, body: AddLegalEntity) -> Outcome:
    """Add a company of the firm that bills; contracts opened from now on may name it."""
    entity_id = add(tx, **body.model_dump(exclude={"command"}))
    return Outcome(done=True, result={"legal_entity_id": str(entity_id)})


def set_payment_instructions(tx: Transaction, body: SetPaymentInstructions) -> Outcome:
    """Say where invoices are paid to from the next issue on; an issued one keeps what it was issued with."""
    row = tx.lock(legal_entity, body.legal_entity_id, "legal entity")
    version = legal_entities.write(tx, body.legal_entity_id, payment_instructions=body.payment_instructions)
    tx.record(
        "legal_entity",
        body.legal_entity_id,
        version,
        body.command,
        None,
        None,
        {"payment_instructions": row["payment_instructions"]},
        {"payment_instructions": body.payment_instructions},
    )
    return Outcome(done=True, result={"legal_entity_id": str(body.legal_entity_id)})


def add(
    tx: Transaction,
    *,
    name: str,
    country: str,
    currency: str,
    time_zone: str,
    address: str,
    email: str,
    number_prefix: str,
    tax_id: str | None = None,
    payment_instructions: str = "",
) -> UUID:
    """Add a legal entity with an empty number series.

    Raises Refused for a name or a prefix that another one of the firm has: no two give out the same number.
    """
    if legal_entities.named(tx.connection, tx.firm_id, name) is not None:
        raise wrong_content("legal_entity_name_taken", f"There is a legal entity {name} already.")
    if legal_entities.prefix_taken(tx.connection, tx.firm_id, number_prefix):
        raise wrong_content(
            "number_prefix_taken", f"Invoice numbers of another legal entity begin with {number_prefix}."
        )
    entity_id = tx.new_id("legal_entity", name)
    shown = {
        "name": name,
        "country": country,
        "currency": currency,
        "time_zone": time_zone,
        "address": address,
        "email": email,
        "tax_id": tax_id,
        "payment_instructions": payment_instructions,
    }
    tx.insert(legal_entity, id=entity_id, **shown)
    tx.insert(number_series, legal_entity_id=entity_id, series=SERIES, prefix=number_prefix)
    after = {**shown, "number_prefix": number_prefix}
    tx.record("legal_entity", entity_id, 1, "add_legal_entity", None, None, {}, after)
    return entity_id
