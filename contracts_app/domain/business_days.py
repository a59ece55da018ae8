"""Business days: Monday to Friday, but for the holidays that the firm has entered."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

_SATURDAY = 5


@dataclass(frozen=True)
class BusinessDays:
    """The days on which a firm works."""

    holidays: Collection[date] = frozenset()

    def works_on(self, day: date) -> bool:
        """Whether it is a business day."""
        return day.weekday() < _SATURDAY and day not in self.holidays

    def after(self, day: date, days: int) -> date:
        """The business day on which so many business days have passed since `day`, which is not counted."""
        while days > 0:
            day += timedelta(days=1)
            days -= self.works_on(day)
        return day
