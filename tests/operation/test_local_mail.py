"""The local mail server by its two public doors: SMTP in, pages out."""

import smtplib
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from uuid import uuid4

import httpx

from contracts_app.local_mail.mailbox import Mailbox
from contracts_app.operation.addresses import split
from tests.conftest import MailServer


def message(subject: str, text: str = "Please find the application attached.") -> EmailMessage:
    made = EmailMessage()
    made["From"] = "Billing <billing@firm.example>"
    made["To"] = "Accounts <accounts@client.example>"
    made["Subject"] = subject
    made["Message-ID"] = f"<{uuid4()}@firm.example>"
    made.set_content(text)
    return made


def send(smtp: MailServer, made: EmailMessage, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP(*split(smtp.address)) as session:
        return session.send_message(made, to_addrs=list(recipients))


def test_keeps_every_byte_and_the_envelope(smtp: MailServer) -> None:
    made = message(f"Kept {uuid4()}")
    made.add_attachment(
        b"%PDF-1.7 \x00\xff", maintype="application", subtype="pdf", filename="Antrag 3 ä.pdf"
    )
    assert send(smtp, made, "accounts@client.example", "copy@client.example") == {}
    found = [
        BytesParser(EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
        for file in smtp.folder.glob("*.eml")
    ]
    kept = next(one for one in found if one["Message-ID"] == made["Message-ID"])
    assert kept["Return-Path"] == "<billing@firm.example>"
    assert kept.get_all("Delivered-To") == ["accounts@client.example", "copy@client.example"]
    attachment = next(iter(kept.iter_attachments()))
    assert attachment.get_payload(decode=True) == b"%PDF-1.7 \x00\xff"


def test_refuses_the_recipient_that_cannot_exist_and_takes_the_other(smtp: MailServer) -> None:
    refused = send(smtp, message("Partly refused"), "accounts@client.example", "nobody@nowhere.invalid")
    assert refused == {"nobody@nowhere.invalid": (550, b"5.1.2 This domain does not exist")}


def test_pages_list_search_read_and_hand_out_files(smtp: MailServer) -> None:
    mark = uuid4().hex
    made = message(f"<script>alert(1)</script> {mark}", "See http://127.0.0.1:8000/a?x=1&y=2 <b>now</b>")
    made.add_attachment(b"figures", maintype="text", subtype="html", filename='a"; x="b.html')
    send(smtp, made, "accounts@client.example")
    send(smtp, message("another"), "someone@client.example")
    with httpx.Client(base_url=smtp.view_url) as browser:
        listing = browser.get("/", params={"q": mark})
        assert "&lt;script&gt;" in listing.text
        assert "<script" not in listing.text
        assert "another" not in listing.text
        link = listing.text.partition('href="/messages/')[2].partition('"')[0]
        page = browser.get(f"/messages/{link}")
        assert "accounts@client.example" in page.text
        assert '<a href="http://127.0.0.1:8000/a?x=1&amp;y=2"' in page.text
        assert "<b>now" not in page.text
        file = browser.get(f"/messages/{link}/attachments/0")
        assert file.content == b"figures"
        assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22%3B%20x%3D%22b.html"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert browser.get(f"/messages/{link}/attachments/1").status_code == 404
        assert browser.get("/messages/..%2F..%2Finstallation").status_code == 404
        assert browser.post("/").status_code == 405
        newest_first = browser.get("/", params={"q": "client.example"}).text
        assert newest_first.index("another") < newest_first.index(mark)


def test_headings_are_newest_first(smtp: MailServer) -> None:
    names = [heading.name for heading in Mailbox(smtp.folder).headings()]
    assert len(names) >= 2
    assert names == sorted(names, reverse=True)
