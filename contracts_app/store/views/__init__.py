"""Reads for pages and the API: read-only SQL that returns frozen values. Money is Decimal, instants are UTC.

Every function takes the connection of a read-only transaction, the firm, and where a client may ask the
client's id, which then restricts what is found.
"""
