"""Import: a time sheet through the product, against the standard library's reader and COPY.

The product, without HTTP: the file is received, analysed with its rows staged, and posted chunk by chunk.
The baseline reads the same file with `csv`, makes the same rows with dates, seconds and ids, and copies them
into a bare table with the checks, indexes and foreign keys of ours. It leaves out: recognising columns and
conventions, what is wrong with a row, rows known from before, what each row said and where it stood (a second
table), the rates compared, row-level security, triggers and the audit.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

from sqlalchemy import Engine

from bench import bare, firm
from bench.figure import Figure, exponent, per_second, ratio
from bench.firm import AGREED, PROJECT, Firm
from bench.place import place
from bench.size import Size
from contracts_app.domain.commands.import_commands import PostImport
from contracts_app.domain.roles import Role
from contracts_app.services import imports, posting_imports
from contracts_app.settings import Settings
from contracts_app.store.imports import find
from contracts_app.store.transaction import Origin, open_engine, reading

FILE_NAME = "time sheet.csv"
DAYS = 40
"""From the contract's date on; three minutes a row, so that in 100,000 rows nobody works more than a day."""
COLUMNS = (
    "firm_id", "id", "contract_id", "sov_line_id", "external_id", "person", "role", "project", "task",
    "description", "source", "position", "work_date", "seconds", "billable", "file_rate", "entered_by",
    "state",
)  # fmt: skip


def sheet(rows: int) -> bytes:
    """A time sheet of so many rows, all good, no two alike."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(
        ["Date", "Person", "Hours", "Project", "Task", "Notes", "Role", "Billable", "Billable rate"]
    )
    for n in range(rows):
        writer.writerow(
            [
                AGREED + timedelta(days=n * DAYS // rows),
                f"Sample Engineer {n % 10}",
                "0.05",
                PROJECT,
                "Design",
                f"Calculation, part {n}",
                "Engineer",
                "Yes",
                100 + 5 * (n % 10),
            ]
        )
    return written.getvalue().encode()


def measure(size: Size) -> Iterator[Figure]:
    """Seconds of both and of the product's parts, the ratio, and how they grow."""
    taken: dict[int, list[float]] = {}
    with place() as here:
        made = firm.make(here, "importing", 1, 0)
        bare.make_tables(here.owner_url("importing"), ("time_entry",))
        for rows in size.rows:
            data = sheet(rows)
            product: list[tuple[float, float, float]] = []
            copied: list[float] = []
            for run in range(size.runs):
                with here.copied("importing") as settings:
                    if run % 2:
                        copied.append(by_copy(settings, made, data))
                    product.append(by_product(settings, made, data))
                    if not run % 2:
                        copied.append(by_copy(settings, made, data))
                    _same(settings, made, rows)
            whole = [sum(parts) for parts in product]
            taken[rows] = whole
            yield Figure(f"import {rows:,} rows, product", whole)
            for number, part in enumerate(("receive", "analyse", "post")):
                yield Figure(f"    of which {part}", [parts[number] for parts in product])
            yield Figure(f"import {rows:,} rows, csv and COPY", copied)
            yield per_second(f"import {rows:,} rows, product", rows, whole, "rows")
            yield ratio(f"import {rows:,} rows, product / csv and COPY", whole, copied, aim=2)
    smallest, largest = size.rows[0], size.rows[-1]
    yield exponent(f"growth from {smallest:,} to {largest:,} rows, product", list(taken.items()))


def by_product(settings: Settings, made: Firm, data: bytes) -> tuple[float, float, float]:
    """Seconds to receive, to analyse and to post."""
    engine = open_engine(settings.database_url, pool_size=1)
    try:
        began = time.perf_counter()
        import_id = imports.receive(
            engine,
            firm_id=made.id,
            by=made.people[Role.coordinator],
            key="upload",
            kind="timesheet",
            contract_id=made.contract_id,
            file_name=FILE_NAME,
            data=data,
        )
        received = time.perf_counter()
        imports.analyse_import(engine, made.id, import_id, Origin())
        analysed = time.perf_counter()
        made.do(engine, Role.coordinator, PostImport(import_id=import_id), "post")
        while _is_being_posted(engine, made, import_id):
            posting_imports.post_chunk(engine, made.id, import_id, Origin())
        return received - began, analysed - received, time.perf_counter() - analysed
    finally:
        engine.dispose()


def _is_being_posted(engine: Engine, made: Firm, import_id: UUID) -> bool:
    with reading(engine, made.id) as connection:
        row = find(connection, made.id, import_id)
    return row is not None and row["state"] == "posting"


def by_copy(settings: Settings, made: Firm, data: bytes) -> float:
    """Read, convert, copy, commit."""
    with bare.of_firm(settings.database_url, made.id) as connection:
        began = time.perf_counter()
        line = connection.execute(
            "SELECT id FROM sov_line WHERE contract_id = %s", [made.contract_id]
        ).fetchone()
        assert line is not None
        with connection.cursor().copy(f"COPY bare.time_entry ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in _rows(made, line[0], data):
                copy.write_row(row)
        connection.commit()
        return time.perf_counter() - began


def _rows(made: Firm, line_id: object, data: bytes) -> Iterator[tuple[object, ...]]:
    for position, row in enumerate(csv.DictReader(io.StringIO(data.decode())), start=2):
        external_id = f"{FILE_NAME}:{position}"
        yield (
            made.id, _id(made, external_id), made.contract_id, line_id, external_id, row["Person"],
            row["Role"], row["Project"], row["Task"], row["Notes"], f"{FILE_NAME}, row {position}", position,
            date.fromisoformat(row["Date"]), int(Decimal(row["Hours"]) * 3600), row["Billable"] == "Yes",
            Decimal(row["Billable rate"]), made.people[Role.coordinator], "open",
        )  # fmt: skip


def _id(made: Firm, external_id: str) -> UUID:
    return uuid5(made.id, external_id)


def _same(settings: Settings, made: Firm, rows: int) -> None:
    said = "SELECT count(*), sum(seconds), min(work_date), max(work_date), sum(file_rate) FROM"
    with bare.of_firm(settings.database_url, made.id) as connection:
        found = [
            connection.execute(f"{said} {table}").fetchone() for table in ("time_entry", "bare.time_entry")
        ]
    if found[0] != found[1] or found[0] is None or found[0][0] != rows:
        raise AssertionError(f"the contenders do not come to the same: {found}")
