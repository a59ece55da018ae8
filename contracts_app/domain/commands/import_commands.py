"""Commands on an imported file: answer what it asks, post it or give it up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.names import one_line

Answer = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=250), AfterValidator(one_line)
]
"""A question's key, or its answer: either may carry a name of the file."""
ProjectOfFile = Annotated[str, StringConstraints(min_length=1, max_length=32_767)]
"""A project as a cell of the file names it, however long."""
DECIDE_LATER, LEAVE_OUT = "later", "ignore"
"""Of a project of a file for many contracts: not given to any yet; not to be imported at all."""


class DecideImport(CommandBody):
    """Answer the questions that an import asks; each answer covers all rows of its kind."""

    command: Literal["decide_import"] = "decide_import"
    import_id: UUID
    decisions: Annotated[Mapping[Answer, Answer], Field(min_length=1, max_length=200)]


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


class DistributeImport(CommandBody):
    """Give projects of a file for many contracts to their contracts: one import for each contract.

    For each project: the id of a contract, `ignore` or `later`. Projects that are not named stay as they are,
    so more than a command can name are given with several.
    """

    command: Literal["distribute_import"] = "distribute_import"
    import_id: UUID
    projects: Annotated[
        Mapping[ProjectOfFile, UUID | Literal["ignore", "later"]], Field(min_length=1, max_length=1000)
    ]


class PostParts(CommandBody):
    """Post all parts of a file for many contracts that are ready, or none of them."""

    command: Literal["post_parts"] = "post_parts"
    import_id: UUID


class UndoParts(CommandBody):
    """Take back all posted parts of a file for many contracts, or none of them."""

    command: Literal["undo_parts"] = "undo_parts"
    import_id: UUID
    reason: Reason


class WithdrawAlias(CommandBody):
    """Use a saved alias no more: the name is asked again. What came in by it stays."""

    command: Literal["withdraw_alias"] = "withdraw_alias"
    alias_id: UUID
    reason: Reason
