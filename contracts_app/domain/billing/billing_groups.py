"""Billing groups: contracts of one client whose invoices go out under one number, on one paper.

What they must agree in, and what the paper adds up (docs/SPEC-billing-groups.md). Each contract keeps its own
draft, approval and ledger; the group decides nothing about a figure of a contract.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.contract import ContractTerms, InvoiceForm
from contracts_app.domain.money import ZERO, Amount, in_words_of_a_page, less, total
from contracts_app.domain.names import Currency
from contracts_app.domain.refusals import wrong_content


class GroupContract(BaseModel):
    """A contract as a billing group looks at it."""

    model_config = ConfigDict(frozen=True)
    number: str
    client_id: UUID
    legal_entity_id: UUID
    terms: ContractTerms


def require_agreement(client_id: UUID, contracts: Sequence[GroupContract]) -> None:
    """Refuse (Refused) contracts that cannot share an invoice: one payer, one sender, one set of terms.

    The sentence names the first contract that stands in the way and what keeps it out.
    """
    if len(contracts) < 2:
        raise wrong_content("group_too_small", "A billing group has two contracts or more: name another one.")
    first = contracts[0]
    for one in contracts:
        if one.client_id != client_id:
            raise wrong_content(
                "contract_of_another_client", f"Contract {one.number} is another client's: leave it out."
            )
        _require_stands_as_issued(one)
        _require_same(first, one)


def _require_stands_as_issued(one: GroupContract) -> None:
    """Only invoices that nobody certifies: a certificate is of one contract, and opens what is owed later."""
    terms = one.terms
    if terms.invoice_form is not InvoiceForm.consulting or terms.certified_by_client:
        raise wrong_content(
            "certified_by_client",
            f"Contract {one.number} is billed by applications, or the client certifies its invoices: only "
            "invoices that stand as issued go out together. Leave it out.",
        )
    if terms.advance is not None:
        raise wrong_content(
            "advance_by_itself",
            f"Contract {one.number} has an advance payment, which is invoiced by itself. Leave it out.",
        )
    if terms.invoice_currency is not None:
        raise wrong_content(
            "invoiced_in_another_currency",
            f"Contract {one.number} is in {terms.currency} and invoiced in {terms.invoice_currency}, at a "
            "rate of its own; invoices that go out together are in their contracts' currency. Leave it out.",
        )
    if terms.bill_to is not None:
        raise wrong_content(
            "several_addresses",
            f"Contract {one.number} is billed to several addresses; one invoice goes to one. Leave it out.",
        )


def _require_same(first: GroupContract, one: GroupContract) -> None:
    """One invoice has one sender, currency, due date and discount for paying early."""
    for same, code, what in (
        (one.legal_entity_id == first.legal_entity_id, "another_legal_entity", "legal entity"),
        (one.terms.currency == first.terms.currency, "another_currency", "currency"),
        (one.terms.payment_days == first.terms.payment_days, "other_payment_terms", "days to pay"),
        (
            one.terms.early_payment == first.terms.early_payment,
            "other_payment_terms",
            "discount for paying early",
        ),
    ):
        if not same:
            raise wrong_content(
                code,
                f"Contract {one.number} has another {what} than contract {first.number}: they cannot go on "
                "one invoice. Leave one of them out.",
            )


class GroupPart(BaseModel):
    """What one contract adds to a group's invoice, in the group's currency.

    `net` is its line 8, `tax` what its taxes and discounts add, `deposit` what is drawn of what the client
    paid ahead.
    """

    model_config = ConfigDict(frozen=True)
    contract_number: str
    net: Amount
    tax: Amount = ZERO
    deposit: Amount = ZERO

    @property
    def due(self) -> Amount:
        """What the client pays for it."""
        return less(total((self.net, self.tax)), self.deposit)


class GroupSums(BaseModel):
    """What a group's invoice comes to: each figure is the sum of its sections, nothing is rounded anew."""

    model_config = ConfigDict(frozen=True)
    net: Amount
    tax: Amount
    deposit: Amount
    due: Amount


def sums(parts: Sequence[GroupPart], currency: Currency) -> GroupSums:
    """Add up the sections. Raises Refused where a section comes to less than zero.

    What a contract gives back is carried to its own next invoice or, where there is none, goes out alone: it
    cannot lower what others owe.
    """
    for part in parts:
        if total((part.net, part.tax)) < ZERO:
            raise wrong_content(
                "section_below_zero",
                f"Contract {part.contract_number} comes to "
                f"{in_words_of_a_page(total((part.net, part.tax)), currency)}; what it gives back pays no "
                "other contract. Leave it out of this invoice where its own next one takes it up; else take "
                "the contract out of the group and issue it alone.",
            )
    return GroupSums(
        net=total(part.net for part in parts),
        tax=total(part.tax for part in parts),
        deposit=total(part.deposit for part in parts),
        due=total(part.due for part in parts),
    )


def part_number(number: str, contract_number: str) -> str:
    """How the section of a contract is called: the invoice's number, then the contract's."""
    return f"{number} / {contract_number}"
