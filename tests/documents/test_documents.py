"""Every document, by every converter on the machine: its figures are on its pages."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pypdfium2
import pytest

from contracts_app.documents.contents import ReducedLine
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.documents.fonts import fontconfig
from contracts_app.documents.libreoffice import LibreOffice, find_soffice
from contracts_app.documents.packages import PackageRefused, words_of
from contracts_app.documents.pdf import Pdf, PdfFailed, PdfRenderer, missing_words, text_of, to_pdf
from contracts_app.documents.production import Content, ProducedDocument, converter, produce
from contracts_app.documents.rendering import child_environment
from contracts_app.documents.templates import shipped
from contracts_app.documents.wheel import Wheel
from contracts_app.domain.contract import InvoiceForm
from tests.documents import sample_contents as sample


def contents() -> dict[str, Content]:
    application = sample.application_content()
    long_client = sample.CLIENT.model_copy(
        update={"name": "Harrow, Vale, Winterbourne & Associates Construction Management <Holdings> Ltd"}
    )
    composed = application.application
    wide = composed.lines[0].model_copy(
        update={
            "item_no": "PRJ-2024-003-SOV-01",
            "description": "Hochdruckdampfkesselspeisewasseraufbereitungsanlage " + "and its fittings, " * 12,
        }
    )
    return {
        "application": application,
        "certified": sample.application_content(
            certificate=sample.certificate(application),
            cut=(
                ReducedLine(
                    item="04",
                    description="Hangers and ducts",
                    applied=Decimal("20000.00"),
                    certified=Decimal("7500.00"),
                    reason="Level 3 is open",
                ),
            ),
            notarised=True,
        ),
        "uncertified": sample.application_content(certify_by=date(2024, 10, 7)),
        "sworn": sample.application_content(notarised=True),
        "draft": sample.application_content(
            notarised=True, invoice_number=None, submitted_on=None, approvals=(), architect=None
        ),
        "sixty lines": sample.application_content(application=sample.application(4)),
        "long names": sample.application_content(
            client=long_client, application=composed.model_copy(update={"lines": (wide, *composed.lines[1:])})
        ),
        "release": sample.release_content(),
        "consulting release": sample.release_content(form=InvoiceForm.consulting),
        "receipt": sample.receipt_content(),
        "reminder": sample.reminder_content(),
    }


@pytest.fixture(scope="session", params=["libreoffice", "wheel"])
def produced(request: pytest.FixtureRequest) -> dict[str, ProducedDocument]:
    renderer: PdfRenderer
    if request.param == "libreoffice":
        soffice = find_soffice()
        if soffice is None:
            if os.environ.get("CI"):
                pytest.fail("CI needs LibreOffice")
            pytest.skip("no LibreOffice on this machine")
        renderer = LibreOffice(soffice)
    else:
        renderer = Wheel()
    made = contents()
    documents = produce(list(made.values()), renderer)
    return dict(zip(made, documents, strict=True))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def test_the_application_shows_lines_1_to_9(produced: dict[str, ProducedDocument]) -> None:
    text = squeezed(text_of(produced["application"].pdf))
    for figure in ("5,544,000.00", "321,300.00", "5,865,300.00", "3,016,795.00", "293,265.00", "4,207.25"):
        assert figure in text
    for figure in (
        "297,472.25",
        "2,719,322.75",
        "2,180,132.01",
        "539,190.74",
        "3,145,977.25",
        "-42,150.00",
        "51.4%",
    ):
        assert figure in text
    assert "INV-2024-0007" in text
    assert "3fa2c1d4b5e6" in text


def test_the_certificate_replaces_the_amount_due(produced: dict[str, ProducedDocument]) -> None:
    text = squeezed(text_of(produced["certified"].pdf))
    assert "Amountcertified" in text
    assert "526,690.74USD" in text
    assert "Appliedfor539,190.74,certified526,690.74USD" in text
    assert "hangersonlevel3" in text
    assert "Certificateforpayment" in text
    assert "04Hangersandducts:Level3isopen20,000.007,500.0012,500.00" in text


def test_only_what_is_sent_has_places_to_sign_and_to_swear(produced: dict[str, ProducedDocument]) -> None:
    sworn = squeezed(text_of(produced["sworn"].pdf))
    for words in (
        "Swornapplicationforpayment",
        "SignedforNorthbank",
        "Stateof",
        "Countyof",
        "Swornbeforemeon",
        "Commissionexpires",
    ):
        assert words in sworn
    for other in ("application", "certified", "draft", "release"):
        assert "Commissionexpires" not in squeezed(text_of(produced[other].pdf))
        assert "SignedforNorthbank" not in squeezed(text_of(produced[other].pdf))


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"certify_by": date(2024, 10, 7)}, "Amount applied for"),
        ({"certify_by": date(2024, 10, 7), "due_on": date(2024, 10, 30)}, "Amount due"),
        ({}, "Amount due"),
    ],
)
def test_what_is_not_certified_and_not_owed_is_applied_for(changes: dict[str, object], label: str) -> None:
    assert fields_of(sample.application_content(**changes))["due_label"] == label


def test_who_approved_stands_once(produced: dict[str, ProducedDocument]) -> None:
    pages = pypdfium2.PdfDocument(produced["application"].pdf)
    first = pages[0].get_textpage().get_text_bounded()
    pages.close()
    assert first.count("Ruth Amadi") == 1
    assert first.count("Reference 3fa2c1d4b5e6") == 1


def test_a_draft_says_that_it_is_one(produced: dict[str, ProducedDocument]) -> None:
    text = text_of(produced["draft"].pdf)
    assert "Draft of no. 7" in text
    assert "none yet: this is a draft" in text


def test_what_is_not_certified_says_so_and_by_when_it_is_to_be(produced: dict[str, ProducedDocument]) -> None:
    waiting = text_of(produced["uncertified"].pdf)
    assert "Not yet certified; to be certified by October 7, 2024." in " ".join(waiting.split())
    assert "Not yet certified." in text_of(produced["draft"].pdf)
    for name in ("application", "certified"):
        assert "Not yet certified" not in text_of(produced[name].pdf)


def test_the_column_titles_are_on_every_page_of_a_long_sheet(produced: dict[str, ProducedDocument]) -> None:
    pages = pypdfium2.PdfDocument(produced["sixty lines"].pdf)
    texts = [page.get_textpage().get_text_bounded() for page in pages]
    pages.close()
    assert len(texts) >= 3
    assert all("Scheduled value" in text for text in texts[1:])
    assert f"Page 2 of {len(texts)}" in texts[1]


def test_an_application_of_twenty_lines_takes_two_pages(produced: dict[str, ProducedDocument]) -> None:
    for name in ("application", "certified", "uncertified", "draft", "long names"):
        opened = pypdfium2.PdfDocument(produced[name].pdf)
        assert len(opened) == 2, name
        opened.close()


def test_the_release_bills_what_is_held(produced: dict[str, ProducedDocument]) -> None:
    text = squeezed(text_of(produced["release"].pdf))
    assert "586,530.00USD" in text
    assert "Releasedonfinalcompletion" in text
    assert "Application17" in text


def test_the_release_of_a_consulting_contract_is_among_its_invoices(
    produced: dict[str, ProducedDocument],
) -> None:
    text = squeezed(text_of(produced["consulting release"].pdf))
    assert "Invoice17" in text
    assert "pplication17" not in text


def test_the_reminder_never_demands_retainage(produced: dict[str, ProducedDocument]) -> None:
    text = squeezed(text_of(produced["reminder"].pdf))
    assert "Totalpastdue403,000.00USD" in text
    assert "550,070.00USDofretainage.Itisnotduebeforeitsrelease" in text


def test_the_receipt_says_what_was_settled(produced: dict[str, ProducedDocument]) -> None:
    text = squeezed(text_of(produced["receipt"].pdf))
    for part in (
        "450,000.00USD",
        "INV-2024-0006",
        "437,000.00",
        "3,000.00USDoftheinvoicesaboveisstillopen",
        "500.00",
    ):
        assert part in text


def test_the_document_knows_what_made_it(produced: dict[str, ProducedDocument]) -> None:
    for document in produced.values():
        assert re.fullmatch(r"(LibreOffice|dxpdf) [0-9.]+", document.made_by)
        assert len(document.template_sha256) == len(document.docx_sha256) == len(document.pdf_sha256) == 64


def test_the_guard_finds_a_word_that_is_missing(produced: dict[str, ProducedDocument]) -> None:
    document = produced["receipt"]
    assert missing_words(document.docx, document.pdf) == ()
    assert "INV-2024-0007" in words_of(document.docx)
    other = produced["reminder"]
    assert "INV-2024-0006" in missing_words(document.docx, other.pdf)

    class Forgetful:
        def convert(self, documents: list[bytes]) -> list[Pdf]:
            return [Pdf(other.pdf, "a forgetful converter")]

    with pytest.raises(PdfFailed, match="forgetful converter left out"):
        to_pdf([document.docx], Forgetful())  # type: ignore[arg-type]


def test_a_broken_document_is_an_error_not_an_empty_file() -> None:
    # soffice alone would make a PDF that shows these very bytes as text
    with pytest.raises(PackageRefused):
        to_pdf([b"PK this is no document"], converter())


def test_the_wheel_needs_no_fonts_on_the_machine(tmp_path: Path) -> None:
    """Where a mount namespace can be had its font folders are hidden; else fontconfig is told of none."""
    document = shipped("documents/receipt.docx").data
    request = json.dumps({"documents": [base64.b64encode(document).decode()]})
    environment = child_environment() | {"HOME": str(tmp_path)} | fontconfig(tmp_path)
    child = [sys.executable, "-P", "-m", "contracts_app.documents.wheel_child"]
    namespace = ["unshare", "--map-root-user", "--mount"]
    if subprocess.run([*namespace, "true"], capture_output=True, check=False).returncode == 0:
        folders = "/usr/share/fonts /usr/local/share/fonts"
        hide = f'for d in {folders}; do [ ! -d $d ] || mount -t tmpfs none $d || exit 9; done; exec "$@"'
        child = [*namespace, "sh", "-c", hide, "sh", *child]
    else:
        configuration = Path(environment["FONTCONFIG_FILE"])
        lines = configuration.read_text().splitlines()
        configuration.write_text("\n".join(line for line in lines if "<include" not in line))
    done = subprocess.run(
        child,
        input=request,
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        timeout=120,
        check=True,
    )
    pdf = base64.b64decode(json.loads(done.stdout)["pdfs"][0])
    assert "Amount received" in text_of(pdf)
    assert b"Roboto" in pdf


def test_documents_are_made_from_several_threads_at_once() -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda content: produce([content])[0], [sample.receipt_content()] * 2))
    assert made[0].docx == made[1].docx
    assert all("Amount received" in text_of(document.pdf) for document in made)


def test_amounts_are_the_domains() -> None:
    assert sample.application().line8 == Decimal("539190.74")
