"""What the pages call the parts of a ticket of extra work."""

from __future__ import annotations

from collections.abc import Mapping

from contracts_app.domain.changes.extra_work import HoursOnTicket, MaterialOnTicket
from contracts_app.web.pages.formatting import hours, price, quantity

STANDS: Mapping[str, tuple[str, str]] = {
    "unsigned": ("not signed", "warn"),
    "signed": ("signed, in no change order", "warn"),
    "priced": ("in a change order that is not executed", ""),
    "billable": ("billable with its change order", "good"),
}
"""Where a ticket stands, and the tone of its mark."""
EMPTY_HOURS: Mapping[str, str] = {"what": "", "hours": "", "rate": ""}
EMPTY_MATERIAL: Mapping[str, str] = {"what": "", "quantity": "", "cost": ""}


def shown_hours(one: HoursOnTicket) -> dict[str, str]:
    """Hours as the cells of the grid."""
    return {"what": one.what, "hours": hours(one.seconds), "rate": price(one.rate)}


def shown_material(one: MaterialOnTicket) -> dict[str, str]:
    """Material as the cells of the grid."""
    return {"what": one.what, "quantity": quantity(one.quantity), "cost": price(one.unit_cost)}
