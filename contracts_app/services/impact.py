"""What the rules of today, or a policy that waits, would change: invoice by invoice, to the cent.

Issued invoices of contracts that are not closed are computed again from their snapshots; drafts in hand
are compared with the hash that their approvals are bound to. Nothing is written. (Program changes: CONTROLS
1.3, request 20.)
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.engine import RowMapping

from contracts_app.domain.approving import chain, policy
from contracts_app.domain.approving.in_words import in_words
from contracts_app.domain.approving.policy import ApprovalPolicy
from contracts_app.domain.billing import drafting
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import InvoiceState
from contracts_app.services import approval_chains
from contracts_app.services.proving import prove
from contracts_app.services.proving.proof import Difference
from contracts_app.store import approval_policies, contracts
from contracts_app.store.invoices import current_snapshot
from contracts_app.store.views import open_invoices


@dataclass(frozen=True)
class Impact:
    """What would be otherwise with one invoice. `draft`: it is not issued, so its approvals would be void."""

    invoice: str
    invoice_id: UUID
    currency: str
    draft: bool
    changes: Sequence[Difference]

    @property
    def sentences(self) -> Sequence[str]:
        """Each change, with how much it is."""
        told = []
        for one in self.changes:
            by = f" ({one.change:+f} {self.currency})" if one.change is not None else ""
            told.append(f"{one.what}: {one.stored} would be {one.recomputed}{by}")
        return told


def of_code(connection: Connection, firm_id: UUID, everything: bool = False) -> Iterator[Impact]:
    """Every invoice of an open contract, changed or not. `everything`: those of closed ones too."""
    for row in open_invoices.issued(connection, firm_id, closed_too=everything):
        proof = prove(connection, firm_id, row["id"])
        yield Impact(row["number_text"], row["id"], row["currency"], False, proof.differences)
    for row in open_invoices.in_hand(connection, firm_id):
        yield _draft(connection, firm_id, row)


def _draft(connection: Connection, firm_id: UUID, row: RowMapping) -> Impact:
    """A draft is known by a hash of all it says, to which its approvals are bound."""
    snapshot = current_snapshot(connection, firm_id, row["id"])
    try:
        again = drafting.content_hash(snapshot)
    except Refused as refused:
        again = f"nothing: {refused.sentence}"
    same = again == row["content_hash"]
    changes = () if same else (Difference("what it says, by its hash", row["content_hash"], again),)
    return Impact(_called(row), row["id"], snapshot.terms.currency, True, changes)


def of_policy(connection: Connection, firm_id: UUID) -> Iterator[Impact]:
    """Who would approve each draft in hand if the policy that waits for a second controller were in force.

    A draft with its approvers keeps the chain that it was submitted with; submitted again it takes the new
    one. Raises Refused where no policy waits.
    """
    waiting = approval_policies.proposed(connection, firm_id)
    if waiting is None:
        raise Refused("no_policy_waits", "No policy waits for another controller: propose one first.")
    proposed = ApprovalPolicy.model_validate(waiting["policy"])
    for row in open_invoices.in_hand(connection, firm_id):
        agreed = contracts.find(connection, firm_id, row["contract_id"])
        assert agreed is not None  # foreign key
        snapshot = current_snapshot(connection, firm_id, row["id"])
        line8 = drafting.draft(snapshot).line8
        of_contract = (agreed["id"], agreed["client_id"], snapshot.kind)
        limit = snapshot.terms.controller_limit
        submitted = row["state"] != InvoiceState.draft
        now = approval_chains.expected(connection, firm_id, snapshot, line8, submitted=submitted)
        then = chain.chain_of(line8, limit, policy.bands_for(proposed.rules, *of_contract))
        changes = () if now == then else (Difference("who approves", in_words(now), in_words(then)),)
        yield Impact(_called(row), row["id"], snapshot.terms.currency, True, changes)


def _called(row: RowMapping) -> str:
    return f"draft {row['application_no']} of {row['contract_number']} ({row['state'].replace('_', ' ')})"
