"""Schedule of values: the lines of the original contract sum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from contracts_app.domain.money import in_words_of_a_page, total
from importers import values
from importers.columns import CONTRACT, Column
from importers.entries import Entry, Kind
from importers.problems import Place, file_problem, information
from importers.rules import Checked, Context, RowFlaws, Rules


class ScheduleLine(Entry):
    """One line: number, description, scheduled value (column C of the continuation sheet). Where the file has
    no id of its own for a line, its number is the id.

    The labour and material shares are estimates of the source; they have no effect on billing and need not
    add
    up to 1.
    """

    line_number: int
    description: str
    scheduled_value: Decimal
    labour_share: Decimal | None = None
    material_share: Decimal | None = None


COLUMNS = (
    CONTRACT,
    Column(
        "external_id",
        "sov_line_id, Line id, SOV line, SOV id, SOV line item, Id",
        values.identifier,
        instead=("line_number",),
        title="Line id",
    ),
    Column(
        "line_number",
        "Line, Line no, Item, Item no, Item number, No, #",
        values.whole_number,
        title="Item number",
    ),
    Column("description", "Description of work, Work, Title, Name", values.text),
    Column("scheduled_value", "Value, Amount, Scheduled amount, Contract value, Line value", values.amount),
    Column(
        "labour_share",
        "labor_pct, labour_pct, Labor share, Labor, Labor percent",
        values.quantity,
        required=False,
    ),
    Column("material_share", "material_pct, Material, Material percent", values.quantity, required=False),
)


def _build(row: Mapping[str, object]) -> ScheduleLine | RowFlaws:
    return ScheduleLine.model_validate({"external_id": str(row["line_number"]), **row})


def _contract_sum(entries: Sequence[ScheduleLine], context: Context) -> Checked[ScheduleLine]:
    """All the lines, stored ones included, must add up to the original contract sum."""
    expected, currency = context.known.original_contract_sum, context.known.currency
    new = {entry.external_id for entry in entries}
    stored = [value for line, value in (context.known.sov_lines or {}).items() if line not in new]
    added = total([*(entry.scheduled_value for entry in entries), *stored])
    if expected is None or added == expected:
        return Checked(entries)
    wrong = file_problem(
        context.file,
        "schedule_does_not_add_up",
        found=f"{in_words_of_a_page(added, currency)} over {len(entries) + len(stored)} lines",
        expected=f"{in_words_of_a_page(expected, currency)}, the original contract sum",
        mend="Correct the lines, or the contract sum if the contract says otherwise.",
    )
    return Checked((), refused=len(entries), problems=[wrong])


def _shares(entries: Sequence[ScheduleLine], context: Context) -> Checked[ScheduleLine]:
    odd = [
        e
        for e in entries
        if e.labour_share is not None
        and e.material_share is not None
        and e.labour_share + e.material_share != 1
    ]
    if not odd:
        return Checked(entries)
    place: Place = context.place(odd[0], "labour_share")
    said = information(
        place,
        "shares_do_not_add_up",
        found=f"{len(odd)} lines",
        expected="labour and material shares that add up to 1",
        mend="Nothing to do: the shares are kept as the source's estimate and have no effect on billing.",
        rows=len(odd),
    )
    return Checked(entries, problems=[said])


RULES = Rules(
    kind=Kind.schedule_of_values,
    columns=COLUMNS,
    build=_build,
    steps=(_contract_sum, _shares),
    money=("scheduled_value",),
    amount=lambda entry: entry.scheduled_value,
    numbers=("scheduled_value",),
)
