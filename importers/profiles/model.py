"""A profile as data: how a file of one source is known, what its columns mean and how it writes values."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from importers.entries import Kind
from importers.values import DateOrder, DecimalMark


class Ignored(BaseModel):
    """Rows that are in the file and are no data of this kind: where the column says one of these words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | int
    says: tuple[str, ...]
    """Compared without case and outer blanks."""
    reason: str
    """As the report says it: `break`."""


class Layout(BaseModel):
    """How the rows of the source stand in the sheet."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    has_header: bool = True
    sheet: str | None = None
    """The one sheet that is read, where the file has one of that name."""
    fill_down: tuple[str, ...] = ()
    """Headers whose empty cells repeat the cell above: columns of a parent on its first child's row only."""
    ignored: tuple[Ignored, ...] = ()
    blank: Mapping[str, tuple[str, ...]] = {}
    """Header → texts that the source writes where there is nothing."""


class Profile(BaseModel):
    """One source's file. Recognised by `headers` (all there) and `without` (none there), or by `shape`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    """How a person asks for it: small letters, digits and hyphens."""
    kind: Kind
    source: str
    """The program and its report, as people call it."""
    headers: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    whole: bool = False
    """Whether the header has `headers` and no others: the mappings that a firm saves."""
    shape: Mapping[int, str] = {}
    """Without a header: column from 0 → regular expression that each of its first cells matches."""
    width: int | None = None
    """Without a header: how many fields a row has."""
    columns: Mapping[str, tuple[str | int, ...]]
    """Field → header (or column from 0), the preferred first."""
    layout: Layout = Layout()
    date_order: DateOrder | None = None
    decimal_mark: DecimalMark | None = None
    duration_unit: str | None = None
    """A unit as `values.unit_named` takes it: `minutes`, `days_7.5`."""
    corrections: bool = False
    """Rows below zero correct earlier ones, and are taken as that."""
    fixed: Mapping[str, str] = {}
    """Field → value that every row of the source has, where no column says it."""
