"""Mend cells of an imported file: each one by itself, or all rows that have the same thing wrong."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.commands.command_body import CommandBody, Version
from contracts_app.domain.names import one_line

CellText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500), AfterValidator(one_line)]
"""What a cell is to say: one line, or nothing for an empty cell. It is text, whatever it looks like."""
ColumnLetters = Annotated[str, StringConstraints(pattern=r"^[A-Z]{1,3}$")]
MOST_CELLS = 1_000
"""Of one command."""


class MendedCell(BaseModel):
    """One cell, by the sheet's name, the row as a spreadsheet counts it, and the column's letters.

    `became` null: as the file says. `seen` is what the cell said when the person looked: where it says
    something else by now (another person mended it), nothing is recorded. Nor is it without `seen`, where
    another person's mend would be lost.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    sheet: Annotated[str, StringConstraints(min_length=1, max_length=255)]
    row: Annotated[int, Field(ge=1, le=10_000_000)]
    column: ColumnLetters
    became: CellText | None
    seen: Annotated[str | None, ADDED_LATER, StringConstraints(max_length=40_000)] = None


class MendAlike(BaseModel):
    """The same cell in all rows that have this problem: of this code, in this column, with this text found.

    `into` is the column that is set; without it the problem's own. What a problem may have anywhere, `column`
    and `found`, need not be named. `seen` is the version of the import when the person looked: where it is
    another one by now, or is not said, another person's mends of these cells are not set over.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,60}$")]
    column: ColumnLetters | None = None
    found: Annotated[str, StringConstraints(max_length=1_000)] | None = None
    into: ColumnLetters | None = None
    became: CellText
    seen: Annotated[Version | None, ADDED_LATER] = None


class MendImport(CommandBody):
    """Say what cells of a file mean; it is then read again as if they said so. The file never changes."""

    command: Literal["mend_import"] = "mend_import"
    import_id: UUID
    cells: Annotated[tuple[MendedCell, ...], Field(max_length=MOST_CELLS)] = ()
    alike: Annotated[tuple[MendAlike, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.cells and not self.alike:
            raise ValueError("at least one cell, or all rows with the same problem")
        return self
