"""Which fields a content has."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from contracts_app.documents.contents import _Document
from contracts_app.documents.fields.advance_invoice import of_advance
from contracts_app.documents.fields.application import of_application
from contracts_app.documents.fields.consulting_invoice import of_consulting_invoice
from contracts_app.documents.fields.credit_note import of_credit_note
from contracts_app.documents.fields.group_invoice import of_group_invoice
from contracts_app.documents.fields.receipt import of_receipt
from contracts_app.documents.fields.reduction import of_reduction
from contracts_app.documents.fields.reminder import of_reminder
from contracts_app.documents.fields.retainage_release import of_retainage_release


@singledispatch
def fields_of(content: _Document) -> dict[str, Any]:
    """The fields of a content's templates; the same ones for its paper and its mail."""
    raise TypeError(f"no document is made from {type(content).__name__}")


fields_of.register(of_application)
fields_of.register(of_retainage_release)
fields_of.register(of_advance)
fields_of.register(of_consulting_invoice)
fields_of.register(of_group_invoice)
fields_of.register(of_receipt)
fields_of.register(of_credit_note)
fields_of.register(of_reminder)
fields_of.register(of_reduction)
