"""A small evaluator of the formulas our workbooks use: + - * / SUM ROUND, ranges and other sheets.

It reads the formulas, never the values beside them: it recomputes as a spreadsheet does.
"""

from __future__ import annotations

import ast
import io
import re
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

from openpyxl import load_workbook
from openpyxl.utils import range_boundaries

_CELL = r"(?:'([^']+)'!)?\$?([A-Z]+)\$?([0-9]+)"


class Spreadsheet:
    """Values of cells, computed from the formulas."""

    def __init__(self, data: bytes) -> None:
        self._book = load_workbook(io.BytesIO(data))
        self.value = cache(self._value)

    def _value(self, sheet: str, at: str) -> Decimal:
        content = self._book[sheet][at].value
        if isinstance(content, str) and content.startswith("="):
            return self._formula(sheet, content[1:])
        if content is None:
            return Decimal(0)
        return Decimal(str(content))

    def _formula(self, sheet: str, text: str) -> Decimal:
        text = re.sub(r"SUM\(([A-Z]+[0-9]+:[A-Z]+[0-9]+)\)", lambda m: f"({self._sum(sheet, m[1])})", text)
        text = re.sub(_CELL, lambda m: f"({self.value(m[1] or sheet, m[2] + m[3])})", text)
        return _computed(ast.parse(text, mode="eval").body, text)

    def _sum(self, sheet: str, area: str) -> Decimal:
        left, top, right, bottom = range_boundaries(area)
        cells = self._book[sheet].iter_rows(top, bottom, left, right)
        return sum((self.value(sheet, cell.coordinate) for row in cells for cell in row), Decimal(0))


def _computed(node: ast.expr, text: str) -> Decimal:
    match node:
        case ast.Constant():
            return Decimal(ast.get_source_segment(text, node) or "")
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_computed(operand, text)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _computed(left, text) + _computed(right, text)
        case ast.BinOp(left=left, op=ast.Sub(), right=right):
            return _computed(left, text) - _computed(right, text)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return _computed(left, text) * _computed(right, text)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return _computed(left, text) / _computed(right, text)
        case ast.Call(func=ast.Name(id="ROUND"), args=[number, digits]):
            unit = Decimal(1).scaleb(-int(_computed(digits, text)))
            return _computed(number, text).quantize(unit, rounding=ROUND_HALF_UP)
        case _:
            raise ValueError(f"a formula this evaluator does not know: {text}")
