"""Papers asked for at once by several threads: made together, and one that cannot be made fails alone."""

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from contracts_app.documents.contents import ReceiptContent
from contracts_app.documents.pdf import PdfFailed, text_of
from contracts_app.documents.press import Press
from contracts_app.documents.production import Content, ProducedDocument, converter, produce
from contracts_app.documents.wheel import Wheel
from tests.documents import sample_contents as sample

THREADS = 6


class Recorded:
    """The real production; it tells what it was asked for, and its first call waits until it may go on."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.begun = Event()
        self.go_on = Event()

    def __call__(self, contents: Sequence[Content]) -> list[ProducedDocument]:
        names = [one.payment_reference for one in contents if isinstance(one, ReceiptContent)]
        self.calls.append(names)
        self.begun.set()
        assert self.go_on.wait(60)
        if "REFUSED" in names:
            raise PdfFailed("REFUSED has no PDF")
        if "BROKEN" in names:
            raise OSError("no space left on device")
        return produce(contents)


def made_at_once(press: Press, recorded: Recorded, *names: str) -> list[Future[ProducedDocument]]:
    """A first paper, and the papers of these names asked for while it is being made."""
    with ThreadPoolExecutor(THREADS) as pool:
        content = sample.receipt_content()
        receipts = [content.model_copy(update={"payment_reference": name}) for name in ("FIRST", *names)]
        asked = [pool.submit(press.make, receipts[0])]
        assert recorded.begun.wait(60)
        asked += [pool.submit(press.make, receipt) for receipt in receipts[1:]]
        until = time.monotonic() + 60
        while press.waiting < len(names) and time.monotonic() < until:
            time.sleep(0.01)
        recorded.go_on.set()
    return asked


def test_those_that_wait_are_made_in_one_go_each_for_its_own() -> None:
    recorded = Recorded()
    asked = made_at_once(Press(recorded), recorded, "B", "C", "D")
    assert [sorted(names) for names in recorded.calls] == [["FIRST"], ["B", "C", "D"]]
    for name, paper in zip(("FIRST", "B", "C", "D"), asked, strict=True):
        assert name in text_of(paper.result().pdf).split()


def test_a_paper_that_cannot_be_made_fails_alone() -> None:
    recorded = Recorded()
    first, good, refused = made_at_once(Press(recorded), recorded, "GOOD", "REFUSED")
    assert "FIRST" in text_of(first.result().pdf)
    assert "GOOD" in text_of(good.result().pdf)
    with pytest.raises(PdfFailed, match="REFUSED has no PDF"):
        refused.result()


def test_an_error_of_the_machine_reaches_whom_it_befell_and_the_next_is_made_again() -> None:
    recorded = Recorded()
    press = Press(recorded)
    _, broken = made_at_once(press, recorded, "BROKEN")
    with pytest.raises(OSError, match="no space left"):
        broken.result()
    assert press.make(sample.receipt_content()).pdf


def test_the_converter_is_the_one_that_is_named_or_else_what_the_machine_has(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert isinstance(converter("wheel"), Wheel)
    monkeypatch.setenv("PATH", "/nowhere")
    assert isinstance(converter(), Wheel)
    with pytest.raises(PdfFailed, match="CONTRACTS_PDF_CONVERTER"):
        converter("libreoffice")
