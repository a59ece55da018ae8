"""Letters say what is due, when and to whom; messages reach exactly one person and forge nothing."""

from __future__ import annotations

import email
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import default

import pytest

from contracts_app.documents.mail import (
    Attachment,
    Letter,
    MailContent,
    MailRefused,
    build_message,
    compose,
    file_name,
    single_address,
)
from contracts_app.domain.billing.pay_application import Kind
from contracts_app.domain.contract import InvoiceForm
from tests.documents import sample_contents as sample

SENT_AT = datetime(2024, 9, 30, 12, 0, tzinfo=UTC)
MESSAGE_ID = "<invoice.7.v1@northbank.example>"
LETTER = Letter("Application 7", "Please pay.\n", "mail/test.txt", "0" * 64)


def message(**changes: object) -> EmailMessage:
    arguments: dict[str, object] = {
        "sender": "Northbank Mechanical Works <billing@northbank.example>",
        "recipient": "pay@harrowvale.example",
        "message_id": MESSAGE_ID,
        "sent_at": SENT_AT,
    }
    return build_message(LETTER, **(arguments | changes))  # type: ignore[arg-type]


def test_the_application_says_what_is_due_and_that_retainage_is_not() -> None:
    letter = compose(sample.application_content(due_on=date(2024, 11, 6)), greeting="Dear Dana Okafor,")
    assert letter.subject.startswith("Application for payment 7, PRJ-2024-003")
    assert letter.subject.endswith("539,190.74 USD")
    assert letter.text.startswith("Dear Dana Okafor,\n\nPlease find attached")
    assert "Please pay by November 6, 2024 (Net 30 from certification)." in letter.text
    assert "Retainage held:       297,472.25 USD (not due now)" in letter.text
    assert "account ending 0042" in letter.text


def test_without_a_certificate_the_letter_says_on_what_the_due_date_depends() -> None:
    letter = compose(sample.application_content(), link="https://billing.example/invoices/7")
    assert "The due date follows from your certificate." in letter.text
    assert "\nhttps://billing.example/invoices/7\n" in letter.text


def test_plain_text_is_not_escaped() -> None:
    letter = compose(sample.receipt_content(payment_reference="A&B <7>"))
    assert letter.subject == "Receipt for your payment A&B <7>: 450,000.00 USD"


def test_the_release_the_reduction_and_the_receipt() -> None:
    release = compose(sample.release_content())
    assert "Released and due:      586,530.00 USD" in release.text
    assert "(application 17, no new work)" in release.text
    assert "(invoice 17, no new work)" in compose(sample.release_content(form=InvoiceForm.consulting)).text
    less = compose(sample.reduction_content())
    assert less.subject.startswith("Certified for less: application 6")
    assert "04 Ductwork - Installation: applied 112,500.00, certified 100,000.00, 12,500.00 less" in less.text
    assert "unless the project manager accepts" not in less.text
    time = compose(
        sample.reduction_content(kind=Kind.consulting, time_cut=True), link="https://billing.example/7"
    )
    assert time.subject.startswith("Certified for less: invoice 6")
    assert "unless the project manager accepts the cut on the page below." in time.text
    withheld = compose(sample.reduction_content(certified="0.00", withheld=True, due_on=None, lines=()))
    assert withheld.subject.startswith("Certificate withheld: application 6")
    receipt = compose(sample.receipt_content())
    assert "INV-2024-0006 (application 6): 12,500.00 USD, paid in full" in receipt.text
    assert "INV-2024-0007 (application 7): 437,000.00 USD, still open 3,000.00 USD" in receipt.text


@pytest.mark.parametrize(
    ("level", "opening"),
    [(1, "Payment reminder:"), (15, "Second payment reminder:"), (30, "Third payment reminder:")],
)
def test_a_reminder_demands_the_overdue_total_and_never_retainage(level: int, opening: str) -> None:
    letter = compose(sample.reminder_content(level))
    assert letter.template_name == f"mail/reminder_{level}.txt"
    assert letter.subject == f"{opening} 403,000.00 USD past due"
    demand, _, information = letter.text.partition("For information only:")
    assert "550,070.00" not in demand
    assert "550,070.00 USD of retainage. It is not due before its release" in information
    assert f"{level} day{'' if level == 1 else 's'} past due" in demand


