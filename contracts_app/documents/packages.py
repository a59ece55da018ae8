"""Looking into a DOCX package before anything interprets it."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from lxml import etree

TEMPLATE_LIMIT = 2 * 1024 * 1024
OUTPUT_LIMIT = 20 * 1024 * 1024
_UNPACKED_LIMIT = 40 * 1024 * 1024
_MEMBERS_LIMIT = 200
_RELATIONSHIPS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MARKUP_COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"

# Parts that run or carry foreign programs or documents.
_FOREIGN_PARTS = ("vbaproject", "embeddings/", "activex/", "afchunk", "oleobject")
# Fields that fetch from elsewhere when a word processor updates them.
_FETCHING_FIELDS = (
    "INCLUDETEXT",
    "INCLUDEPICTURE",
    "LINK",
    "DDE",
    "DDEAUTO",
    "DATABASE",
    "HYPERLINK",
    "IMPORT",
)
# What the wheel converter leaves out without a word (seen by trying it).
_TEXT_PARTS = ("word/document", "word/header", "word/footer", "word/footnotes", "word/endnotes")
_UNDRAWN = ("strike", "dstrike", "caps", "smallCaps", "vanish")

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)


class PackageRefused(Exception):
    """The DOCX is not one we open: too large, damaged, or it reaches outside itself. The text says which."""


def check_package(data: bytes, *, limit: int = TEMPLATE_LIMIT) -> None:
    """Refuse (PackageRefused) what is no plain, self-contained DOCX of at most `limit` bytes."""
    if len(data) > limit:
        raise PackageRefused(f"the document is larger than {limit} bytes")
    names = [name for name, _ in _parts(data)]
    if "[Content_Types].xml" not in names or "word/document.xml" not in names:
        raise PackageRefused("the file is not a Word document")
    for name, content in _parts(data):
        if any(foreign in name.lower() for foreign in _FOREIGN_PARTS):
            raise PackageRefused(f"the document carries a foreign part, {name}")
        if name.endswith(".rels"):
            for relation in _parse(name, content).iter(f"{_RELATIONSHIPS}Relationship"):
                if (relation.get("TargetMode") or "").strip().lower() == "external":
                    raise PackageRefused(f"the document refers to something outside itself ({name})")
        elif name.startswith("word/") and name.endswith(".xml"):
            for element in _parse(name, content).iter(f"{_WORD}instrText", f"{_WORD}fldSimple"):
                code = (element.text or element.get(f"{_WORD}instr") or "").split()
                if code and code[0].upper() in _FETCHING_FIELDS:
                    raise PackageRefused(f"the field {code[0]} fetches from elsewhere")


def undrawn_marks(data: bytes) -> tuple[str, ...]:
    """Marks in the document that the wheel converter would leave out silently; empty when it may be used."""
    found: set[str] = set()
    styles_used: set[str] = set()
    for name, tree in _word_parts(data):
        if not name.startswith(_TEXT_PARTS):
            continue
        found |= _undrawn_in(tree)
        for tag in ("pStyle", "rStyle", "tblStyle"):
            styles_used |= {element.get(f"{_WORD}val") or "" for element in tree.iter(f"{_WORD}{tag}")}
        for control in tree.iter(f"{_WORD}sdt"):
            parent = control.getparent()
            if parent is not None and parent.tag == f"{_WORD}p":
                found.add("w:sdt in a paragraph")
        if next(tree.iter(f"{_MARKUP_COMPATIBILITY}AlternateContent"), None) is not None:
            found.add("mc:AlternateContent")
        if next(tree.iter(f"{_CHART}chart"), None) is not None:
            found.add("c:chart")
    for name, tree in _word_parts(data):
        if name == "word/styles.xml":
            for style in tree.iter(f"{_WORD}style"):
                if style.get(f"{_WORD}styleId") in styles_used:
                    found |= _undrawn_in(style)
    return tuple(sorted(found))


def _undrawn_in(tree: etree._Element) -> set[str]:
    return {
        f"w:{mark}"
        for mark in _UNDRAWN
        for element in tree.iter(f"{_WORD}{mark}")
        if (element.get(f"{_WORD}val") or "true").lower() not in ("false", "0", "off", "none")
    }


def _word_parts(data: bytes) -> Iterator[tuple[str, etree._Element]]:
    for name, content in _parts(data):
        if name.startswith("word/") and name.endswith(".xml"):
            yield name, _parse(name, content)


def words_of(data: bytes) -> tuple[str, ...]:
    """Every word the DOCX shows in body, headers and footers, without field results such as page numbers."""
    words: list[str] = []
    for name, content in _parts(data):
        if name == "word/document.xml" or name.startswith(("word/header", "word/footer")):
            for paragraph in _parse(name, content).iter(f"{_WORD}p"):
                words.extend("".join(_shown(paragraph)).split())
    return tuple(words)


def with_fixed_times(data: bytes) -> bytes:
    """The same package with one time stamp on every part: equal content, equal bytes, equal hash."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in _parts(data):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, content)
    return target.getvalue()


def _shown(paragraph: etree._Element) -> Iterator[str]:
    depth = 0
    for element in paragraph.iter():
        if element.tag == f"{_WORD}fldChar":
            kind = element.get(f"{_WORD}fldCharType")
            depth += {"begin": 1, "end": -1}.get(kind or "", 0)
        elif element.tag in (f"{_WORD}tab", f"{_WORD}br", f"{_WORD}cr"):
            yield " "
        elif element.tag == f"{_WORD}t" and depth == 0 and not _inside(element, f"{_WORD}fldSimple"):
            yield element.text or ""


def _inside(element: etree._Element, tag: str) -> bool:
    return next(element.iterancestors(tag), None) is not None


def _parse(name: str, content: bytes) -> etree._Element:
    try:
        return etree.fromstring(content, _PARSER)
    except etree.XMLSyntaxError as error:
        raise PackageRefused(f"the part {name} is damaged") from error


def _parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
            if len(members) > _MEMBERS_LIMIT or sum(m.file_size for m in members) > _UNPACKED_LIMIT:
                raise PackageRefused("the document unpacks to more than it should")
            for member in members:
                yield member.filename, packed.read(member)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise PackageRefused("the file is not a readable document") from error
