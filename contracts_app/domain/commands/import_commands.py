"""Commands on an imported file: answer what it asks, post it or give it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.names import Name


class DecideImport(CommandBody):
    """Answer the questions that an import asks; each answer covers all rows of its kind."""

    command: Literal["decide_import"] = "decide_import"
    import_id: UUID
    decisions: Annotated[Mapping[Name, Name], Field(min_length=1, max_length=100)]


class PostImport(CommandBody):
    """Take the usable rows of the file into the contract."""

    command: Literal["post_import"] = "post_import"
    import_id: UUID


class WithdrawImport(CommandBody):
    """Give up a file that was not posted."""

    command: Literal["withdraw_import"] = "withdraw_import"
    import_id: UUID
    reason: Reason


class UndoImport(CommandBody):
    """Take back everything that a posted file brought, as long as nothing was built upon it."""

    command: Literal["undo_import"] = "undo_import"
    import_id: UUID
    reason: Reason
