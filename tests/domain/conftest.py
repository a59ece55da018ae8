"""Fixtures of the tests of the domain."""

from tests.domain.asking import ask

__all__ = ["ask"]
