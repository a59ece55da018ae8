"""Steps of a contract's records that a life seldom takes, each from where the life of a test has come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select

from contracts_app.domain.billing.withholds import WithholdReason
from contracts_app.domain.commands.cash_commands import ApplyCash, ReceivePayment
from contracts_app.domain.commands.every_command import Body
from contracts_app.domain.commands.import_commands import (
    DistributeImport,
    PostParts,
    UndoParts,
    WithdrawImport,
)
from contracts_app.domain.commands.invoice_commands import ApproveDraft, SubmitDraft, WithdrawDraft
from contracts_app.domain.commands.mending_commands import MendedCell, MendImport
from contracts_app.domain.commands.settlement_commands import SettleWithheld
from contracts_app.domain.commands.submission_commands import LineRemark, RemarkOnPencil, SharePencil
from contracts_app.domain.commands.time_commands import ClaimTime
from contracts_app.domain.commands.withhold_commands import ConcedeWithhold, RecordWithhold, ReturnWithhold
from contracts_app.domain.receivables.receivables import CashPart
from contracts_app.services import imports
from contracts_app.store import receivables
from contracts_app.store.tables import import_file, invoice
from contracts_app.store.transaction import reading
from tests.services.asking import Asking

MANY = "Date,Person,Hours,Project\n{0},Sample Engineer,0.25,Alpha\n{0},Sample Engineer,a while,Beta\n"


def _do(one: Asking, body: Body) -> Mapping[str, Any]:
    """Done by the first who may."""
    said = "nobody may give it"
    for holder in one.holders(body.command, one.now()):
        one.keys += 1
        given = one.give(holder, f"K-{one.keys}", body)
        if given.outcome.done:
            one.settle()
            return given.outcome.result
        said = given.outcome.sentence
    raise AssertionError(f"{body.command}: {said}")


def _state(one: Asking, invoice_id: UUID) -> str:
    return next(str(row["state"]) for row in one.now().invoices if row["id"] == invoice_id)


def _approve(one: Asking, invoice_id: UUID) -> None:
    seen = next(row["content_hash"] for row in one.now().invoices if row["id"] == invoice_id)
    _do(one, ApproveDraft(invoice_id=invoice_id, content_hash=seen))


def _show(one: Asking, invoice_id: UUID) -> None:
    """The client sees a copy, and remarks on it; the draft stays as it is."""
    before = _state(one, invoice_id)
    _do(one, SharePencil(invoice_id=invoice_id))
    pencil = one.now().pencils[invoice_id]
    remark = LineRemark(remark="Less, please.")
    _do(one, RemarkOnPencil(invoice_id=invoice_id, pencil_id=pencil, remarks=(remark,)))
    assert _state(one, invoice_id) == before


def approved(one: Asking) -> None:
    """An approved draft is shown to the client, claims its time anew, and is withdrawn; files come in."""
    (draft,) = one.now().in_state("approved")
    _show(one, draft)
    _do(one, ClaimTime(invoice_id=draft))
    assert _state(one, draft) == "draft"
    _do(one, SubmitDraft(invoice_id=draft))
    _show(one, draft)
    while _state(one, draft) == "in_review":
        _approve(one, draft)
    _do(one, WithdrawDraft(invoice_id=draft, reason="Next month."))
    assert _state(one, draft) == "withdrawn"
    _upload(one, "no-table.csv", b"\x00\x01\x02 no table")
    _file_for_many(one)


def _file_for_many(one: Asking) -> None:
    file_id = _upload(one, "two.csv", MANY.format(one.today).encode())
    report = next(row["report"] for row in one.now().files if row["id"] == file_id)
    wrong = next(found["place"] for found in report["problems"] if found["place"]["row"])
    mended = MendedCell(sheet=wrong["sheet"], row=wrong["row"], column="C", became="0.50")
    _do(one, MendImport(import_id=file_id, cells=(mended,)))
    _do(one, DistributeImport(import_id=file_id, projects={"Alpha": one.contract_id}))
    _do(one, PostParts(import_id=file_id))
    _do(one, UndoParts(import_id=file_id, reason="The wrong month."))
    _do(one, WithdrawImport(import_id=file_id, reason="Not our people."))


def _upload(one: Asking, name: str, data: bytes) -> UUID:
    imports.receive(
        one.small.engine,
        firm_id=one.small.id,
        by=one.people.coordinator,
        key=name,
        kind="timesheet",
        contract_id=None,
        file_name=name,
        data=data,
    )
    one.settle()
    with reading(one.small.engine, one.small.id) as connection:
        named = select(import_file.c.id).where(import_file.c.file_name == name)
        file_id: UUID = connection.execute(named).scalar_one()
    return file_id


def kept_back(one: Asking) -> None:
    """Of two invoices that nobody certifies the client keeps something back, and pays what is left."""
    first, second = _issued(one)[:2]
    _withhold(one, first, "10.00")
    back = {"reason": WithholdReason.defective_work, "reference": "N-1"}
    _do(one, ReturnWithhold(invoice_id=first, **back, amount=Decimal("10.00")))
    _withhold(one, first, "10.00")
    _do(one, ConcedeWithhold(invoice_id=first, **back, amount=Decimal("4.00"), remark="Agreed."))
    _do(one, ReturnWithhold(invoice_id=first, **back, amount=Decimal("6.00")))
    left = _open(one, first)
    cash = _pay(one, _certified(one), more=left + 1)
    _apply(one, cash, second, Decimal("1.00"))
    _apply(one, cash, first, left)
    whole = _open(one, second)
    _withhold(one, second, str(whole))
    _do(one, ConcedeWithhold(invoice_id=second, **back, amount=whole, remark="Agreed."))
    assert not set(_issued(one)) & {first, second}


def _issued(one: Asking) -> list[UUID]:
    query = select(invoice.c.id).where(invoice.c.state == "issued").order_by(invoice.c.id)
    with reading(one.small.engine, one.small.id) as connection:
        return list(connection.execute(query).scalars())


def _open(one: Asking, invoice_id: UUID) -> Decimal:
    with reading(one.small.engine, one.small.id) as connection:
        owed = receivables.of_invoice(connection, one.small.id, invoice_id)
        assert owed is not None
        return receivables.balance(connection, one.small.id, owed["id"])


def _withhold(one: Asking, invoice_id: UUID, amount: str) -> None:
    _do(
        one,
        RecordWithhold(
            invoice_id=invoice_id,
            reason=WithholdReason.defective_work,
            reference="N-1",
            amount=Decimal(amount),
            remark="The register is loose.",
        ),
    )


def settled(one: Asking) -> None:
    """A certified invoice is paid but for the tax that the client keeps back, and then by its certificate."""
    invoice_id, tax = _certified(one), Decimal("10.00")
    for known, held in one.now().withheld:
        if known == invoice_id:
            about = {"reason": held.reason, "reference": held.reference, "amount": held.amount}
            _do(one, ReturnWithhold(invoice_id=invoice_id, **about))
    _pay(one, invoice_id, more=-tax)
    _do(
        one,
        SettleWithheld(
            client_id=one.people.client_id,
            invoice_id=invoice_id,
            jurisdiction="US",
            scheme="backup",
            standing="no_tin",
            certificate="CERT-OF-ALL",
            amount=tax,
            paid_on=one.today,
        ),
    )
    assert _state(one, invoice_id) == "paid", (_state(one, invoice_id), _open(one, invoice_id))


def _certified(one: Asking) -> UUID:
    now = one.now()
    return next(known for known in now.in_state("certified") if known in now.owed)


def _pay(one: Asking, invoice_id: UUID, more: Decimal) -> UUID:
    """The client pays what it owes on an invoice of the contract, and so much more."""
    before = one.now()
    payment = ReceivePayment(
        client_id=one.people.client_id,
        amount=before.owed[invoice_id] + more,
        currency="USD",
        received_on=one.today,
        reference="WIRE-OF-ALL",
        invoices=(invoice_id,),
    )
    return UUID(str(_do(one, payment)["payment_id"]))


def _apply(one: Asking, payment_id: UUID, invoice_id: UUID, amount: Decimal) -> None:
    part = CashPart(invoice_id=invoice_id, amount=amount)
    _do(one, ApplyCash(client_id=one.people.client_id, payment_id=payment_id, applications=(part,)))


RARE: Sequence[tuple[str, Callable[[Asking], None]]] = (
    ("approved", approved),
    ("kept back", kept_back),
    ("kept back", settled),
)
"""Where the steps begin (see `SET_OUT_AFTER` of the life), and what they are."""
