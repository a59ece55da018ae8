"""How many applications of a contract may wait for their certificate at a time
(docs/SPEC-pay-application.md, rule 15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contracts_app.domain.billing.schedule_of_values import Basis, SovLine
from contracts_app.domain.contract import ContractTerms, InvoiceForm
from contracts_app.domain.refusals import Refused
from contracts_app.domain.transitions import InvoiceState, in_words


def require_room(
    terms: ContractTerms, drafts: Mapping[int, str], out: Mapping[int, str], *, releases: bool = False
) -> None:
    """Refuse (Refused) another application while one is prepared, or as many wait as the contract allows.

    `drafts` and `out` are what is prepared and what waits for its certificate, number → state; a release of
    retainage and an advance payment (`releases`) start from what is certified, so nothing may wait.
    """
    if drafts and terms.invoice_form is InvoiceForm.consulting:
        number = min(drafts)
        raise Refused(
            "application_in_hand",
            f"Invoice {number} is {in_words(drafts[number])}: issue or withdraw it first.",
        )
    allowed = 0 if releases else terms.submission.uncertified - 1
    if not drafts and len(out) <= allowed:
        return
    number, state = max((drafts or out).items())
    if drafts and terms.submission.uncertified > 1:
        raise Refused(
            "application_in_hand", f"Application {number} is {in_words(state)}: issue or withdraw it first."
        )
    raise Refused(
        "application_in_hand",
        f"Application {number} is {in_words(state)}; the next one starts from its certificate.",
    )


def has_room(terms: ContractTerms, drafts: Mapping[int, str], out: Mapping[int, str]) -> bool:
    """Whether the next application may be prepared now."""
    try:
        require_room(terms, drafts, out)
    except Refused:
        return False
    return True


def require_tied_again(schedule: Sequence[SovLine], out: Mapping[int, str]) -> None:
    """Refuse (Refused) an application with time or costs while one before it waits for its certificate.

    Were that one certified for less, this one would be tied again as a revision, and time and costs stay on
    the application that lists them.
    """
    if not out:
        return
    listed = {Basis.time_and_materials, Basis.cost_plus}
    if any(line.basis in listed for line in schedule):
        number = max(out)
        raise Refused(
            "application_in_hand",
            f"Application {number} is {in_words(out[number])}; a contract that bills time or costs starts "
            "the next one from its certificate.",
        )


UNCERTIFIED = (InvoiceState.submitted, InvoiceState.being_revised)
"""States in which an application waits for its certificate."""
