"""The page of changed columns names every column that there is."""

from contracts_app.store.columns import metadata
from contracts_app.store.work_in_hand import BUSINESS, WORK_IN_HAND
from tests.scenarios.column_sweep import PAGE


def test_the_page_names_every_column() -> None:
    rows = [line.split("|") for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    named = {cells[1].strip(" `"): set(" ".join(cells[2:]).replace(":", " ").split()) for cells in rows}
    assert named.keys() == BUSINESS | WORK_IN_HAND.keys()
    missing = [
        f"{name}.{column.name}"
        for name in sorted(BUSINESS)
        for column in metadata.tables[name].columns
        if column.computed is None and column.name != "firm_id" and column.name not in named[name]
    ]
    assert missing == [], "run python -m tests.scenarios.column_sweep"
