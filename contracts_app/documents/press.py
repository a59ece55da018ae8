"""Papers that are asked for at the same time are made together: one start of the converter serves them all.

A start of the converter and of the child that fills templates costs more than ten papers do. Whoever comes
while papers are being made waits for his turn; the first of those who waited then makes the papers of all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from threading import Lock

from contracts_app.documents.production import Content, ProducedDocument, converter, produce

Produce = Callable[[Sequence[Content]], list[ProducedDocument]]


@dataclass(frozen=True)
class _Order:
    content: Content
    made: Future[ProducedDocument] = field(default_factory=Future)


class Press:
    """Makes papers for the threads of one process, all that wait at once."""

    def __init__(self, produce: Produce) -> None:
        self._produce = produce
        self._waiting: list[_Order] = []
        self._list = Lock()
        self._at_work = Lock()

    @property
    def waiting(self) -> int:
        """How many papers wait for the next go."""
        return len(self._waiting)

    def make(self, content: Content) -> ProducedDocument:
        """The paper of this content. Raises what `produce` raises for it alone, nothing of its neighbours.

        Takes seconds: call it from a thread, never from an event loop.
        """
        order = _Order(content)
        with self._list:
            self._waiting.append(order)
        with self._at_work:
            if not order.made.done():
                self._make_all()
        return order.made.result()

    def _make_all(self) -> None:
        with self._list:
            orders, self._waiting = self._waiting, []
        try:
            papers = self._produce([one.content for one in orders])
        except Exception:  # noqa: BLE001 - it may be the fault of one: each alone, and whoever asked hears why
            for order in orders:
                self._make_alone(order)
            return
        for order, paper in zip(orders, papers, strict=True):
            order.made.set_result(paper)

    def _make_alone(self, order: _Order) -> None:
        try:
            order.made.set_result(self._produce([order.content])[0])
        except Exception as error:  # noqa: BLE001 - raised where the paper was asked for
            order.made.set_exception(error)


_press = Press(produce)


def set_up(converter_name: str) -> None:
    """Make the papers of this process with the converter of that name from now on; see `converter`."""
    global _press  # noqa: PLW0603 - one press for all threads of a process is what it is for
    _press = Press(partial(produce, renderer=converter(converter_name)))


def paper(content: Content) -> ProducedDocument:
    """Make one paper, together with those that other threads of this process ask for. See `Press.make`."""
    return _press.make(content)
