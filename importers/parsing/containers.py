"""Zip archives: judged by their directory before anything is unpacked, then part by part before a reader
sees them."""

from __future__ import annotations

import zipfile
from enum import Enum
from typing import IO, BinaryIO
from xml.etree import ElementTree

from importers.parsing.frames import Cost
from importers.parsing.refusal import Refusal

_PIECE = 1 << 20
_OVERLAP = 32
_DECLARATIONS = (b"<!DOCTYPE", b"<!ENTITY")
_SPREADSHEETS = (
    b"application/vnd.oasis.opendocument.spreadsheet",
    b"application/vnd.oasis.opendocument.spreadsheet-template",
)


_LARGEST_APART = 8_000_000
"""Bytes unpacked of a part that holds no rows, texts or pictures: readers hold it whole, many times over."""
_APART = frozenset({"xl/styles.xml", "xl/workbook.xml", "styles.xml", "meta.xml", "settings.xml"})


class Inside(Enum):
    """Which kind of workbook an archive is."""

    xlsx = "xlsx"
    xlsm = "xlsm"
    ods = "ods"


def opened(source: BinaryIO) -> zipfile.ZipFile:
    """The archive, or a `Refusal` where it is incomplete or damaged."""
    try:
        return zipfile.ZipFile(source)
    except (
        zipfile.BadZipFile,
        ValueError,
        NotImplementedError,
        OSError,
        EOFError,
        IndexError,
        OverflowError,
    ) as fault:
        raise Refusal("damaged_workbook", "an incomplete or damaged archive") from fault


def judge(archive: zipfile.ZipFile, cost: Cost) -> Inside:
    """What the archive is, by its directory and its small parts alone. `Refusal` for bombs and strangers."""
    members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = max(sum(member.compress_size for member in members), 1)
    if (
        len(members) > cost["members"]
        or unpacked > cost["unpacked_bytes"]
        or unpacked > packed * cost["unpack_ratio"]
    ):
        raise Refusal("archive_bomb", f"{len(members)} parts, {unpacked} bytes unpacked from {packed}")
    if any(member.flag_bits & 1 for member in members):
        raise Refusal("password_protected", "an encrypted archive")
    names = [plain_name(member) for member in members]
    for name, member in zip(names, members, strict=True):
        apart = name.lower() in _APART or name.lower().startswith("xl/theme/") or name.endswith(".rels")
        if apart and member.file_size > _LARGEST_APART:
            raise Refusal("formats_too_large", f"{name} of {member.file_size} bytes")
    outside = any(name.startswith("/") or ".." in name.split("/") for name in names)
    if outside or len(set(names)) != len(names):
        raise Refusal("damaged_workbook", "parts with doubled or outside names")
    known = set(names)
    if "[Content_Types].xml" in known:
        return _office(known)
    if "mimetype" in known:
        return _open_document(archive, known)
    raise Refusal("not_a_table", "an archive that is no workbook")


def plain_name(member: zipfile.ZipInfo) -> str:
    """A part's name with slashes; some programs write backslashes."""
    return member.filename.replace("\\", "/")


def inspect(archive: zipfile.ZipFile) -> None:
    """Refuse inner archives and declarations that could name entities, in every part."""
    for member in archive.infolist():
        name = plain_name(member)
        if name.endswith("/"):
            continue
        try:
            with archive.open(member) as part:
                _inspect_part(name, part)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError) as fault:
            raise Refusal("damaged_workbook", "an incomplete or damaged archive") from fault


def _inspect_part(name: str, part: IO[bytes]) -> None:
    tail = b""
    first = True
    is_xml = name.lower().endswith((".xml", ".rels", ".vml"))
    relations = bytearray()
    while piece := part.read(_PIECE):
        if first and piece.startswith(
            (b"PK\x03\x04", b"Rar!\x1a\x07", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08")
        ):
            raise Refusal("nested_archive")
        is_xml = is_xml or (first and piece.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n").startswith(b"<"))
        if not is_xml:
            return
        first = False
        plain = tail + piece.replace(b"\0", b"")  # so that UTF-16 is seen as well
        if any(sign in plain for sign in _DECLARATIONS):
            raise Refusal("document_type")
        tail = plain[-_OVERLAP:]
        if name.endswith(".rels"):
            relations += piece
    if relations:
        # Readers pass over a damaged one and read half the workbook.
        ElementTree.fromstring(bytes(relations))


def _office(names: set[str]) -> Inside:
    lowered = {name.lower() for name in names}
    if "xl/workbook.bin" in lowered:
        raise Refusal("not_a_table", "a binary workbook (.xlsb)")
    for folder, what in (("word/", "a Word document"), ("ppt/", "a presentation"), ("visio/", "a drawing")):
        if any(name.startswith(folder) for name in lowered):
            raise Refusal("not_a_table", what)
    return Inside.xlsm if "xl/vbaproject.bin" in lowered else Inside.xlsx


def _open_document(archive: zipfile.ZipFile, names: set[str]) -> Inside:
    said = archive.read("mimetype")[:200].strip()
    if said not in _SPREADSHEETS:
        kind = said.decode("ascii", "replace").rpartition(".")[2]
        raise Refusal("not_a_table", f"an OpenDocument file ({kind})")
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Refusal("password_protected", "a password-protected OpenDocument workbook")
    if "content.xml" not in names:
        raise Refusal("damaged_workbook", "an OpenDocument workbook without content")
    return Inside.ods
