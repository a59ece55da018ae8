"""Retainage: terms, tiers, shares of lines, release, law and tax."""