def test_no_letter_has_holes_in_it() -> None:
    contents: tuple[MailContent, ...] = (
        sample.application_content(),
        sample.application_content(due_on=date(2024, 11, 6), payment_instructions=()),
        sample.release_content(),
        sample.reduction_content(),
        sample.receipt_content(),
        *(sample.reminder_content(level) for level in (1, 15, 30)),
    )
    for content in contents:
        text = compose(content).text
        assert "\n\n\n" not in text, text
        assert "{" not in text
        assert not any(line != line.rstrip() for line in text.splitlines()), text


def test_a_message_is_the_same_bytes_for_the_same_arguments() -> None:
    files = (Attachment("Application-7.pdf", b"%PDF-1.7"), Attachment("Application-7.xlsx", b"PK"))
    first, second = message(attachments=files).as_bytes(), message(attachments=files).as_bytes()
    assert first == second
    read = email.message_from_bytes(first, policy=default)
    assert read["To"] == "pay@harrowvale.example"
    assert read["Message-ID"] == MESSAGE_ID
    assert read["Auto-Submitted"] == "auto-generated"
    assert [part.get_filename() for part in read.iter_attachments()] == [
        "Application-7.pdf",
        "Application-7.xlsx",
    ]
    assert next(part.get_content_type() for part in read.iter_attachments()) == "application/pdf"


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "nobody",
        "a@x.example, evil@y.example",
        "a@x.example; evil@y.example",
        "a@x.example evil@y.example",
        "<a@x.example> <evil@y.example>",
        "a@x.example\r\nBcc: evil@y.example",
        "a@x.example\nBcc: evil@y.example",
        '"a@x.example, " <evil@y.example>, b@x.example',
        "group: a@x.example, b@x.example;",
        "a..b@x.example",
        "a@x.example\x00",
        "a@@x.example",
        "a@[127.0.0.1]",
    ],
)
def test_a_message_has_exactly_one_recipient(recipient: str) -> None:
    with pytest.raises(MailRefused):
        message(recipient=recipient)


def test_a_name_beside_the_address_is_kept() -> None:
    address = single_address('"Vale, J." <j@x.example>')
    assert (address.display_name, address.addr_spec) == ("Vale, J.", "j@x.example")


@pytest.mark.parametrize("header", ["Hello\r\nBcc: evil@y.example", "Hello\nX: y", "Hello\u2028x"])
def test_a_forged_subject_is_refused(header: str) -> None:
    with pytest.raises(MailRefused):
        build_message(
            Letter(header, "x\n", "t", "0" * 64),
            sender="a@x.example",
            recipient="b@x.example",
            message_id=MESSAGE_ID,
            sent_at=SENT_AT,
        )


@pytest.mark.parametrize("message_id", ["x", "<a b@x>", "<a@x>\r\nBcc: e@y", "<a@x><b@x>", ""])
def test_a_message_id_has_one_form(message_id: str) -> None:
    with pytest.raises(MailRefused):
        message(message_id=message_id)


def test_a_forged_greeting_or_link_is_refused() -> None:
    with pytest.raises(MailRefused):
        compose(sample.receipt_content(), greeting="Dear\nBcc: x")


@pytest.mark.parametrize(
    ("asked", "safe"),
    [
        ("Application 7 – Smith/Ltd.pdf", "Application-7-Smith-Ltd.pdf"),
        ("../../etc/passwd.pdf", "etc-passwd.pdf"),
        ("Müller & Söhne.PDF", "Muller-Sohne.pdf"),
        ("\u202egpj.xlsx", "gpj.xlsx"),
        ("a\r\nb.docx", "a-b.docx"),
        ("–.pdf", "document.pdf"),
    ],
)
def test_file_names_are_safe_everywhere(asked: str, safe: str) -> None:
    assert file_name(asked) == safe


def test_other_files_and_unsafe_names_are_not_sent() -> None:
    with pytest.raises(MailRefused):
        file_name("run.exe")
    with pytest.raises(MailRefused):
        message(attachments=(Attachment("a b.pdf", b"x"),))


def test_an_instant_needs_its_zone() -> None:
    with pytest.raises(MailRefused):
        message(sent_at=datetime(2024, 9, 30, 12, 0))  # noqa: DTZ001 - this is what is refused
