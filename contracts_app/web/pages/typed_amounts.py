"""What people type into an amount cell: `1,200.50`, `=1200*.3`, `50%`. Exact Decimal, never float."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from decimal import Context, Decimal, DecimalException, localcontext

from contracts_app.domain.money import ZERO, multiply, round_to

_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d{1,15})?(\.\d{1,9})?\Z", re.ASCII)
_FORMULA = re.compile(r"[0-9.,+\-*/() ]{1,80}\Z", re.ASCII)
_EXACT = Context(prec=60)
_LARGEST = Decimal(10) ** 15
_SIGNS: Mapping[str, str] = {"USD": "$", "EUR": "€", "GBP": "£"}
"""What may stand before an amount; the sign of another currency is not read over."""
_OPERATIONS: Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


class NotAnAmount(ValueError):
    """The text is not an amount; the message says what would be."""


def amount(text: str, whole: Decimal, currency: str) -> Decimal:
    """The amount that `text` means, at the currency's scale; `50%` is half of `whole`; empty is zero.

    Raises NotAnAmount. A plain number with more decimals than the currency has is kept as typed, so that the
    domain can refuse it; only what is computed (a percentage, a formula) is rounded.
    """
    text = text.strip()
    if not text:
        return ZERO
    sign = _SIGNS.get(currency)
    if sign and text.lstrip("-+(").startswith(sign):
        text = text.replace(sign, "", 1)
    if text.endswith("%"):
        return round_to(multiply(whole, percentage(text)), currency)
    if text.startswith("="):
        return round_to(_computed(text[1:]), currency)
    return _number(text)


def number(text: str) -> Decimal:
    """A number or formula that is no amount of money, not rounded: a quantity, a unit price.

    Raises NotAnAmount.
    """
    text = text.strip()
    return _computed(text[1:]) if text.startswith("=") else _number(text)


def percentage(text: str) -> Decimal:
    """`50%`, `50 %` and `50` as the fraction 0.5. Raises NotAnAmount."""
    return multiply(_number(text.strip().removesuffix("%").strip()), Decimal("0.01"))


def _number(text: str) -> Decimal:
    if text.startswith("(") and text.endswith(")"):
        text = f"-{text[1:-1]}"
    if not _NUMBER.match(text) or not any(letter.isdigit() for letter in text):
        raise NotAnAmount("an amount like 1200.50, a percentage like 50% or a formula like =1200*.3")
    return Decimal(text.replace(",", ""))


def _computed(formula: str) -> Decimal:
    if not _FORMULA.match(formula):
        raise NotAnAmount("a formula of numbers and + - * / ( ), like =1200*.3")
    try:
        tree = ast.parse(formula.strip(), mode="eval").body
        with localcontext(_EXACT):
            result = _value(tree, formula.strip())
    except (SyntaxError, RecursionError, DecimalException) as error:
        raise NotAnAmount("a formula of numbers and + - * / ( ), like =1200*.3") from error
    if not result.is_finite() or abs(result) >= _LARGEST:
        raise NotAnAmount("an amount below a thousand million millions")
    return result


def _value(node: ast.expr, source: str) -> Decimal:
    match node:
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATIONS:
            return _OPERATIONS[type(op)](_value(left, source), _value(right, source))
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand, source)
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _value(operand, source)
        case ast.Constant(value=int() | float()):
            # From the text, not from Python's number: 0.1 must stay 0.1.
            return Decimal(source[node.col_offset : node.end_col_offset])
        case _:
            raise NotAnAmount("a formula of numbers and + - * / ( ), like =1200*.3")
