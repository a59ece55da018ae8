"""What every application of the sample contract must say, computed from its CSV files and nothing of ours.

Stand-alone on purpose: standard library only, no function of the product. Prints JSON: for applications 2 to
17 the lines 1 to 9 of the summary as applied (text), what was certified, and the work of the period by line.

    python tests/scenarios/expected_from_csv.py --data contracts_app/sample/data
        --less-application 6 --less-line PRJ-2024-003-SOV-05 --shortfall 10000

Rules, as agreed for the sample:
* change orders with status Approved are executed on the date submitted, in force when that is on or before
  the period end;
* application 4 is taken from the *previous* column of application 5 (its own lines do not add up);
* a line missing from an application has no work in that period;
* the application certified less loses the shortfall (gross work on one line) in its certificate; the next one
  starts from that certificate and claims the difference again;
* 16 is the balance of every line with the executed change orders, dated 30 days after 15; 17 releases the
  retainage, 30 days after 16;
* line 7 is line 6 of the certificate before (zero for the first application).
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

CENT = Decimal("0.01")


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def money(amount: Decimal) -> str:
    return str(amount.quantize(CENT, rounding=ROUND_HALF_UP))


def expected(
    folder: Path, less_application: int | None, less_line: str, shortfall: Decimal
) -> list[dict[str, object]]:
    contract = rows(folder, "hvac_contracts_one_project.csv")[0]
    original = Decimal(contract["original_contract_value"])
    rate = Decimal(contract["retention_pct"])
    schedule = {
        row["sov_line_id"]: Decimal(row["scheduled_value"])
        for row in rows(folder, "hvac_sov_one_project.csv")
    }
    orders = [
        (date.fromisoformat(row["date_submitted"]), row["co_number"], Decimal(row["amount"]))
        for row in rows(folder, "hvac_change_orders_one_project.csv")
        if row["status"] == "Approved"
    ]
    history = {int(r["application_number"]): r for r in rows(folder, "hvac_billing_history_one_project.csv")}
    lines: dict[int, dict[str, dict[str, str]]] = {}
    for row in rows(folder, "hvac_billing_lines_one_project.csv"):
        lines.setdefault(int(row["application_number"]), {})[row["sov_line_id"]] = row

    work: dict[int, dict[str, Decimal]] = {}
    ends: dict[int, date] = {}
    for number in sorted(history):
        ends[number] = date.fromisoformat(history[number]["period_end"])
        own, after = lines[number], lines.get(number + 1, {})
        this = {line: Decimal(row["this_period"]) for line, row in own.items()}
        if sum(this.values()) != Decimal(history[number]["period_total"]):
            this = {
                line: Decimal(after[line]["previous_billed"]) - Decimal(row["previous_billed"])
                for line, row in own.items()
            }
        if sum(this.values()) != Decimal(history[number]["period_total"]):
            raise SystemExit(f"application {number} cannot be made to add up")
        work[number] = this
    last = max(history)
    final, release = last + 1, last + 2
    ends[final] = ends[last] + timedelta(days=30)
    ends[release] = ends[final] + timedelta(days=30)
    values = schedule | {co: amount for executed, co, amount in orders if executed <= ends[final]}
    done = {line: sum((w.get(line, Decimal(0)) for w in work.values()), Decimal(0)) for line in values}
    work[final] = {line: values[line] - done[line] for line in values}
    work[release] = {}

    result: list[dict[str, object]] = []
    to_date: dict[str, Decimal] = {}
    certified_before = Decimal(0)
    owed: dict[str, Decimal] = {}
    for number in sorted(work):
        this = dict(work[number])
        for line, amount in owed.items():
            this[line] = this.get(line, Decimal(0)) + amount
        owed = {}
        for line, amount in this.items():
            to_date[line] = to_date.get(line, Decimal(0)) + amount
        line2 = sum((amount for executed, _, amount in orders if executed <= ends[number]), Decimal(0))
        line3 = original + line2
        line4 = sum(to_date.values(), Decimal(0))
        retained = Decimal(0) if number == release else (line4 * rate).quantize(CENT, rounding=ROUND_HALF_UP)
        line6 = line4 - retained
        certified4, certified5 = line4, retained
        if number == less_application:
            if not Decimal(0) < shortfall <= this.get(less_line, Decimal(0)):
                raise SystemExit(
                    f"the shortfall must be within the work of {less_line} on application {number}"
                )
            to_date[less_line] -= shortfall
            owed = {less_line: shortfall}
            certified4 = line4 - shortfall
            certified5 = (certified4 * rate).quantize(CENT, rounding=ROUND_HALF_UP)
        certified6 = certified4 - certified5
        result.append(
            {
                "application": number,
                "period_end": ends[number].isoformat(),
                "line1": money(original),
                "line2": money(line2),
                "line3": money(line3),
                "line4": money(line4),
                "line5": money(retained),
                "line6": money(line6),
                "line7": money(certified_before),
                "line8": money(line6 - certified_before),
                "line9": money(line3 - line6),
                "certified_line4": money(certified4),
                "certified_line5": money(certified5),
                "certified_line6": money(certified6),
                "certified_line8": money(certified6 - certified_before),
                "work_this_period": {line: money(amount) for line, amount in sorted(this.items()) if amount},
            }
        )
        certified_before = certified6
    return result


def main(arguments: list[str] | None = None) -> int:
    here = Path(__file__).resolve().parents[2] / "contracts_app" / "sample" / "data"
    parser = argparse.ArgumentParser(
        description="Expected lines 1 to 9 of the sample contract's applications"
    )
    parser.add_argument("--data", type=Path, default=here)
    parser.add_argument("--less-application", type=int, default=None)
    parser.add_argument("--less-line", default="")
    parser.add_argument("--shortfall", type=Decimal, default=Decimal(0))
    chosen = parser.parse_args(arguments)
    answer = expected(chosen.data, chosen.less_application, chosen.less_line, chosen.shortfall)
    json.dump(answer, sys.stdout, indent=1)
    sys.stdout.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
