"""Tables of law, read from the TOML files beside this module (docs/SPEC-law.md)."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from contracts_app.domain.law import Row


@cache
def table(name: str, of: type[Row]) -> tuple[Row, ...]:
    """The rows of `<name>.toml`, each under `[[row]]`.

    Raises FileNotFoundError for a table that is not there and ValidationError for a row that is not whole.
    """
    text = (resources.files(__name__) / f"{name}.toml").read_text(encoding="utf-8")
    return tuple(of.model_validate(row) for row in tomllib.loads(text)["row"])
