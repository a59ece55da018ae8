"""How docs/SPEC-caps-and-funding.md writes charges, caps and purchase orders, read into the models."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.funding.caps import Cap, Scope
from contracts_app.domain.funding.charges import Charge, ChargeKind, Held, Part, Why
from contracts_app.domain.funding.funding import OnExceed, OrderLine, PurchaseOrder
from contracts_app.domain.money import total
from tests.domain.agreements import identity
from tests.domain.worked_tables import listed

FIRST = date(2025, 1, 1)


def line(number: str) -> UUID:
    """A line of the schedule of values, by its number."""
    return identity(f"line {number}")


def charges(cell: str, name: str = "charge", after: int = 0) -> list[Charge]:
    """`1 500; 2 Partner 300; 1 @Ada 03-10 20; 1 expense 200; 1 tax20 100`: in the order of their days."""
    return [
        _charge(text.split(), f"{name} {number}", FIRST + timedelta(days=after + number))
        for number, text in enumerate(listed(cell))
    ]


def _charge(words: list[str], name: str, day: date) -> Charge:
    told: dict[str, object] = {"work_date": day}
    if "to" in words:
        told["funded_by"] = identity(words.pop())
        words.pop()
    for word in words[1:-1]:
        if word in list(ChargeKind):
            told["kind"] = ChargeKind(word)
        elif re.fullmatch(r"\d\d-\d\d", word):
            told["work_date"] = date.fromisoformat(f"2025-{word}")
        elif word.startswith("tax"):
            told["tax_rate"] = Decimal(word.removeprefix("tax")).scaleb(-2)
        elif word.startswith("@"):
            told["person"] = word[1:]
        else:
            told["role"] = word
    return Charge.model_validate(
        {"id": identity(name), "line_id": line(words[0]), "amount": Decimal(words[-1]), **told}
    )


def caps(cell: str) -> dict[str, Cap]:
    """`contract = 1000; line 1 = 600; phase 1+2 = 800; role Partner on 2 = 300; contract with-tax = 1200`,
    by their names."""
    found = {}
    for text in listed(cell):
        said, amount = text.split(" = ")
        flags = {word for word in said.split() if word in ("no-expenses", "with-tax")}
        words = [word for word in said.split() if word not in flags]
        name, lines = " ".join(words), words[-1].split("+") if len(words) in (2, 4) else []
        kind = words[0]
        category = {"role": "roles", "person": "people"}.get(kind)
        if category and len(words) == 2:
            lines = []
        # A cap that was lowered below what is billed has less than nothing left, but is itself not negative.
        found[name] = Cap.model_validate(
            {
                "id": identity(name),
                "name": name,
                "scope": Scope.category if category else Scope(kind),
                "amount": max(Decimal(amount), Decimal(0)),
                "lines": tuple(line(number) for number in lines),
                "expenses": "no-expenses" not in flags,
                "taxes": "with-tax" in flags,
                **({category: (words[1],)} if category else {}),
            }
        )
    return found


def left(cell: str) -> dict[UUID, Decimal]:
    """What the caps of the same cell have left."""
    return {
        cap.id: Decimal(text.split(" = ")[1])
        for cap, text in zip(caps(cell).values(), listed(cell), strict=True)
    }


def left_over(cell: str) -> list[Held]:
    """`1 200 line 1`: what earlier invoices left of charges, and which cap held it."""
    found = []
    for number, text in enumerate(listed(cell)):
        words = text.split()
        place = next(index for index, word in enumerate(words) if re.fullmatch(r"[\d.]+", word) and index)
        (charge,) = charges(" ".join(words[: place + 1]), f"earlier {number}", number)
        holder = " ".join(words[place + 1 :])
        cut = holder == "certificate"
        found.append(
            Held(
                charge=charge,
                amount=charge.amount,
                why=Why.certificate if cut else Why.cap,
                held_by=None if cut else identity(holder),
            )
        )
    return found


def orders(cell: str) -> list[PurchaseOrder]:
    """`A/1 500 time; A/2 200 expense until 03-31; B/1 300 line 1 warn`."""
    lines: dict[str, list[OrderLine]] = {}
    warning = set()
    for text in listed(cell):
        name, amount, *words = text.split()
        number, place = name.split("/")
        told: dict[str, object] = {}
        while words:
            word = words.pop(0)
            if word in ("from", "until"):
                day = date.fromisoformat(f"2025-{words.pop(0)}")
                told["starts_on" if word == "from" else "expires_on"] = day
            elif word == "line":
                told["lines"] = (line(words.pop(0)),)
            elif word == "warn":
                warning.add(number)
            else:
                told["kinds"] = (ChargeKind(word),)
        found = OrderLine.model_validate(
            {"id": identity(name), "number": place, "amount": Decimal(amount), **told}
        )
        lines.setdefault(number, []).append(found)
    return [
        PurchaseOrder(
            number=number,
            lines=tuple(found),
            on_exceed=OnExceed.warn if number in warning else OnExceed.block,
        )
        for number, found in lines.items()
    ]


def amounts_by_name(cell: str) -> dict[str, Decimal]:
    """`line 1 -200; contract -200`: name → amount."""
    return {name: Decimal(amount) for name, _, amount in (text.rpartition(" ") for text in listed(cell))}


def by_name(amounts: Mapping[str, Decimal]) -> dict[UUID | None, Decimal]:
    """The same by id, as `caps.Claim` has it; what no cap holds stands under None."""
    return {None if name == "certificate" else identity(name): amount for name, amount in amounts.items()}


def held_by_holder(held: Sequence[Held]) -> dict[UUID | None, Decimal]:
    """What stays unbilled, by what holds it."""
    holders = {known.held_by for known in held}
    return {holder: total(known.amount for known in held if known.held_by == holder) for holder in holders}


def paid(part: Part | None) -> str:
    """`A/1 500 + B/1 400 (100 beyond)`; `-` for a charge that is not claimed."""
    if part is None:
        return "-"
    told = []
    for funded in part.funded:
        name = f"{funded.order_number}/{funded.order_line}" if funded.order_line_id else "none"
        beyond = f" ({funded.beyond:f} beyond)" if funded.beyond else ""
        told.append(f"{name} {funded.amount:f}{beyond}")
    return " + ".join(told)
