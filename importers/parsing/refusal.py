"""Why the program gives no rows, as a code that the parent has a sentence for."""

from __future__ import annotations


class Refusal(Exception):
    """The file is not for us. `found` says what is inside, where the code alone does not."""

    def __init__(self, code: str, found: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.found = found
