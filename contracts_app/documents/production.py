"""One call per document: content in, finished files out, with what made them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from contracts_app.documents.consulting_invoice import ConsultingInvoiceContent
from contracts_app.documents.contents import (
    AdvanceContent,
    ApplicationContent,
    ReceiptContent,
    ReminderContent,
    RetainageReleaseContent,
)
from contracts_app.documents.credit_note import CreditNoteContent
from contracts_app.documents.fields.by_content import fields_of
from contracts_app.documents.group_invoice import GroupInvoiceContent
from contracts_app.documents.libreoffice import LibreOffice, find_soffice
from contracts_app.documents.pdf import PdfFailed, PdfRenderer, to_pdf
from contracts_app.documents.rendering import Job, render
from contracts_app.documents.templates import Template, shipped
from contracts_app.documents.wheel import Wheel

Content = (
    ApplicationContent
    | ConsultingInvoiceContent
    | GroupInvoiceContent
    | RetainageReleaseContent
    | AdvanceContent
    | ReceiptContent
    | CreditNoteContent
    | ReminderContent
)

_TEMPLATES: dict[type[Content], str] = {
    ApplicationContent: "documents/application.docx",
    ConsultingInvoiceContent: "documents/consulting_invoice.docx",
    GroupInvoiceContent: "documents/group_invoice.docx",
    RetainageReleaseContent: "documents/retainage_release.docx",
    AdvanceContent: "documents/advance.docx",
    ReceiptContent: "documents/receipt.docx",
    CreditNoteContent: "documents/credit_note.docx",
    ReminderContent: "documents/reminder.docx",
}


@dataclass(frozen=True)
class ProducedDocument:
    """The files of one document. `made_by` names the PDF converter with its version.

    The DOCX is byte-equal for equal content and template; a PDF is not (some converters write times and ids),
    so it is stored and never made again to compare.
    """

    docx: bytes
    docx_sha256: str
    pdf: bytes
    pdf_sha256: str
    template_name: str
    template_sha256: str
    made_by: str


def template_for(content: Content) -> Template:
    """The product's template for this kind of content."""
    return shipped(_TEMPLATES[type(content)])


def converter(named: str = "") -> PdfRenderer:
    """The converter `libreoffice` or `wheel`; unnamed, LibreOffice where it is installed, else the wheel.

    Raises PdfFailed where LibreOffice is named and not installed.
    """
    soffice = None if named == "wheel" else find_soffice()
    if soffice is not None:
        return LibreOffice(soffice)
    if named == "libreoffice":
        raise PdfFailed("LibreOffice is to make the papers (CONTRACTS_PDF_CONVERTER) and is not installed")
    return Wheel()


def produce(contents: Sequence[Content], renderer: PdfRenderer | None = None) -> list[ProducedDocument]:
    """Make the documents, in order; several in one call cost little more than one.

    Takes seconds and starts child processes: call it from a thread, never from an event loop.
    Raises TemplateRefused or PdfFailed; both are final for the same content and template on this machine.
    """
    templates = [template_for(content) for content in contents]
    pairs = zip(contents, templates, strict=True)
    documents = render([Job("docx", template, fields_of(content)) for content, template in pairs])
    pdfs = to_pdf(documents, renderer or converter()) if documents else []
    return [
        ProducedDocument(
            docx=docx,
            docx_sha256=hashlib.sha256(docx).hexdigest(),
            pdf=pdf.data,
            pdf_sha256=hashlib.sha256(pdf.data).hexdigest(),
            template_name=template.name,
            template_sha256=template.sha256,
            made_by=pdf.made_by,
        )
        for docx, pdf, template in zip(documents, pdfs, templates, strict=True)
    ]
