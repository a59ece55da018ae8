"""Commands on mappings: what a firm says of files that no profile recognises, kept under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from contracts_app.domain.commands.command_body import CommandBody, Reason
from contracts_app.domain.names import Name

HeaderRow = Annotated[str, StringConstraints(pattern=r"^(none|[1-9]|[12][0-9]|30)$")]
"""The number of the row that names the columns, as a spreadsheet program counts; or `none`."""
AsWritten = Annotated[str, StringConstraints(min_length=1, max_length=1_000, pattern=r"^[^\x00]*\z")]
"""A header or the name of a sheet exactly as the file has it, line ends and outer blanks included."""
Fields = Annotated[Mapping[Name, Name], Field(max_length=100)]
Headers = Annotated[Mapping[Name, AsWritten], Field(min_length=1, max_length=100)]


class SaveMapping(CommandBody):
    """Keep under a name which column of a file is which field; files with the same headers are then known.

    A mapping of that name and kind is replaced.
    """

    command: Literal["save_mapping"] = "save_mapping"
    import_id: UUID
    """The file that the mapping was made at."""
    name: Name
    kind: Name
    sheet: AsWritten | None = None
    header_row: HeaderRow
    columns: Headers
    """Field → header; a column without one is `Column C`, the second of two equal ones `Hours (2)`."""
    fixed: Fields | None = None
    """Field → what every row says, where no column does."""
    date_order: Literal["month_first", "day_first"] | None = None
    decimal_mark: Literal[".", ","] | None = None
    duration_unit: Name | None = None


class RenameMapping(CommandBody):
    """Give a mapping another name."""

    command: Literal["rename_mapping"] = "rename_mapping"
    mapping_id: UUID
    name: Name


class WithdrawMapping(CommandBody):
    """Recognise files by this mapping no longer; files that were read by it stay as they are."""

    command: Literal["withdraw_mapping"] = "withdraw_mapping"
    mapping_id: UUID
    reason: Reason
