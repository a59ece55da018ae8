"""Contract billing: from a signed contract and its files to a paid, closed contract."""

__version__ = "0.1.0"
