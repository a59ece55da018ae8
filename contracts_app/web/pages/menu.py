"""The main menu: which pages there are, in which group, and who sees which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contracts_app.domain.commands.administration import ROLES as ADMINISTERED
from contracts_app.domain.roles import STAFF, Role

_BILLING = "Billing"
_MONEY = "Money"
_CONTROL = "Control"
_SETUP = "Setup"


@dataclass(frozen=True)
class Link:
    """One page of the menu. `here`: it, or a page below it, is open."""

    label: str
    address: str
    here: bool


@dataclass(frozen=True)
class Group:
    """Links under one title; the ones without a title stand in the menu itself."""

    title: str
    links: tuple[Link, ...]

    @property
    def here(self) -> bool:
        """Whether one of its pages is open."""
        return any(link.here for link in self.links)


@dataclass(frozen=True)
class _Page:
    group: str
    label: str
    address: str
    whose: frozenset[Role] = frozenset(STAFF)
    only_practice: bool = False


def _who_may(command: str) -> frozenset[Role]:
    return frozenset(ADMINISTERED[command])


_PAGES = (
    _Page("", "Worklist", "/"),
    _Page("", "My approvals", "/approvals", frozenset({Role.project_manager, Role.controller})),
    _Page("", "Contracts", "/contracts"),
    _Page("", "Imports", "/imports"),
    _Page(_BILLING, "Time", "/time"),
    _Page(_BILLING, "Change orders", "/change-orders"),
    _Page(_BILLING, "Unbilled", "/unbilled"),
    _Page(_BILLING, "Billing runs", "/billing-runs"),
    _Page(_BILLING, "Invoices", "/invoices"),
    _Page(_MONEY, "Payments", "/payments"),
    _Page(_MONEY, "Clients", "/clients"),
    _Page(_MONEY, "Exchange rates", "/exchange-rates", _who_may("add_exchange_rate")),
    _Page(
        _CONTROL,
        "Work in progress",
        "/work-in-progress",
        frozenset({Role.project_manager, Role.controller, Role.auditor}),
    ),
    _Page(_CONTROL, "Reports", "/reports", frozenset({Role.controller, Role.auditor})),
    _Page(_CONTROL, "Checks", "/checks", frozenset({Role.controller, Role.administrator, Role.auditor})),
    _Page(
        _CONTROL,
        "Master data",
        "/master-changes",
        frozenset({Role.auditor}) | _who_may("withdraw_master_change"),
    ),
    _Page(
        _CONTROL,
        "Period close",
        "/periods",
        frozenset({Role.project_manager, Role.auditor}) | _who_may("soft_close_period"),
    ),
    _Page(_CONTROL, "Retention", "/retention", frozenset({Role.auditor}) | _who_may("place_hold")),
    _Page(_SETUP, "Who approves", "/approval-policy", _who_may("delegate_approvals")),
    _Page(_SETUP, "Holidays", "/holidays", _who_may("set_holidays")),
    _Page(_SETUP, "Raise rates", "/rate-increase", frozenset({Role.coordinator, Role.controller})),
    _Page(_SETUP, "Legal entities", "/legal-entities", _who_may("add_legal_entity")),
    _Page(_SETUP, "Tax rates", "/tax-rates", _who_may("add_tax_rate")),
    _Page(_SETUP, "People", "/people", frozenset({Role.administrator})),
    _Page(_SETUP, "Calendar", "/calendar", frozenset({Role.administrator}), only_practice=True),
)
_OF_CLIENTS = (_Page("", "Invoices", "/client"),)


def menu_of(roles: frozenset[Role], path: str, is_client: bool, practice: bool) -> Sequence[Group]:
    """The groups of pages that somebody with these roles sees; a group of one page is not folded."""
    groups: dict[str, list[Link]] = {}
    for page in _OF_CLIENTS if is_client else _PAGES:
        if is_client or (roles & page.whose and (practice or not page.only_practice)):
            groups.setdefault(page.group, []).append(_link(page, path))
    return [Group(title if len(links) > 1 else "", tuple(links)) for title, links in groups.items()]


def _link(page: _Page, path: str) -> Link:
    below = page.address != "/" and path.startswith(f"{page.address}/")
    return Link(page.label, page.address, here=below or path == page.address)
