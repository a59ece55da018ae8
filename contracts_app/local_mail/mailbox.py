"""The folder of received messages, one `.eml` file each, and how they are read."""

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser, BytesParser
from pathlib import Path

_NAME = re.compile(r"\d{8}T\d{12}Z-[0-9a-f]{12}")


@dataclass(frozen=True)
class Heading:
    """What the list shows of one message."""

    name: str
    received: datetime
    sender: str
    recipients: str
    """Those named to the server, not those the message claims."""
    subject: str


@dataclass(frozen=True)
class Attachment:
    """One file that came with a message."""

    file_name: str
    content_type: str
    content: bytes


class Mailbox:
    """Messages in a folder, which is made when missing. Messages are never changed or deleted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._headings: dict[str, Heading] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def keep(self, sender: str, recipients: list[str], content: bytes) -> str:
        """Write one message to the disk and return its name; it is safe there when this returns.

        As a delivering server does, it writes the envelope above the headers (Return-Path, Delivered-To).
        """
        received = datetime.now(UTC)
        envelope = [f"Return-Path: <{sender}>", *(f"Delivered-To: {one}" for one in recipients)]
        whole = "".join(f"{line}\r\n" for line in envelope).encode() + content
        digest = hashlib.sha256(whole + os.urandom(8)).hexdigest()[:12]
        name = f"{received:%Y%m%dT%H%M%S%f}Z-{digest}"
        unfinished = self._folder / f".{name}"
        with unfinished.open("wb") as stream:
            stream.write(whole)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(self._folder / f"{name}.eml")
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)  # the new name, too, must survive a power cut before we say 250
        finally:
            os.close(folder)
        return name

    def headings(self, search: str = "") -> Iterator[Heading]:
        """All messages, newest first; with `search` those whose recipients or subject contain it."""
        wanted = search.strip().casefold()
        for name in sorted((file.stem for file in self._folder.glob("*.eml")), reverse=True):
            if _NAME.fullmatch(name) is None:
                continue
            heading = self._heading(name)
            if wanted in heading.recipients.casefold() or wanted in heading.subject.casefold():
                yield heading

    def raw(self, name: str) -> bytes:
        """The message as stored. Raises `KeyError` when there is none of this name."""
        if _NAME.fullmatch(name) is None:
            raise KeyError(name)
        try:
            return (self._folder / f"{name}.eml").read_bytes()
        except FileNotFoundError:
            raise KeyError(name) from None

    def read(self, name: str) -> tuple[Heading, EmailMessage]:
        """One message, parsed. Raises `KeyError` when there is none of this name."""
        message = BytesParser(EmailMessage, policy=policy.default).parsebytes(self.raw(name))
        return self._heading(name), message

    def _heading(self, name: str) -> Heading:
        known = self._headings.get(name)
        if known is None:
            headers = BytesHeaderParser(policy=policy.default).parsebytes(self.raw(name))
            known = Heading(
                name=name,
                received=datetime.strptime(name.partition("-")[0], "%Y%m%dT%H%M%S%fZ").replace(tzinfo=UTC),
                sender=str(headers.get("From", "")),
                recipients=", ".join(str(one) for one in headers.get_all("Delivered-To", [])),
                subject=str(headers.get("Subject", "")),
            )
            self._headings[name] = known
        return known


def text_of(message: EmailMessage) -> tuple[str, str]:
    """The body to show: (`plain`, text) or (`html`, source) or (`none`, "")."""
    body = message.get_body(("plain", "html"))
    if body is None:
        return "none", ""
    kind = "html" if body.get_content_type() == "text/html" else "plain"
    return kind, str(body.get_content())


def attachments_of(message: EmailMessage) -> list[Attachment]:
    """The files that came with it, in their order."""
    found = []
    for number, part in enumerate(message.iter_attachments(), start=1):
        content = part.get_payload(decode=True)
        found.append(
            Attachment(
                file_name=part.get_filename() or f"part-{number}",
                content_type=part.get_content_type(),
                content=content if isinstance(content, bytes) else part.as_bytes(),
            )
        )
    return found
