"""The environment in which document and mail templates run (docs/SPEC-documents.md, section 2).

A template sees dicts, lists and strings. It may print, compare, loop and test; it may not call, compute,
reach attributes that start with an underscore, or read anything it was not given.
"""

from __future__ import annotations

from typing import Any, NoReturn

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILTERS = ("default", "upper", "lower", "title", "length", "first", "last", "escape", "e")
TESTS = ("defined", "undefined", "none", "equalto", "eq", "==", "ne", "!=", "in", "true", "false")


class RestrictedEnvironment(ImmutableSandboxedEnvironment):
    """Jinja without calls, arithmetic, globals, loaders and all but a few filters."""

    intercepted_binops = frozenset({"**", "*", "%", "+", "-", "/", "//"})
    intercepted_unops = frozenset({"+", "-"})

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> NoReturn:
        raise SecurityError(f"a template does not compute ({operator})")

    def call_unop(self, context: Context, operator: str, arg: Any) -> NoReturn:
        raise SecurityError(f"a template does not compute ({operator})")

    def is_safe_callable(self, obj: Any) -> bool:
        return False


def restricted_environment(*, autoescape: bool) -> RestrictedEnvironment:
    """A fresh environment; `autoescape` for DOCX (`Smith & Sons <Ltd>` survives), not for plain text."""
    env = RestrictedEnvironment(
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=not autoescape,
        lstrip_blocks=not autoescape,
    )
    env.globals.clear()
    env.filters = {name: env.filters[name] for name in FILTERS}
    env.tests = {name: env.tests[name] for name in TESTS}
    return env
