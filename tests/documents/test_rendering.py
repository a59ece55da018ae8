"""Templates run where they can do nothing but print what they were given."""

from __future__ import annotations

import io
import os
import threading
import zipfile
from collections.abc import Callable

import pytest
from docx import Document

from contracts_app.documents.child import forbid_side_effects
from contracts_app.documents.packages import PackageRefused, check_package, undrawn_marks, words_of
from contracts_app.documents.rendering import Job, TemplateRefused, child_environment, render
from contracts_app.documents.templates import Template, shipped

FIELDS = {"invoice": {"number": "INV-1", "client": "Smith & Sons <Ltd>"}, "names": ["a", "b"], "yes": True}


def template(*texts: str, change: Callable[[bytes], bytes] | None = None) -> Template:
    document = Document()
    for text in texts:
        document.add_paragraph(text)
    target = io.BytesIO()
    document.save(target)
    data = target.getvalue()
    return Template.of("test.docx", change(data) if change else data)


def with_part(data: bytes, name: str, edit: Callable[[str], str]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(target, "w") as made:
        for info in source.infolist():
            content = source.read(info)
            made.writestr(info.filename, edit(content.decode()) if info.filename == name else content)
    return target.getvalue()


def test_names_with_markup_survive() -> None:
    [document] = render([Job("docx", template("Client: {{ invoice.client }} end"), FIELDS)])
    assert [p.text for p in Document(io.BytesIO(document)).paragraphs] == ["Client: Smith & Sons <Ltd> end"]


def test_equal_content_gives_equal_bytes() -> None:
    job = Job(
        "docx", template("{{ invoice.number }}", "{%p for n in names %}", "{{ n }}", "{%p endfor %}"), FIELDS
    )
    first, second = render([job, job])
    assert first == second
    assert words_of(first) == ("INV-1", "a", "b")


@pytest.mark.parametrize(
    "payload",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ invoice.__class__.__init__.__globals__ }}",
        "{{ names.append('c') }}",
        "{{ invoice.items() }}",
        "{{ invoice.client.format() }}",
        "{{ ('%s' % invoice.number) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 10 ** 1000000 }}",
        "{{ 'x'.center(1000000000) }}",
        "{{ range(10) }}",
        "{{ cycler('a') }}",
        "{{ lipsum() }}",
        "{{ namespace(a=1) }}",
        "{{ invoice|attr('__class__') }}",
        "{{ names|map('upper')|list }}",
        "{{ self.__init__ }}",
        "{{ missing }}",
        "{{ invoice.missing }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% macro m() %}x{% endmacro %}{{ m() }}",
    ],
)
def test_a_template_can_only_print(payload: str) -> None:
    with pytest.raises(TemplateRefused):
        render([Job("text", Template.of("attack.txt", payload.encode()), FIELDS)])
    with pytest.raises(TemplateRefused):
        render([Job("docx", template(payload), FIELDS)])


@pytest.mark.parametrize("where", ["header", "footer", "title", "table"])
def test_every_place_of_a_document_is_restricted(where: str) -> None:
    document = Document()
    payload = "{{ invoice.__class__ }}{{ names.clear() }}"
    if where == "header":
        document.sections[0].header.paragraphs[0].text = payload
    elif where == "footer":
        document.sections[0].footer.paragraphs[0].text = payload
    elif where == "title":
        document.core_properties.title = payload
    else:
        document.add_table(1, 1).cell(0, 0).text = payload
    target = io.BytesIO()
    document.save(target)
    with pytest.raises(TemplateRefused):
        render([Job("docx", Template.of("attack.docx", target.getvalue()), FIELDS)])


def test_a_memory_bomb_ends_with_a_refusal() -> None:
    double = "{% set x = 'xxxxxxxxxxxxxxxx' %}" + "{% set x = x ~ x %}" * 32 + "{{ x }}"
    with pytest.raises(TemplateRefused, match="memory"):
        render([Job("text", Template.of("bomb.txt", double.encode()), {})])


