"""XLSX: the container is judged before it is opened, and parsed in a process of its own with limits.

A hostile workbook can abort its parser or eat all memory; no `except` helps against that, another process
does.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from importers.problems import Place, Problem, file_problem, information
from importers.sheets import Cell, CellKind, Limits, Row, Sheet

_PARSER = Path(__file__).with_name("workbook_process.py")

_REFUSALS = {
    "unreadable": (
        "a workbook that cannot be read",
        "Open it in a spreadsheet program and save it again as .xlsx.",
    ),
    "document_type": (
        "a document type declaration inside the workbook",
        "No spreadsheet program writes these; ask the sender how the file was made.",
    ),
    "nested_archive": (
        "another archive inside the workbook",
        "Take embedded files out of the workbook and save it again.",
    ),
    "too_large": (
        "a sheet that is larger than we read",
        "Split the file, for example by month, and import the parts.",
    ),
}
"""What the parsing process may answer instead of sheets: found, how to mend."""


def read_workbook(file: str, data: bytes, limits: Limits) -> tuple[Sequence[Sheet], Sequence[Problem]]:
    """All visible sheets with their non-empty rows; numbers at a spreadsheet's own 15 digits."""
    refused = _judge_container(file, data, limits)
    if refused:
        return (), (refused,)
    answer = _parse(data, limits)
    if answer is None:
        return (), (_too_large_or_damaged(file),)
    if "refused" in answer:
        found, mend = _REFUSALS[answer["refused"]]
        return (), (
            file_problem(
                file, f"workbook_{answer['refused']}", found=found, expected="an .xlsx workbook", mend=mend
            ),
        )
    sheets = [
        Sheet(
            sheet["name"],
            [Row(n, tuple(Cell(c, CellKind(k), raw) for c, k, raw in cells)) for n, cells in sheet["rows"]],
        )
        for sheet in answer["sheets"]
    ]
    hidden = [
        information(
            Place(file=file, sheet=name),
            "hidden_sheet",
            found=f"hidden sheet {name}",
            expected="visible sheets",
            mend="It was not read. Show the sheet and import again if it belongs to the data.",
        )
        for name in answer["hidden"]
    ]
    return sheets, hidden


def _parse(data: bytes, limits: Limits) -> dict[str, Any] | None:
    """The parsing process's answer; None when it died, ran over a limit or said nothing sensible."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PARSER), json.dumps(asdict(limits))],
            input=data,
            capture_output=True,
            env={},  # the parser needs none of our addresses and secrets
            timeout=limits.wall_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0:
        return None
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _too_large_or_damaged(file: str) -> Problem:
    return file_problem(
        file,
        "too_large_or_damaged",
        found="a workbook that could not be read within our limits",
        expected="an undamaged .xlsx workbook",
        mend="Open it in a spreadsheet program and save it again, or export the table as CSV.",
    )


def _judge_container(file: str, data: bytes, limits: Limits) -> Problem | None:
    """Refuse by the archive's directory alone, before anything is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (
        zipfile.BadZipFile,
        ValueError,
        NotImplementedError,
        OSError,
        EOFError,
        IndexError,
        OverflowError,
    ):
        return file_problem(
            file,
            "damaged_workbook",
            found="an incomplete or damaged archive",
            expected="an .xlsx workbook",
            mend="The upload may have been cut off; save the workbook again and upload it anew.",
        )
    names = [member.filename.replace("\\", "/") for member in members]
    unpacked = sum(member.file_size for member in members)
    packed = max(sum(member.compress_size for member in members), 1)
    if (
        len(members) > limits.members
        or unpacked > limits.unpacked_bytes
        or unpacked > packed * limits.unpack_ratio
    ):
        return file_problem(
            file,
            "archive_bomb",
            found=f"{len(members)} parts, {unpacked} bytes unpacked from {packed}",
            expected=f"at most {limits.members} parts, {limits.unpacked_bytes} bytes and a ratio of "
            f"{limits.unpack_ratio} to 1",
            mend="Remove unused sheets, pictures and formats, or export the table as CSV.",
        )
    if any(member.flag_bits & 1 for member in members):
        return file_problem(
            file,
            "protected_or_old_workbook",
            found="an encrypted archive",
            expected="a workbook without password",
            mend="Take the password off and save it as .xlsx.",
        )
    if any(name.startswith("/") or ".." in name.split("/") for name in names) or len(set(names)) != len(
        names
    ):
        return file_problem(
            file,
            "damaged_workbook",
            found="parts with doubled or outside names",
            expected="an .xlsx workbook",
            mend="Open it in a spreadsheet program and save it again as .xlsx.",
        )
    if "[Content_Types].xml" not in names:
        found = "an OpenDocument file" if "mimetype" in names else "an archive that is no workbook"
        return file_problem(
            file,
            "not_a_table",
            found=found,
            expected="CSV or .xlsx",
            mend="Open it in a spreadsheet program and save it as .xlsx or CSV.",
        )
    return None
