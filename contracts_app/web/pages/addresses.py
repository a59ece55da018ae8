"""Where a thing is shown."""

from __future__ import annotations

from uuid import UUID


def address_of(subject: str, subject_id: UUID, state: str | None = None) -> str:
    """The page of what a process carries, where it goes on: a draft in review opens its review, a contract in
    force the form for its next application."""
    match subject:
        case "invoice":
            return f"/invoices/{subject_id}{'/review' if state == 'in_review' else ''}"
        case "contract":
            return f"/contracts/{subject_id}{'?tab=applications' if state == 'active' else ''}"
        case "import":
            return f"/imports/{subject_id}"
        case "follow-up":
            return f"/payments?client={subject_id}"
        case "billing-run":
            return f"/billing-runs/{subject_id}"
        case _:
            return "/calendar"


def inside(address: str, otherwise: str) -> str:
    """`address` when it stays on this site, else `otherwise`."""
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if safe and "\\" not in address else otherwise


def given_id(text: str) -> UUID | None:
    """An id from the address, or None when there is none that is one."""
    try:
        return UUID(text)
    except ValueError:
        return None
