"""What people may ask about the papers that a contract requires."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from contracts_app.domain.commands.compliance_commands import (
    AskException,
    DecideException,
    EndRequirement,
    FilePaper,
    RequirePaper,
    WithdrawPaper,
)
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.compliance.papers import Blocks, PaperKind
from tests.services.contract_facts import A_PAPER, Facts, Pick, asked, one_of

KINDS = (PaperKind.insurance_certificate, PaperKind.tax_form, PaperKind.certified_payroll)


@asked
def require_paper(now: Facts, pick: Pick) -> Body:
    return RequirePaper(
        contract_id=now.contract_id,
        kind=pick(KINDS),
        of_whom=pick(("", "Sample Roofing")),
        blocks=pick((Blocks.issue, Blocks.payment)),
        from_on=now.today,
    )


@asked
def end_requirement(now: Facts, pick: Pick) -> Body:
    return EndRequirement(
        contract_id=now.contract_id,
        requirement_id=_in(now.required, pick, "required")["id"],
        reason="Not agreed after all.",
    )


@asked
def file_paper(now: Facts, pick: Pick) -> Body:
    return FilePaper(
        contract_id=now.contract_id,
        kind=pick(KINDS),
        of_whom=pick(("", "Sample Roofing")),
        valid_from=now.today - timedelta(days=pick((60, 0))),
        valid_to=pick((None, now.today)),
        sha256=pick((hashlib.sha256(A_PAPER).hexdigest(), "0" * 64)),
        file_name="certificate.pdf",
    )


@asked
def withdraw_paper(now: Facts, pick: Pick) -> Body:
    return WithdrawPaper(
        contract_id=now.contract_id,
        paper_id=_in(now.papers, pick, "filed")["id"],
        reason="That of another firm.",
    )


@asked
def ask_exception(now: Facts, pick: Pick) -> Body:
    return AskException(
        contract_id=now.contract_id,
        requirement_id=_in(now.required, pick, "required")["id"],
        until=now.today + timedelta(days=pick((7, -1))),
        reason="The insurer is late.",
    )


@asked
def decide_exception(now: Facts, pick: Pick) -> Body:
    return DecideException(
        contract_id=now.contract_id,
        exception_id=_in(now.exceptions, pick, "asked")["id"],
        granted=pick((True, False)),
        remark=pick(("Promised in writing.", "")),
    )


def _in(known: Sequence[Mapping[str, Any]], pick: Pick, state: str) -> Mapping[str, Any]:
    """One in this state, else any."""
    return one_of([row for row in known if row["state"] == state] or known, pick)
