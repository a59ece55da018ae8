"""Commands on the papers that a contract requires (docs/SPEC-compliance.md)."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, StringConstraints

from contracts_app.domain.commands.command_body import CommandBody, Reason, Remark
from contracts_app.domain.compliance.papers import Blocks, PaperKind
from contracts_app.domain.names import BusinessDate, Name, one_line

OfWhom = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(one_line)]
"""The subcontractor whose paper it is; empty: the firm's own."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RequirePaper(CommandBody):
    """From a day on, something of the contract does not happen without a paper."""

    command: Literal["require_paper"] = "require_paper"
    contract_id: UUID
    kind: PaperKind
    of_whom: OfWhom = ""
    blocks: Blocks
    from_on: BusinessDate


class EndRequirement(CommandBody):
    """The contract does not require this paper any more; said by somebody else than who entered it."""

    command: Literal["end_requirement"] = "end_requirement"
    contract_id: UUID
    requirement_id: UUID
    reason: Reason


class FilePaper(CommandBody):
    """File a paper that was uploaded before, with the days that it speaks of."""

    command: Literal["file_paper"] = "file_paper"
    contract_id: UUID
    kind: PaperKind
    of_whom: OfWhom = ""
    valid_from: BusinessDate
    valid_to: BusinessDate | None = None
    sha256: Sha256
    file_name: Name
    remark: Remark = ""


class WithdrawPaper(CommandBody):
    """A paper was filed by mistake, or is void; the file is kept."""

    command: Literal["withdraw_paper"] = "withdraw_paper"
    contract_id: UUID
    paper_id: UUID
    reason: Reason


class AskException(CommandBody):
    """Ask that a requirement does not block until a day, included."""

    command: Literal["ask_exception"] = "ask_exception"
    contract_id: UUID
    requirement_id: UUID
    until: BusinessDate
    reason: Reason


class DecideException(CommandBody):
    """Grant or refuse an exception that somebody else asked for."""

    command: Literal["decide_exception"] = "decide_exception"
    contract_id: UUID
    exception_id: UUID
    granted: bool
    remark: Remark = ""