def test_a_time_bomb_ends_with_a_refusal_and_does_not_take_the_others_with_it() -> None:
    loop = "{% for a in n %}" * 9 + "x" + "{% endfor %}" * 9
    bomb = Job(
        "text",
        Template.of("loop.txt", ("{% if false %}" + "{% endif %}" + loop).encode()),
        {"n": list("abcdefghijkl")},
    )
    good = Job("text", Template.of("good.txt", b"{{ a }}"), {"a": "fine"})
    with pytest.raises(TemplateRefused, match=r"loop\.txt"):
        render([good, bomb])
    assert render([good]) == [b"fine"]


def test_a_template_that_reaches_outside_is_refused() -> None:
    def link(data: bytes) -> bytes:
        relation = (
            '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
            'relationships/attachedTemplate" Target="http://elsewhere.example/t.dotx" '
            'TargetMode="External"/></Relationships>'
        )
        return with_part(
            data, "word/_rels/document.xml.rels", lambda text: text.replace("</Relationships>", relation)
        )

    with pytest.raises(TemplateRefused, match="outside itself"):
        render([Job("docx", template("x", change=link), FIELDS)])


def test_a_field_that_fetches_is_refused() -> None:
    def include(data: bytes) -> bytes:
        run = "<w:r><w:t>x</w:t></w:r>"
        field = f'<w:p><w:fldSimple w:instr=" INCLUDETEXT /etc/passwd ">{run}</w:fldSimple></w:p>'
        return with_part(
            data, "word/document.xml", lambda text: text.replace("<w:sectPr", field + "<w:sectPr", 1)
        )

    with pytest.raises(TemplateRefused, match="INCLUDETEXT"):
        render([Job("docx", template("x", change=include), FIELDS)])


@pytest.mark.parametrize("data", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(PackageRefused):
        check_package(data)


def test_an_unpacking_bomb_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("word/document.xml", b" " * 60_000_000)
    with pytest.raises(PackageRefused, match="unpacks"):
        check_package(target.getvalue())


def test_too_large_a_template_is_refused_before_it_is_opened() -> None:
    with pytest.raises(TemplateRefused, match="larger"):
        render([Job("docx", Template.of("big.docx", b"x" * (2 * 1024 * 1024 + 1)), {})])


def test_the_child_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRACTS_DATABASE_URL", "postgresql://secret")
    assert set(child_environment()) == {"PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "LANG"}
    assert "secret" not in " ".join(child_environment().values())


@pytest.mark.parametrize(
    ("event", "arguments"),
    [
        ("socket.connect", ()),
        ("subprocess.Popen", ()),
        ("os.system", ("true",)),
        ("ctypes.dlopen", ("libc",)),
        ("open", ("/tmp/x", "w", 0)),
        ("open", ("/tmp/x", "a+b", 0)),
    ],
)
def test_the_child_reaches_nothing(event: str, arguments: tuple[object, ...]) -> None:
    with pytest.raises(PermissionError):
        forbid_side_effects(event, arguments)
    forbid_side_effects("open", ("/tmp/x", "rb", 0))


def test_rendering_works_from_many_threads_at_once() -> None:
    results: list[bytes] = []

    def one(number: int) -> None:
        results.extend(render([Job("text", Template.of("t.txt", b"{{ n }}"), {"n": str(number)})]))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results) == [b"0", b"1", b"2", b"3"]


def test_only_templates_of_the_product_are_found_by_name() -> None:
    assert (
        shipped("documents/receipt.docx").sha256
        == Template.of("x", shipped("documents/receipt.docx").data).sha256
    )
    with pytest.raises(ValueError, match="not a template"):
        shipped(f"..{os.sep}pyproject.toml")


def test_marks_the_wheel_would_drop_are_found() -> None:
    document = Document()
    run = document.add_paragraph().add_run("struck")
    run.font.strike = True
    document.add_paragraph().add_run("plain").font.small_caps = True
    target = io.BytesIO()
    document.save(target)
    assert undrawn_marks(target.getvalue()) == ("w:smallCaps", "w:strike")
