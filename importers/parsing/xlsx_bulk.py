"""Large XLSX sheets through calamine, with what it passes over put back.

It holds a sheet as one rectangle; a cell far out can make that too large and abort the process. The parent
then starts the program again without this reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from importers.parsing.cells import cell_of
from importers.parsing.frames import Cells
from importers.parsing.xlsx_parts import Marks


def bulk_rows(source: BinaryIO, name: str, found: Marks) -> Iterator[tuple[int, Cells]]:
    """Rows by number with the cells that are not empty."""
    from python_calamine import CalamineWorkbook

    source.seek(0)
    sheet = CalamineWorkbook.from_filelike(source).get_sheet_by_name(name)
    _, columns_left = sheet.start or (0, 0)  # rows come from the sheet's first, columns from the first used
    special = {row: dict(cells) for row, cells in found.special.items()}
    for number, row in enumerate(sheet.iter_rows(), start=1):
        cells = [
            (column, kind, text)
            for column, (kind, text) in enumerate(map(cell_of, row), start=columns_left)
            if kind
        ]
        marked = special.pop(number, None)
        if marked:
            cells = sorted(
                [cell for cell in cells if cell[0] not in marked]
                + [(column, kind, text) for column, (kind, text) in marked.items()]
            )
        yield number, cells
    for number in sorted(special):
        yield number, [(column, kind, text) for column, (kind, text) in sorted(special[number].items())]
