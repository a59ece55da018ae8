"""Letters by mail: content → subject and text, and the message that SMTP carries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, getaddresses

from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.documents.contents import (
    AdvanceContent,
    ApplicationContent,
    ReceiptContent,
    ReductionContent,
    ReminderContent,
    RetainageReleaseContent,
)
from contracts_app.documents.credit_note import CreditNoteContent
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.documents.group_invoice import GroupInvoiceContent
from contracts_app.documents.rendering import Job, render
from contracts_app.documents.templates import Template, shipped

MailContent = (
    ApplicationContent
    | ConsultingInvoiceContent
    | GroupInvoiceContent
    | RetainageReleaseContent
    | AdvanceContent
    | ReductionContent
    | ReceiptContent
    | CreditNoteContent
    | ReminderContent
)
SUBJECT_LIMIT = 200
REMINDER_LEVELS = (1, 15, 30)

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}\Z")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,200}@[A-Za-z0-9.-]{1,120}>\Z")
_FILE_NAME = re.compile(r"[^A-Za-z0-9._-]+")
_TYPES = {
    "pdf": ("application", "pdf"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
}


class MailRefused(Exception):
    """The message may not be built: more or less than one recipient, a forged header, an unsafe file name."""


@dataclass(frozen=True)
class Letter:
    """What a mail says, with the template that worded it."""

    subject: str
    text: str
    template_name: str
    template_sha256: str


@dataclass(frozen=True)
class Attachment:
    """A file sent along. The type follows from the name's ending: pdf, xlsx or docx."""

    name: str
    data: bytes


def compose(content: MailContent, *, greeting: str = "Good day,", link: str = "") -> Letter:
    """The letter for this content. `link` leads to our pages; it grants nothing by itself.

    Starts a child process: call it from a thread. Raises TemplateRefused.
    """
    template = _template(content)
    for text in (greeting, link):
        _one_line(text, "a greeting or link")
    fields = fields_of(content) | {"greeting": greeting, "link": link}
    rendered = render([Job("text", template, fields)])[0].decode()
    subject, _, text = rendered.partition("\n")
    if len(subject) > SUBJECT_LIMIT:
        subject = subject[: SUBJECT_LIMIT - 1] + "…"
    return Letter(_one_line(subject, "a subject"), text.strip() + "\n", template.name, template.sha256)


def build_message(
    letter: Letter,
    *,
    sender: str,
    recipient: str,
    message_id: str,
    sent_at: datetime,
    attachments: Sequence[Attachment] = (),
    reply_to: str | None = None,
) -> EmailMessage:
    """The message to exactly one recipient; the same bytes for the same arguments.

    Addresses are `name@example.org` or `Name <name@example.org>`. `message_id` is the caller's, `<…@…>`, one
    per document, recipient and version. `sent_at` is an aware instant. Raises MailRefused.
    """
    if sent_at.tzinfo is None:
        raise MailRefused("a message needs an instant with its time zone")
    if not _MESSAGE_ID.match(message_id):
        raise MailRefused("the message id is not of the form <…@…>")
    message = EmailMessage(policy=SMTP)
    message["From"] = single_address(sender)
    message["To"] = single_address(recipient)
    if reply_to is not None:
        message["Reply-To"] = single_address(reply_to)
    message["Subject"] = _one_line(letter.subject, "a subject")
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = message_id
    # A machine wrote it: keeps out-of-office answers from starting a conversation (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="quoted-printable")
    for attachment in attachments:
        name = file_name(attachment.name)
        if name != attachment.name:
            raise MailRefused(f"{attachment.name!r} is no safe file name; file_name() makes one")
        maintype, subtype = _TYPES[name.rpartition(".")[2]]
        message.add_attachment(attachment.data, maintype=maintype, subtype=subtype, filename=name)
    if attachments:
        # Else Python draws a random one and the same message would differ at every try.
        message.set_boundary("part-" + re.sub(r"[^A-Za-z0-9]", "-", message_id)[:60].strip("-"))
    return message


def single_address(text: str) -> Address:
    """Exactly one mail address (MailRefused for none, for two, or for one that hides another)."""
    _one_line(text, "an address")
    parsed = [(name, spec) for name, spec in getaddresses([text]) if name or spec]
    if len(parsed) != 1:
        raise MailRefused("a message has exactly one recipient")
    name, spec = parsed[0]
    if not _ADDRESS.match(spec) or ".." in spec or spec.startswith(".") or ".@" in spec:
        raise MailRefused("that is not a mail address we can write to")
    if text.strip() != spec and not text.strip().endswith(f"<{spec}>"):
        raise MailRefused("the address says more than one recipient")
    try:
        return Address(display_name=name, addr_spec=spec)
    except (HeaderParseError, ValueError) as error:
        raise MailRefused("that is not a mail address") from error


def file_name(text: str) -> str:
    """A file name that every mail program and file system takes: `Application 7.pdf` → `Application-7.pdf`.

    The ending must be one of pdf, xlsx, docx (MailRefused).
    """
    stem, _, ending = text.rpartition(".")
    if ending.lower() not in _TYPES:
        raise MailRefused("only PDF, XLSX and DOCX files are sent")
    return f"{file_stem(stem)}.{ending.lower()}"


def file_stem(text: str) -> str:
    """The part of a safe file name before its ending: `Smith & Söhne/7` → `Smith-Sohne-7`.

    Letters lose their accents, everything else than letters, digits, dot, dash and underscore becomes a dash.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    safe = re.sub(r"\.{2,}", ".", _FILE_NAME.sub("-", plain)).strip("-._")[:100]
    return safe or "document"


def _template(content: MailContent) -> Template:
    if isinstance(content, ReminderContent):
        level = max(known for known in REMINDER_LEVELS if known <= content.level)
        return shipped(f"mail/reminder_{level}.txt")
    if isinstance(content, ApplicationContent | RetainageReleaseContent) and content.pencil:
        return shipped("mail/pencil_copy.txt")
    names: dict[type[MailContent], str] = {
        ApplicationContent: "mail/application_submitted.txt",
        ConsultingInvoiceContent: "mail/consulting_invoice.txt",
        GroupInvoiceContent: "mail/group_invoice.txt",
        RetainageReleaseContent: "mail/retainage_release.txt",
        AdvanceContent: "mail/advance.txt",
        ReductionContent: "mail/certified_less.txt",
        ReceiptContent: "mail/receipt.txt",
        CreditNoteContent: "mail/credit_note.txt",
    }
    return shipped(names[type(content)])


def _one_line(text: str, what: str) -> str:
    if any(unicodedata.category(letter) in ("Cc", "Zl", "Zp", "Cs") for letter in text):
        raise MailRefused(f"{what} is one line without control characters")
    return text
