"""Which encoding a text is in: by its mark, by being valid UTF-8, else by what its letters say.

Bytes above 127 that are no UTF-8 are read as Windows-1252, what Western programs write, unless that gives
letters nobody writes: then the encodings that charset-normalizer finds likely are tried in its order. The
library alone takes short tables of £ and ä for Central European ones or DOS.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass

from importers.parsing.refusal import Refusal

OFFERED: dict[str, str] = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16, low byte first",
    "utf-16-be": "UTF-16, high byte first",
    "utf-32-le": "UTF-32, low byte first",
    "utf-32-be": "UTF-32, high byte first",
    "cp1252": "Windows, Western",
    "iso8859-15": "Latin 9, Western with €",
    "iso8859-1": "Latin 1, Western",
    "cp1250": "Windows, Central European",
    "iso8859-2": "Latin 2, Central European",
    "cp437": "DOS, American",
    "cp850": "DOS, Western",
    "cp852": "DOS, Central European",
    "cp1251": "Windows, Cyrillic",
    "koi8-r": "Unix, Cyrillic",
    "cp1253": "Windows, Greek",
    "cp1254": "Windows, Turkish",
    "cp1257": "Windows, Baltic",
    "mac-roman": "Macintosh, Western",
    "cp932": "Japanese",
    "gb18030": "Chinese, simplified",
    "big5": "Chinese, traditional",
    "cp949": "Korean",
}
"""Encodings that are found, and that an answer may name: name, and what people call it."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FOREIGN = re.compile(rb"[^\x00-\x7f\r\n]*[^\r\n]{0,12}[\x80-\xff][^\r\n]{0,12}")
_TRIED_LAST = ("cp850", "cp437", "cp1250", "iso8859-2", "cp852")
"""After those that the library finds: it passes over some that fit short texts."""
_EVIDENCE = 200_000
"""Bytes around letters beyond ASCII that are looked at; all over the file, each place once."""
_DOUBTFUL = re.compile(
    r"[\x80-\x9f]"  # control characters
    r"|¤|ÿ|[œśť](?=[0-9])"  # € of Latin 9, £ of DOS
    r"|[^\W\d_][^\w\s\x00-\x7f’‘·´`\u00ad\u2010-\u2015][^\W\d_]"  # a sign inside a word
    r"|[£¯¢](?=[^\W\d_]{2})"  # Ł, Ż of Latin 2
    r"|[\u00c0-\u00ff]{3}|[\u00c0-\u024f]{4}"  # a word of nothing but accents
    r"|\w[\u2500-\u257f]|[\u2500-\u257f]\w"  # lines of DOS in a word
)


@dataclass(frozen=True, slots=True)
class Encoding:
    """The codec, how it was reached (`found`, `given`), and why in words."""

    codec: str
    how: str
    because: str
    is_assumed: bool = False
    """Whether another one is possible, so that a person should look at the letters."""


def decide(data: bytes, given: str | None = None, declared: str | None = None) -> Encoding:
    """The encoding of a whole text. `Refusal` (not_a_table) where it is none, (encoding_wrong) where the one
    given cannot be."""
    if given:
        return _given(data, given)
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _checked(data, Encoding(codec, "found", "a byte order mark"))
    wide = _wide(data)
    if wide:
        return _checked(data, Encoding(wide, "found", "zero bytes beside each letter"))
    if declared and _fits(data, declared):
        return Encoding(declared, "found", "the file says so")
    if data.isascii():
        return Encoding("utf-8", "found", "plain letters only")
    if _fits(data, "utf-8"):
        return Encoding("utf-8", "found", "all its letters are valid UTF-8")
    return _by_letters(data)


def _given(data: bytes, given: str) -> Encoding:
    try:
        codec = codecs.lookup(given.strip()).name
    except LookupError:
        codec = ""
    known = {codecs.lookup(name).name for name in OFFERED} | {"utf-16", "utf-32", "utf-8-sig"}
    if codec not in known:
        raise Refusal("encoding_wrong", f"{given[:40]}, which is none of the encodings we read")
    mark = next((bom for bom, name in _MARKS if data.startswith(bom) and codec.startswith(name[:6])), None)
    marked = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-16-be": "utf-16"}
    codec = marked.get(codec, codec) if mark else codec
    if not _fits(data, codec):
        raise Refusal("encoding_wrong", f"bytes that are no {given[:40]}")
    return Encoding(codec, "given", "it was said")


def _wide(data: bytes) -> str | None:
    """Plain letters in UTF-16 have a zero byte each, after the letter or before it; in UTF-32 three."""
    sample = data[:1_000_000]
    zeros = sample.count(0)
    if zeros * 4 <= len(sample):
        return None
    if zeros * 3 >= len(sample) * 2 and len(data) % 4 == 0:
        return "utf-32-le" if sample[3::4].count(0) >= sample[::4].count(0) else "utf-32-be"
    return "utf-16-le" if sample[1::2].count(0) >= sample[::2].count(0) else "utf-16-be"


def _checked(data: bytes, encoding: Encoding) -> Encoding:
    if not _fits(data, encoding.codec):
        raise Refusal("not_a_table", f"bytes that are no text in {encoding.codec.upper()}")
    return encoding


def _fits(data: bytes, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        for at in range(0, len(data), 1 << 20):
            decoder.decode(data[at : at + (1 << 20)])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _by_letters(data: bytes) -> Encoding:
    evidence = b"\n".join(_evidence(data))
    for codec in ("cp1252", "iso8859-15"):
        if _is_plausible(data, evidence, codec):
            return Encoding(codec, "found", "bytes that are no UTF-8, and Western letters", is_assumed=True)
    for codec in _likely(evidence):
        if _is_plausible(data, evidence, codec):
            return Encoding(codec, "found", "the letters it gives", is_assumed=True)
    if _fits(data, "cp1252"):
        return Encoding("cp1252", "found", "nothing that speaks for another", is_assumed=True)
    raise Refusal("not_a_table", "bytes that are no text in an encoding we know")


def _evidence(data: bytes) -> Sequence[bytes]:
    seen: dict[bytes, None] = {}
    size = 0
    for match in _FOREIGN.finditer(data):
        piece = match[0]
        if piece not in seen:
            seen[piece] = None
            size += len(piece)
            if size > _EVIDENCE:
                break
    return list(seen)


def _is_plausible(data: bytes, evidence: bytes, codec: str) -> bool:
    try:
        text = evidence.decode(codec, "strict")
    except UnicodeDecodeError:
        # Pieces may cut a letter of two bytes in half; the whole may still fit.
        if codec not in {"cp932", "gb18030", "big5", "cp949"}:
            return False
        text = evidence.decode(codec, "ignore")
    return not _DOUBTFUL.search(text) and _fits(data, codec)


def _likely(evidence: bytes) -> Sequence[str]:
    from charset_normalizer import from_bytes

    known = {codecs.lookup(name).name: name for name in OFFERED}
    found = []
    for match in from_bytes(evidence):
        codec = known.get(codecs.lookup(match.encoding).name)
        if codec:
            found.append(codec)
    return [*found, *(codec for codec in _TRIED_LAST if codec not in found)]
