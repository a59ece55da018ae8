"""Bytes and a file name → sheets of rows whose cells know where they stand. What is inside decides, not the
name.

Nothing here knows what a column means. `file` (what the first bytes are, and the door `read`) → `process`
(the guarded child that runs `importers.parsing`) → `spool` (rows on disk, read again and again at flat
memory); `sentences` says what was wrong.
"""

from importers.reading.file import Format, Reached, Reading, read

__all__ = ["Format", "Reached", "Reading", "read"]
