"""docs/SPEC-law.md names every table of law that there is."""

import re
from importlib import resources

from tests.domain.worked_tables import rows


def test_the_page_names_every_table() -> None:
    told = {
        name for row in rows("SPEC-law.md", "Tables") for name in re.findall(r"`(\w+\.toml)`", row["Table"])
    }
    there = {each.name for each in resources.files("contracts_app.law").iterdir()}
    assert told == {name for name in there if name.endswith(".toml")}
