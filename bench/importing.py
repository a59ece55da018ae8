"""Import: a time sheet through the product, against bare readers of the same file and COPY of the same rows.

The product, without HTTP: the file is received, analysed with its rows staged, and posted chunk by chunk. The
baselines, in turns with it: (a) the bare reader over the same file, `csv` or calamine, every cell touched,
nothing kept; (b) COPY of the same rows, converted before, into a bare table with the checks, indexes and
foreign keys of ours. They leave out: the process of its own for a hostile file, recognising columns and
conventions, what is wrong with a row, rows known from before, what each row said and where it stood (a second
table), the rates compared, row-level security, triggers and the audit.

The product runs in a process of its own, so that its peak of memory (its own, and that of the process that
parses) is told apart from ours.
"""

from __future__ import annotations

import csv
import io
import resource
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from multiprocessing import get_context
from pathlib import Path
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
"""From the contract's date on; three minutes a row, of more than 100,000 a tenth: nobody works over a day."""
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
    hours = "0.05" if rows <= 100_000 else "0.005"
    for n in range(rows):
        writer.writerow(
            [
                AGREED + timedelta(days=n * DAYS // rows),
                f"Sample Engineer {n % 10}",
                hours,
                PROJECT,
                "Design",
                f"Calculation, part {n}",
                "Engineer",
                "Yes",
                100 + 5 * (n % 10),
            ]
        )
    return written.getvalue().encode()


def workbook(data: bytes) -> bytes:
    """The same sheet as an XLSX workbook, with numbers as numbers and days as days."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    written = book.create_sheet("Time")
    for number, row in enumerate(csv.reader(io.StringIO(data.decode()))):
        told: list[object] = list(row)
        if number:
            told = [date.fromisoformat(row[0]), row[1], float(row[2]), *row[3:8], float(row[8])]
        written.append(told)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def measure(size: Size) -> Iterator[Figure]:
    """Seconds of the product, its parts and the baselines, ratios, peaks of memory, and how they grow."""
    with place() as here:
        made = firm.make(here, "importing", 1, 0)
        bare.make_tables(here.owner_url("importing"), ("time_entry",))
        for ending in ("csv", "xlsx"):
            taken: dict[int, list[float]] = {}
            peaks: dict[int, list[float]] = {}
            for rows in size.rows:
                said = sheet(rows)
                file = said if ending == "csv" else workbook(said)
                product: list[Product] = []
                read: list[float] = []
                copied: list[float] = []
                for _ in range(size.runs):
                    with here.copied("importing") as settings:
                        product.append(apart(settings, made, f"time sheet.{ending}", file))
                        read.append(by_reader(ending, file))
                        copied.append(by_copy(settings, made, said))
                        _same(settings, made, rows)
                whole = taken[rows] = [one.whole for one in product]
                peaks[rows] = [max(one.own_megabytes, one.child_megabytes) for one in product]
                what = f"import {rows:,} rows of {ending}"
                yield Figure(f"{what}, product", whole)
                for name in ("receive", "analyse", "post"):
                    yield Figure(f"    of which {name}", [getattr(one, name) for one in product])
                yield per_second(f"{what}, product", rows, whole, "rows")
                yield Figure(f"{what}, (a) bare reader", read)
                yield Figure(f"{what}, (b) bare COPY", copied)
                both = [one + other for one, other in zip(read, copied, strict=True)]
                yield ratio(f"{what}, product / ((a) + (b))", whole, both, aim=2)
                yield ratio(f"{what}, product / (a)", whole, read)
                yield ratio(f"{what}, product / (b)", whole, copied)
                yield Figure(f"{what}, peak of the product", [one.own_megabytes for one in product], "MB")
                yield Figure(f"{what}, peak of the parser", [one.child_megabytes for one in product], "MB")
            between = f"from {size.rows[0]:,} to {size.rows[-1]:,} rows of {ending}"
            yield exponent(f"growth of time {between}", list(taken.items()))
            yield exponent(f"growth of memory {between}", list(peaks.items()))


@dataclass(frozen=True)
class Product:
    """One run of the product: seconds of its parts, and peaks of memory."""

    receive: float
    analyse: float
    post: float
    own_megabytes: float
    child_megabytes: float

    @property
    def whole(self) -> float:
        """Seconds from the file's bytes to the last posted row."""
        return self.receive + self.analyse + self.post


def apart(settings: Settings, made: Firm, file_name: str, data: bytes) -> Product:
    """The product in a process of its own, begun anew: nothing of an earlier run is in its memory."""
    with tempfile.NamedTemporaryFile() as file, ProcessPoolExecutor(1, get_context("spawn")) as one:
        file.write(data)
        file.flush()
        return one.submit(_told, settings, made, file_name, file.name).result()


def _told(settings: Settings, made: Firm, file_name: str, path: str) -> Product:
    parts = by_product(settings, made, Path(path).read_bytes(), file_name)
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return Product(*parts, own.ru_maxrss / 1024, children.ru_maxrss / 1024)


def by_reader(ending: str, data: bytes) -> float:
    """Seconds in which the bare reader gives every cell of the file once."""
    began = time.perf_counter()
    if ending == "csv":
        cells = sum(len(row) for row in csv.reader(io.StringIO(data.decode())))
    else:
        from python_calamine import CalamineWorkbook

        rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).iter_rows()
        cells = sum(len(row) for row in rows)
    assert cells
    return time.perf_counter() - began


def by_product(
    settings: Settings, made: Firm, data: bytes, file_name: str = FILE_NAME
) -> tuple[float, float, float]:
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
            file_name=file_name,
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
    """Seconds to copy and commit rows that were converted before."""
    with bare.of_firm(settings.database_url, made.id) as connection:
        line = connection.execute(
            "SELECT id FROM sov_line WHERE contract_id = %s", [made.contract_id]
        ).fetchone()
        assert line is not None
        rows = list(_rows(made, line[0], data))
        began = time.perf_counter()
        with connection.cursor().copy(f"COPY bare.time_entry ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for row in rows:
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
