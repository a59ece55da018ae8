"""What a person typed into the mending grid beside what it showed: only what was changed is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contracts_app.web.bodies import require_storable
from contracts_app.web.pages.forms import Form
from contracts_app.web.problems import FieldError, WrongBody

SEEN = "seen."
"""What the hidden fields are called that say what each grid showed; a number follows."""
_CELL = "cell."
_Place = tuple[str, int, str]


class GridSeen(BaseModel):
    """What a grid showed: its sheet, and row → column letters → text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sheet: Annotated[str, Field(min_length=1, max_length=255)]
    rows: Mapping[Annotated[int, Field(ge=1, le=10_000_000)], Mapping[str, str]]


class Typed(BaseModel):
    """A cell that was changed: what is meant, and what the grid showed there."""

    model_config = ConfigDict(frozen=True)

    became: str
    seen: str


def typed_cells(form: Form) -> Mapping[_Place, Typed]:
    """Sheet, row and column → what was changed there. Cells are called `cell.GRID.ROW.COLUMN`; those that
    still say what was shown are left out.

    Raises WrongBody where the form does not say what it showed.
    """
    shown = {name: _seen(name, said) for name, said in form.items() if name.startswith(SEEN)}
    typed = {}
    for name, said in form.items():
        parts = name.split(".")
        if len(parts) != 4 or not name.startswith(_CELL) or not _is_small(parts[2]):
            continue
        grid, row, column = shown.get(SEEN + parts[1]), int(parts[2]), parts[3]
        if grid is None or row not in grid.rows:
            raise WrongBody(FieldError(name, said[:200], "a row that the page showed; open the page again"))
        seen = one_line_of(grid.rows[row].get(column, ""))
        if one_line_of(said) != seen:
            typed[grid.sheet, row, column] = Typed(became=one_line_of(said), seen=seen)
    return typed


def _seen(name: str, said: str) -> GridSeen:
    try:
        seen = GridSeen.model_validate_json(said)
    except ValidationError as error:
        raise WrongBody(FieldError(name, said[:200], "what the page showed; open the page again")) from error
    require_storable(seen.model_dump(mode="json"), name)
    return seen


def _is_small(text: str) -> bool:
    """Whether it is a whole number of at most eight digits."""
    return text.isascii() and text.isdecimal() and len(text) <= 8


def one_line_of(said: str) -> str:
    """As a field of one line shows it."""
    return " ".join(said.split())
