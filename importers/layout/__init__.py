"""Sheets as people and programs lay them out → plain sheets: one header row, then a row for each record.

A cell that was moved (repeated from above, taken from a header) is a `placed.PlacedCell` and still knows
where it stands in the file.
"""
