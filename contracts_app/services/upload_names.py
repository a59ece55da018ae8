"""The name under which an uploaded file is kept, imports and receipts alike."""

from __future__ import annotations

from contracts_app.domain.file_names import uploaded_name
from contracts_app.domain.refusals import wrong_content


def name_of_upload(said: str) -> str:
    """As `uploaded_name`. Raises Refused 422 for a name that cannot be kept."""
    try:
        return uploaded_name(said)
    except ValueError as wrong:
        raise wrong_content("file_name", str(wrong)) from None
