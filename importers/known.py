"""What the caller already knows about the contract, so that analysis stays a pure function."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, SkipValidation

from contracts_app.domain.contract import HourRounding, OvertimeTerms
from contracts_app.domain.time.rate_card import RateRow
from importers.matching.names import Named, Names
from importers.profiles.model import Profile


class Imported(BaseModel):
    """An entry stored by an earlier import: the key of its content and, when kept, the content itself, which
    lets a changed row list its differences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    content_key: str
    content: Mapping[str, str] | None = None


class KnownApplication(BaseModel):
    """What is known of one application's total, for checking its lines."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: int
    period_end: date
    period_total: Decimal


class Pricing(BaseModel):
    """How the contract prices time: its rate card, the unit that hours are rounded to, and overtime."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rates: tuple[RateRow, ...]
    rounding: HourRounding = HourRounding()
    overtime: OvertimeTerms | None = None


class KnownOrder(BaseModel):
    """An order of the contract to a vendor: its items by number with what each says."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vendor: str
    approved: bool
    items: Mapping[str, str]


class KnownThings(BaseModel):
    """Facts about the contract a file is imported into.

    `sov_lines` maps the external id of each schedule of values line to its scheduled value; None means "not
    to
    be checked" (a dry run without a contract), an empty mapping that the schedule is still missing.
    `imported` holds the entries of the *same kind* that are stored, by external id.
    `project_names` are the projects whose timesheet rows were taken into the contract before; `pricing` is
    None
    where the contract prices no time.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    contract_external_id: str | None = None
    currency: str = "USD"
    original_contract_sum: Decimal | None = None
    sov_lines: Mapping[str, Decimal] | None = None
    line_names: frozenset[str] | None = None
    """All that the schedule's lines are called, item numbers too. None: not to be checked."""
    workers: frozenset[str] = frozenset()
    imported: Annotated[Mapping[str, Imported], SkipValidation] = {}
    """Looked up and gone through; of many entries what they said waits on disk."""
    applications: tuple[KnownApplication, ...] = ()
    project_names: frozenset[str] = frozenset()
    pricing: Pricing | None = None
    today: date | None = None
    """The business date; nothing was worked after it. None: not to be checked."""
    contract_date: date | None = None
    """Time worked before it is asked about. None: not to be checked."""
    legal_entities: tuple[str, ...] = ()
    """The companies of the firm that can bill, the one to propose first."""
    currency_of_companies: Mapping[str, str] = {}
    """The currency of the books of each company of the firm, by its name."""
    sov_items: frozenset[str] = frozenset()
    """Numbers of the schedule of values' lines: rows may name a line by them as well."""
    numbers_of_lines: Mapping[str, str] = {}
    """The number of each line of the schedule, by its id in the source."""
    lines_for_costs: tuple[tuple[str, str], ...] = ()
    """Number and words of the lines that a cost can stand on, the one to propose first."""
    orders: Mapping[str, KnownOrder] | None = None
    """The contract's orders to vendors by number, rejected ones left out. None: not to be checked."""
    given_up: frozenset[str] = frozenset()
    """Ids of `imported` that are given out and that no row of this file means: their records were rejected
    since and the same rows come in again, an entry corrected them, or they are rows of another part of the
    same file."""
    fixed: frozenset[str] = frozenset()
    """Ids of `imported` whose entries no file corrects: they stand in parts, or on another contract."""
    client_orders: frozenset[str] | None = None
    """Numbers of the client's purchase orders. None: not to be checked."""
    unreadable: frozenset[tuple[str, int]] = frozenset()
    """Sheet and row of those that are refused, and mended, on the file for many contracts that this is a part
    of."""
    elsewhere: Mapping[str, str] = {}
    """Projects that another contract has from the same bytes, and its number: their rows stay out."""
    profiles: tuple[Profile, ...] = ()
    """Mappings that the firm saved, recognised before the profiles we ship."""
    clients: frozenset[str] | None = None
    """Names of the firm's clients. None: not to be checked."""
    names: Mapping[Named, Names] = {}
    """What names in a file can mean, by what they name. What is not in it is not to be checked."""
