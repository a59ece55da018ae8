"""Which address the next invoice of a contract goes to, and which periods are billed to it already."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.addressed import addressed
from contracts_app.domain.billing.bill_to import REST
from contracts_app.domain.billing.billing_runs import claims_nothing
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.refusals import Refused, wrong_content


def first_with_work(
    base: Snapshot,
    billed: Mapping[str, date],
    wanted: str | None,
    claims: Callable[[Snapshot], Snapshot],
) -> Snapshot:
    """What the next invoice claims: of the whole contract, or of the address `wanted`, or of the first one
    that has something to bill and is not billed for the period. `billed`: to which day each is billed.

    Raises Refused for an address that the contract does not have, and for a period that is billed.
    """
    addresses = base.terms.bill_to
    if addresses is None:
        if wanted is not None:
            raise wrong_content("no_such_address", f"The contract has no address {wanted} to bill to.")
        require_not_billed(base, {})
        return claims(base)
    names = addresses.names(line.item_no for line in base.schedule)
    if wanted is not None and wanted not in names:
        raise wrong_content("no_such_address", f"The contract has no address {wanted} with a line to bill.")
    refused: Refused | None = None
    empty: Snapshot | None = None
    for name in names if wanted is None else (wanted,):
        to = base.model_copy(update={"addressed": addressed(addresses, name, base.schedule)})
        try:
            require_not_billed(to, billed)
        except Refused as already:
            refused = refused or already
            continue
        found = claims(to)
        if wanted is not None or not claims_nothing(found, drafting.draft(found)):
            return found
        empty = empty or found
    if empty is None:
        assert refused is not None
        raise refused
    return empty


def require_not_billed(snapshot: Snapshot, billed: Mapping[str, date]) -> None:
    """Refuse (Refused) a period that earlier invoices cover: of the contract, or to the same address."""
    previous = snapshot.previous
    if previous is None:
        return
    if snapshot.addressed is None:
        covered = snapshot.period_to <= previous.period_to
        until, whose = previous.period_to, f"Application {previous.application_no} covers the time"
    else:
        own = billed.get(snapshot.addressed.name)
        covered = snapshot.period_to < previous.period_to or (own is not None and snapshot.period_to <= own)
        until = max(previous.period_to, own) if own is not None else previous.period_to
        called = "the client itself" if snapshot.addressed.name == REST else snapshot.addressed.name
        whose = f"The invoices to {called} cover the time"
    if covered:
        raise wrong_content("period_already_billed", f"{whose} to {until}.")
