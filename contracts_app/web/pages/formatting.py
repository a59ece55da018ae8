"""How figures, dates and states are written on a page. Amounts come here rounded by the domain."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from contracts_app.documents.wording import clock, decimal_hours, written_digits
from contracts_app.domain.closing.periods import called
from contracts_app.domain.money import in_percent, round_to
from contracts_app.domain.transitions import in_words
from contracts_app.web.pages.field_words import expected

_TONES: Mapping[str, str] = {
    "draft": "plain", "in_review": "accent", "approved": "accent", "submitted": "warn", "certified": "warn",
    "paid": "good", "withdrawn": "plain", "setting_up": "warn", "active": "accent", "closed": "plain",
    "received": "plain", "needs_decision": "warn", "ready": "accent", "posted": "good", "refused": "bad",
    "posting": "accent", "undone": "plain", "to_distribute": "warn", "distributed": "good",
    "planned": "plain", "achieved": "warn", "queued": "warn", "sent": "good", "bounced": "bad",
    "potential": "plain", "requested": "plain", "executed": "good", "rejected": "bad", "void": "plain",
    "waits": "warn", "unbilled": "accent", "held": "warn", "claimed": "accent", "billed": "good",
    "recorded": "plain", "sent_back": "bad", "not_billable": "plain", "billed_elsewhere": "plain",
    "in_full": "good", "less": "warn", "withheld": "bad", "issued": "warn", "partly_approved": "accent",
    "granted": "good", "asked": "warn",
}  # fmt: skip
_WORDS: Mapping[str, str] = {
    "in_review": "in review",
    "waits": "open",
    "unbilled": "approved",
    "claimed": "on a draft",
    "not_billable": "non-billable",
    "billed_elsewhere": "billed elsewhere",
    "time_and_materials": "by time",
    "lump_sum": "fixed fee",
    "unit_price": "unit price, as measured",
    "recurring": "fee per period",
    "cost_plus": "cost plus a fee",
    "recorded": "on record",
    "sent_back": "sent back",
    "milestone": "milestones",
    "submitted": "with client",
    "needs_decision": "needs decisions",
    "to_distribute": "projects to distribute",
    "sov_line": "line of the schedule of values",
    "cost_code": "cost code",
    "setting_up": "being set up",
    "in_full": "certified in full",
    "less": "certified less",
    "withheld": "withheld",
    "retainage_release": "Retainage release",
    "advance": "Advance payment",
    "application": "Application",
    "consulting": "Invoice",
    "schedule_of_values": "Schedule of values",
    "change_orders": "Change orders",
    "application_totals": "Applications, totals",
    "application_lines": "Applications, lines",
    "labour_log": "Labour log",
    "deliveries": "Material deliveries",
    "timesheet": "Timesheet",
    "contract": "Contract",
    "project_manager": "project manager",
    "arises": "Receivable arises",
    "cash": "Payment",
    "deposit": "From the deposit",
    "unapplied": "Payment taken back to unapplied",
    "superseded": "Owed by its revision instead",
    "moved_out": "Payment moved to its revision",
    "moved_in": "Payment moved from what it revises",
    "certificate": "Reduced by certificate",
}


def money(amount: Decimal | int | None, currency: str = "USD") -> str:
    """`5,544,000.00` at the currency's decimals; nothing for None. (The sum of no lines is the integer 0.)"""
    return "" if amount is None else f"{round_to(Decimal(amount), currency):,f}"


def amount_typed(amount: Decimal | None, currency: str = "USD") -> str:
    """The amount as it stands in an input; nothing for zero or None."""
    return "" if amount is None or amount.is_zero() else money(amount, currency)


def grouped(written: str | None) -> str:
    """An amount that comes as text, grouped: `467,100.00`; nothing for None."""
    return "" if not written else f"{Decimal(written):,f}"


def percent(fraction: Decimal | None) -> str:
    """A fraction of one as `52.4 %`, as on paper; nothing for None.

    With a second decimal where one would read as nothing or all of it, and it is neither: `99.96 %`.
    """
    if fraction is None:
        return ""
    exact = fraction * 100
    shown = exact.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    if shown != exact and shown in (0, 100):
        shown = exact.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{shown:,f} %"


def rate(fraction: Decimal | None) -> str:
    """A rate of a contract without needless digits: `10 %`, `7.5 %`."""
    return "" if fraction is None else in_percent(fraction)


def quantity(value: Decimal | None) -> str:
    """A quantity without trailing zeros."""
    if value is None:
        return ""
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def price(rate: Decimal | None) -> str:
    """A price per hour with two decimals, more only where it has them: `150.00`."""
    if rate is None:
        return ""
    cents = rate.quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
    return f"{cents:,f}" if cents == rate else quantity(rate)


def hours(seconds: int | None) -> str:
    """Hours as papers write them, so that they multiply out: `19,192.00`, or `0:39:58` where two decimals
    would not be exact."""
    if seconds is None:
        return ""
    digits = written_digits(seconds, unit_seconds=1)
    return clock(seconds) if digits is None else f"{decimal_hours(seconds, digits):,f}"


def day(value: date | datetime | None, zone: str = "UTC") -> str:
    """A date as `2024-03-31`; an instant as its date in `zone`."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).date().isoformat()
    return value.isoformat()


def instant(value: datetime | None, zone: str = "UTC") -> str:
    """An instant as `2024-03-31 08:00` in `zone`."""
    return "" if value is None else f"{value.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def words(code: str | None) -> str:
    """A state or kind as a page says it."""
    if not code:
        return ""
    return _WORDS.get(code) or in_words(code).replace("_", " ")


def tone(state: str | None) -> str:
    """The colour group of a state's chip; the word itself always stands in it."""
    return _TONES.get(state or "", "plain")


def size(octets: int) -> str:
    """A file's size as `431 kB`."""
    if octets < 1000:
        return f"{octets} bytes"
    if octets < 1_000_000:
        return f"{octets // 1000:,} kB"
    return f"{octets // 1_000_000:,} MB"


def file_type(media_type: str) -> str:
    """What kind of file a media type is, as people call it."""
    for mark, name in (("pdf", "PDF"), ("wordprocessingml", "Word"), ("spreadsheetml", "Excel")):
        if mark in media_type:
            return name
    return media_type


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 row`, `3 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


FILTERS: Mapping[str, Any] = {
    "money": money,
    "amount_typed": amount_typed,
    "grouped": grouped,
    "percent": percent,
    "rate": rate,
    "quantity": quantity,
    "price": price,
    "hours": hours,
    "day": day,
    "month": called,
    "instant": instant,
    "words": words,
    "tone": tone,
    "size": size,
    "file_type": file_type,
    "expected": expected,
}
