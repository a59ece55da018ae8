"""Equal content has an equal hash for ever, and any other content another one."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum, StrEnum
from typing import Annotated, Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from contracts_app.domain import canonical
from contracts_app.domain.billing import drafting
from contracts_app.domain.billing.snapshot import Snapshot
from contracts_app.domain.commands.cash_commands import ReceivePayment
from contracts_app.domain.commands.every_command import Command
from contracts_app.domain.money import Amount
from contracts_app.domain.refusals import Refused
from tests.domain.agreements import FIRM, claims, identity, snapshot, sov, terms
from tests.domain.every_rule import rich_snapshot


class Colour(StrEnum):
    red = "red"


class Level(Enum):
    high = 3


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "é"]}, '{"a":[true,null,"é"],"b":1}'),
        (Decimal("5865300.00"), '"5865300"'),
        (Decimal("-0.00"), '"0"'),
        (Decimal("0.10"), '"0.1"'),
        (Decimal("1E+3"), '"1000"'),
        (Decimal(1000), '"1000"'),
        (Decimal("1E-7"), '"0.0000001"'),
        (date(2024, 2, 29), '"2024-02-29"'),
        (datetime(2024, 2, 29, 12, 0, 0, 250, tzinfo=UTC), '"2024-02-29T12:00:00.000250+00:00"'),
        (datetime(2024, 2, 29, 14, tzinfo=timezone(timedelta(hours=2))), '"2024-02-29T12:00:00+00:00"'),
        (UUID(int=1), '"00000000-0000-0000-0000-000000000001"'),
        ((Colour.red, Level.high), '["red",3]'),
        ({UUID(int=1): 1}, '{"00000000-0000-0000-0000-000000000001":1}'),
        ('a\n"\u2028', '"a\\n\\"\u2028"'),
    ],
)
def test_canonical_text(value: object, text: str) -> None:
    assert canonical.text(value) == text


@pytest.mark.parametrize(
    "value",
    [
        1.5,
        0.0,
        float("nan"),
        Decimal("NaN"),
        Decimal("Infinity"),
        datetime(2024, 1, 1, tzinfo=UTC).replace(tzinfo=None),
        b"bytes",
        {1, 2},
        object(),
        timedelta(1),
    ],
)
@pytest.mark.parametrize("wrap", [lambda v: v, lambda v: [v], lambda v: {"deep": [{"er": v}]}])
def test_what_has_no_one_form_is_refused(value: object, wrap: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        canonical.text(wrap(value))


def test_golden_hashes() -> None:
    """Stored with issued invoices and approvals: if one of these changes, every stored hash is orphaned."""
    plain = {"amount": Decimal("5865300.00"), "on": date(2025, 4, 14), "who": None}
    assert canonical.text(plain) == '{"amount":"5865300","on":"2025-04-14","who":null}'
    assert canonical.digest(plain) == "201dd2170896c36363eec552c4fb3526a5c2b728f39e770e800af85bb00f7476"
    small = snapshot(terms("1000"), [sov(1, "1000")], claims({1: ("400", "50")}))
    assert canonical.digest(small) == "00dc937d512d2a6aabfe9e60c720b88aef38b9d7245ec8f21db86e594fbd494f"
    assert drafting.content_hash(small) == "c179312b9141934f94177c9b4cbcea6f4332fcd9c76c97411e3b93f0568c2c35"
    assert (
        drafting.content_hash(rich_snapshot())
        == "09aaa1693b2405a4bad6ee7ecc18cff563ee4ef2e69390f86a45159f9fbe3dba"
    )


class _Before(BaseModel):
    model_config = ConfigDict(frozen=True)
    amount: Amount


class _Since(_Before):
    agreed: Annotated[Amount | None, canonical.ADDED_LATER] = None
    final: Annotated[bool, canonical.ADDED_LATER] = False
    always: int = 7


def test_a_field_that_was_added_later_is_left_out_while_it_has_its_default() -> None:
    """So that what was stored before it keeps its hash."""
    assert canonical.text(_Before(amount=Decimal("1.50"))) == '{"amount":"1.5"}'
    assert canonical.text(_Since(amount=Decimal("1.50"))) == '{"always":7,"amount":"1.5"}'
    said = _Since(amount=Decimal("1.50"), agreed=Decimal(0), final=True)
    assert canonical.text(said) == '{"agreed":"0","always":7,"amount":"1.5","final":true}'
    read_again = _Since.model_validate({"always": 7, "amount": "1.5"})
    assert canonical.text(read_again) == canonical.text(_Since(amount=Decimal("1.50")))


def test_trailing_zeros_are_the_same_content() -> None:
    def drawn(value: str, work: str) -> Snapshot:
        return snapshot(terms(value), [sov(1, value)], claims({1: (work, "0")}))

    once = drafting.content_hash(drawn("1000", "400"))
    assert once == drafting.content_hash(drawn("1000.00", "400.0000"))
    assert once != drafting.content_hash(drawn("1000.00", "400.01"))


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        yield path, value
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    else:
        yield path, value


_MODELS: list[Any] = [{"tiers": [{"above": "0.5"}]}, {"amount": "1"}, {"jurisdiction": "GB"}]
_MODELS += [{"treatments": [{"jurisdiction": "DE"}]}, {"invoiced_on": "2024-01-31"}]
_MODELS += [{"rate": "0.02", "days": 10}, {"courtesy": "0.02"}]
_MODELS += [{"functional": "EUR", "rate_of": "issue"}]
"""What may stand where nothing is said: tiers of retainage, a cap, the law of a place, tax, discounts, the
currency of the books."""


_BOND = {"security": "B-1"}
_BY_MEASURE = {"unit": "m", "price": "1", "estimated_quantity": "4309432.48"}


def _others(leaf: Any) -> list[Any]:
    """Values that might stand in its place."""
    if isinstance(leaf, bool):
        return [not leaf]
    if isinstance(leaf, int):
        return [leaf + 1, leaf - 1]
    if isinstance(leaf, list):
        return [leaf[1:]] if leaf else []
    words: list[Any] = [
        "retainage_release",
        "void",
        "approved",
        "planned",
        "line",
        "submission",
        "EUR",
        "consulting",
    ]
    words += ["hold_whole_entries", "milestone", "certification"]
    words += ["day", "issue", "document"]
    agreed = {"classes": [{"name": "night", "convention": "flat_rate"}]}
    others = [agreed, {"kind": "night"}, {"seconds": 9000}, *_MODELS, "0.07", "2031-07-01", "2024-01-31"]
    others.append(str(identity("another")))
    others.append(
        [{"above": "1", "stages": [[{"name": "controller", "approvers": [{"who": "controller"}]}]]}]
    )
    return [*others, *words, "another", None, 7]


def _put(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    key, *rest = path
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[key] = _put(copy[key], tuple(rest), value)
    return copy


_ONLY_WITH_OTHERS: dict[str, tuple[dict[tuple[Any, ...], Any], list[tuple[tuple[Any, ...], Any]]]] = {
    "discounts": (
        {("terms", "deposit"): "0"},
        [
            (
                ("terms", "discounts"),
                {
                    "lines": [{"item_no": "1", "rate": "0.01"}],
                    "volume": {
                        "mode": "marginal",
                        "bands": [{"above": "0", "rate": "0.02"}, {"above": "5000", "rate": "0.03"}],
                    },
                    "courtesy": "0.02",
                },
            )
        ],
    ),
    "bill_to": (
        {("terms",): {"certified_by_client": False, "invoice_form": "consulting"}},
        [
            (
                ("terms", "bill_to"),
                {"each": [{"name": "Tenant", "item_nos": ["2", "3"], "addressee": "Sample Tenant"}]},
            )
        ],
    ),
    "addressed": (
        {
            ("terms",): {
                "certified_by_client": False,
                "invoice_form": "consulting",
                "bill_to": {"each": [{"name": "Tenant", "item_nos": ["1", "5"], "addressee": "T"}]},
            },
        },
        [
            (
                ("addressed",),
                {"name": "Tenant", "line_ids": [str(identity(one)) for one in ("line 1", "line 5")]},
            )
        ],
    ),
    "invoice_currency": ({("terms", "deposit"): "0"}, [(("terms", "invoice_currency"), "EUR")]),
    "invoicing": (
        {},
        [
            (
                ("invoicing",),
                {
                    "currency": "EUR",
                    "functional": "CHF",
                    "rate_of": "period_end",
                    "rate": {"of": "USD", "to": "EUR", "rate": "0.9", "on": "2024-03-28", "source": "Bank"},
                },
            )
        ],
    ),
    "release_cause": ({}, [(("release_cause",), {"events": ["Pump test"]}), (("release_cause",), _BOND)]),
    "unit_price": (
        {},
        [
            (
                ("schedule", 1),
                {"basis": "unit_price", "unit_price": _BY_MEASURE, "scheduled_value": "4309432.48"},
            )
        ],
    ),
    "finally_measured": (
        {
            ("schedule", 1): {"basis": "unit_price", "unit_price": _BY_MEASURE},
            ("entries", 1): {"quantity_to_date": "2154716.24", "this_period": "0"},
        },
        [(("entries", 1, "finally_measured"), True)],
    ),
    "recurring": (
        {("time",): [], ("time_before",): []},
        [(("schedule", 4), {"basis": "recurring", "recurring": {"amount": "100", "anchor": "2024-02-01"}})],
    ),
    "cost_plus": (
        {("time",): [], ("time_before",): []},
        [
            (
                ("schedule", 4),
                {
                    "basis": "cost_plus",
                    "cost_plus": {"fee": {"kind": "percent", "rate": "0.1"}, "expected_cost": "900"},
                },
            )
        ],
    ),
    "guaranteed_maximum": (
        {
            ("time",): [],
            ("time_before",): [],
            ("schedule", 4): {"basis": "cost_plus", "cost_plus": {"is_fee": True}},
        },
        [
            (
                ("terms", "guaranteed_maximum"),
                {
                    "fee": {"kind": "percent", "rate": "0.1"},
                    "savings": {"contractor_share": "0.4", "unused_allowances_shared": False},
                },
            )
        ],
    ),
    "retainer": ({}, [(("terms", "retainer"), {"minimum": "5000", "request_below": "1000"})]),
    "advance": (
        {("terms", "receivable_arises"): "certification"},
        [(("terms", "advance"), {"amount": "1000.00", "rate": "0.25"})],
    ),
    "material": (
        {},
        [(("entries", 0, "material"), {"received": "1.00", "built_in": "2.00", "removed": "3", "work": "4"})],
    ),
    "funding": (
        {("terms", "certified_by_client"): False},
        [(("terms", "funding"), {"required": True})],
    ),
    "limits": (
        {("terms", "certified_by_client"): False, ("terms", "funding"): {}},
        [(("limits",), {"used": [{"limit_id": str(identity("cap")), "billed": "1", "reserved": "2"}]})],
    ),
    "changes": (
        {},
        [(("terms", "changes"), {"profit": "0.1", "markups": {"labour": "0.15", "equipment": "0.1"}})],
    ),
    "tax": (
        {},
        [
            (("schedule", 0, "tax"), {"treatments": [{"jurisdiction": "DE", "applies_to": "bridges"}]}),
            (("terms", "tax"), {"treatments": [{"jurisdiction": "GB", "tax": "VAT"}], "special_rule": "s"}),
        ],
    ),
}
"""What stands only with others: on a line of its basis, with a quantity, without a client's certificate.
First what it needs beside it, then the field (or a part with it) as it may stand."""


def _with(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """The document with the value there; a part that is named by some of its fields keeps the others."""
    known = document
    for key in path:
        known = known[key]
    merged = known | value if isinstance(known, dict) and isinstance(value, dict) else value
    return _put(document, path, merged)


def _hashes(document: Any) -> tuple[str, str | None]:
    """What is stored of a snapshot, and what an approval is bound to: None where no draft comes of it."""
    drawn = Snapshot.model_validate(document)
    try:
        return canonical.digest(drawn), drafting.content_hash(drawn)
    except Refused:
        return canonical.digest(drawn), None


@pytest.mark.parametrize("field", list(_ONLY_WITH_OTHERS))
def test_a_field_that_stands_only_with_others_is_another_hash_and_so_is_each_part_of_it(field: str) -> None:
    beside, standing = _ONLY_WITH_OTHERS[field]
    base = rich_snapshot().model_dump(mode="json")
    for path, value in beside.items():
        base = _with(base, path, value)
    without = _hashes(base)
    for place, value in standing:
        document = Snapshot.model_validate(_with(base, place, value)).model_dump(mode="json")
        known = _hashes(document)
        assert known[0] != without[0]
        assert known[1] not in (without[1], None)
        changed = 0
        for path, leaf in _leaves(document):
            if field not in path[len(place) - 1 :] or path[: len(place)] != place:
                continue
            for other in [one for one in _others(leaf) if one != leaf]:
                try:
                    others = _hashes(_put(document, path, other))
                except ValidationError:
                    continue
                assert others[0] != known[0], (path, leaf, other)
                assert others[1] != known[1], (path, leaf, other)
                changed += 1
        assert changed, f"nothing else could stand in {field}"


def test_any_other_field_is_another_hash() -> None:
    drawn = rich_snapshot()
    document = drawn.model_dump(mode="json")
    known = drafting.content_hash(drawn)
    changed = 0
    for path, leaf in _leaves(document):
        tried = 0
        for other in _others(leaf):
            if other == leaf:
                continue
            try:
                changed_snapshot = Snapshot.model_validate(_put(document, path, other))
            except ValidationError:
                continue
            tried += 1
            try:
                assert drafting.content_hash(changed_snapshot) != known, (path, leaf, other)
            except Refused as refused:
                assert refused.code in ("not_in_schedule", "no_rate", "not_billed_by_time"), path  # noqa: PT017 (refused is not the same hash)
        assert tried or leaf == [] or path[-1] in _ONLY_WITH_OTHERS, f"nothing else could stand at {path}"
        changed += tried
    assert changed > 150


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_the_order_of_keys_does_not_matter(value: Any) -> None:
    def turned(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: turned(part[key]) for key in reversed(part)}
        return [turned(item) for item in part] if isinstance(part, list) else part

    try:
        assert canonical.digest(turned(value)) == canonical.digest(value)
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8 form
        assert any(0xD800 <= ord(letter) <= 0xDFFF for letter in canonical.text(value))


def _payment(amount: str, key: str = "k", by: str = "her") -> Command:
    return Command(
        firm_id=FIRM,
        by=identity(by),
        key=key,
        signed_in="password",
        body=ReceivePayment(
            client_id=identity("client"),
            amount=Decimal(amount),
            currency="USD",
            received_on=date(2024, 5, 18),
            reference="wire 7",
        ),
    )


def test_the_same_key_with_another_body_is_another_update() -> None:
    first = _payment("100.00")
    assert first.update_id == _payment("100.0").update_id
    others = [_payment("100.01"), _payment("100.00", key="other"), _payment("100.00", by="him")]
    assert len({first.update_id, *(other.update_id for other in others)}) == 4
    assert others[0].effect_key == first.effect_key
    assert others[0].body_hash != first.body_hash
    assert others[2].effect_key != first.effect_key
    assert Command.model_validate_json(first.model_dump_json()).update_id == first.update_id


def test_what_stands_twice_is_written_as_its_copies_are() -> None:
    """Equal content has one hash, whether it is one object twice or two; a change in between shows."""
    entry = rich_snapshot().time[0]
    assert canonical.text([entry, [entry]]) == canonical.text([entry.model_copy(), [entry.model_copy()]])
    other = entry.model_copy(update={"seconds": entry.seconds + 1})
    assert canonical.text([entry, other]) != canonical.text([entry, entry])
