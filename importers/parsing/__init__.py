"""The program that parses one hostile file in a process of its own: bytes in, frames of rows out.

Run by `importers.reading.process`, isolated from the environment, with its own limits on memory, processor
time, files and output. It imports nothing of ours but itself, knows no meaning of any column, follows no
link, runs no macro and works out no formula.

`program` (limits, and which reader) → `containers` (zip archives judged by their directory) → `xlsx` +
`xlsx_bulk` + `xlsx_parts`, `ods`, `xls`, `html_tables`, `delimited` + `encodings` + `delimiters` →
`frames`.
"""
