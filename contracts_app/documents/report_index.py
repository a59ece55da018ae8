"""`index.xml` beside the CSV files of a report: their columns, in the form that audit programs read.

The form is that of the German tax authorities' data description (Beschreibungsstandard für die
Datenträgerüberlassung, gdpdu-01-09-2004.dtd; GoBD, section 11).
"""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from contracts_app.domain.reports.audit_report import Part, Shown

_DTD = '<!DOCTYPE DataSet SYSTEM "gdpdu-01-09-2004.dtd">'


def index(firm: str, title: str, parts: Sequence[Part]) -> bytes:
    """The description of one CSV file for each part."""
    root = etree.Element("DataSet")
    _say(root, "Version", "1.0")
    supplier = etree.SubElement(root, "DataSupplier")
    _say(supplier, "Name", firm)
    _say(supplier, "Location", "")
    _say(supplier, "Comment", title)
    media = etree.SubElement(root, "Media")
    _say(media, "Name", title)
    for part in parts:
        _table(media, part)
    written: bytes = etree.tostring(
        root, xml_declaration=True, encoding="UTF-8", doctype=_DTD, pretty_print=True
    )
    return written


def _table(media: etree._Element, part: Part) -> None:
    table = etree.SubElement(media, "Table")
    _say(table, "URL", f"{part.name}.csv")
    _say(table, "Name", part.name)
    _say(table, "Description", part.title)
    etree.SubElement(table, "UTF8")
    _say(table, "DecimalSymbol", ".")
    _say(table, "DigitGroupingSymbol", ",")
    _say(etree.SubElement(table, "Range"), "From", "2")
    length = etree.SubElement(table, "VariableLength")
    _say(length, "ColumnDelimiter", ",")
    _say(length, "RecordDelimiter", "\r\n".encode("unicode_escape").decode())
    _say(length, "TextEncapsulator", '"')
    for column in part.columns:
        said = etree.SubElement(length, "VariableColumn")
        _say(said, "Name", column.title)
        if column.shown in (Shown.amount, Shown.number):
            _say(etree.SubElement(said, "Numeric"), "Accuracy", "4")
        elif column.shown is Shown.date:
            _say(etree.SubElement(said, "Date"), "Format", "YYYY-MM-DD")
        else:
            etree.SubElement(said, "AlphaNumeric")


def _say(within: etree._Element, name: str, value: str) -> None:
    etree.SubElement(within, name).text = value
