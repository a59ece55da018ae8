"""Short ways to write the columns of a report down, and what several reports say alike."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Column, Shown

CURRENCY = Column("currency", "Currency")
AGAIN = "With the same instant as of: rows are written once and picked by the time they were written."
TESTED = "tests/api/test_reports.py::"


def texts(**titles: str) -> tuple[Column, ...]:
    """Columns of text, by their names in the query."""
    return tuple(Column(name, title) for name, title in titles.items())


def amounts(**titles: str) -> tuple[Column, ...]:
    """Columns of money in the row's currency."""
    return tuple(Column(name, title, Shown.amount) for name, title in titles.items())


def numbers(**titles: str) -> tuple[Column, ...]:
    """Columns of quantities that are added up."""
    return tuple(Column(name, title, Shown.number) for name, title in titles.items())


def days(**titles: str) -> tuple[Column, ...]:
    """Columns of days."""
    return tuple(Column(name, title, Shown.date) for name, title in titles.items())


def instants(**titles: str) -> tuple[Column, ...]:
    """Columns of instants by the clock."""
    return tuple(Column(name, title, Shown.instant) for name, title in titles.items())
