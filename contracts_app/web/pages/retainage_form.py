"""The rules of retainage beside its two rates, as a form types them and as a page says them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contracts_app.domain.retainage.retainage_terms import RetainageTerms
from contracts_app.web.pages.formatting import money, rate
from contracts_app.web.pages.forms import Form, typed_amount, typed_rate
from contracts_app.web.problems import FieldError, WrongBody

TIER_ROWS = 3
TIER_MODES: Mapping[str, str] = {
    "": "do not change with completion",
    "marginal": "change for the work above a completion",
    "step_down": "change for all work at a completion; what is held above that is released",
}
COMPLETION_OF: Mapping[str, str] = {"contract": "of the whole contract", "line": "of each line by itself"}
MEASURED_ON: Mapping[str, str] = {
    "current": "with executed change orders",
    "original": "as first agreed",
}
CAP_COUNTS: Mapping[str, str] = {
    "withheld": "everything ever withheld",
    "held": "what is held after releases",
}
WORKS: Mapping[str, str] = {"private": "private works", "public": "public works", "federal": "federal works"}
MARKS: Mapping[str, str] = {
    "time_and_materials": "for time and materials",
    "fixed_fee": "with a fixed fee",
    "federal_transport_funds": "paid from federal transport funds",
}
"""What a contract is beside its works, where a provision is only for such contracts."""
SECURITY_KINDS: Mapping[str, str] = {
    "bond": "a bond",
    "securities": "securities",
    "letter_of_credit": "a letter of credit",
}
"""What a client may hold instead of retainage."""
LAW_POLICIES: Mapping[str, str] = {
    "warn": "are warned of",
    "block": "keep the contract from activation",
    "off": "are not looked for",
}


def typed_rules(form: Form, currency: str) -> dict[str, Any]:
    """The rules that the form says beside the rates: only what is said. Raises WrongBody."""
    rules: dict[str, Any] = {}
    typed = next((name for name in form if name.startswith("tier_above_") and form[name]), None)
    if typed and not form.get("tier_mode"):
        raise WrongBody(FieldError("tier_mode", form[typed], "what changes with completion, or no tiers"))
    if mode := form.get("tier_mode"):
        rules["tiers"] = {
            "mode": mode,
            "completion_of": form.get("tier_completion_of", "contract"),
            "measured_on": form.get("tier_measured_on", "current"),
            "with_stored": form.get("tier_with_stored") == "yes",
            "tiers": _typed_tiers(form),
        }
    if cap := _typed_cap(form, currency):
        rules["cap"] = cap
    if form.get("change_order_rate"):
        rules["change_order_rate"] = typed_rate(form, "change_order_rate")
    if form.get("change_order_rates"):
        rules["change_order_rates"] = _typed_orders(form)
    if form.get("law_jurisdiction"):
        rules["law"] = {
            "jurisdiction": form["law_jurisdiction"].upper(),
            "works": form.get("law_works", "private"),
            "policy": form.get("law_policy", "warn"),
            "marks": [mark for mark in MARKS if form.get(f"law_mark_{mark}") == "yes"],
        }
    if form.get("release_events"):
        rules["release_events"] = _typed_events(form)
    return rules


def _typed_tiers(form: Form) -> list[dict[str, str]]:
    written = (name.removeprefix("tier_above_") for name in form if name.startswith("tier_above_"))
    numbers = [int(number) for number in written if number.isascii() and number.isdecimal()]
    found = []
    for number in sorted(numbers):
        if not form.get(f"tier_above_{number}"):
            continue
        completed = typed_rate(form, f"tier_completed_{number}")
        stored = f"tier_stored_{number}"
        found.append(
            {
                "above": typed_rate(form, f"tier_above_{number}"),
                "rate_completed": completed,
                "rate_stored": typed_rate(form, stored) if form.get(stored) else completed,
            }
        )
    if not found:
        raise WrongBody(FieldError("tier_above_1", "", "a completion in percent, like 50"))
    return found


def _typed_cap(form: Form, currency: str) -> dict[str, str] | None:
    amount, percent = form.get("cap_amount"), form.get("cap_percent")
    if not amount and not percent:
        return None
    if amount and percent:
        raise WrongBody(FieldError("cap_amount", amount, "an amount or a percentage, one of both"))
    limit = (
        {"amount": typed_amount(form, "cap_amount", currency)}
        if amount
        else {"fraction": typed_rate(form, "cap_percent")}
    )
    return {
        **limit,
        "measured_on": form.get("cap_measured_on", "current"),
        "counts": form.get("cap_counts", "withheld"),
    }


def _typed_orders(form: Form) -> list[dict[str, str]]:
    """`CO-4: 0; CO-7: 5` as rates of change orders."""
    text = form["change_order_rates"]
    found = []
    for part in text.split(";"):
        number, colon, percent = part.rpartition(":")
        if not colon or not number.strip():
            raise WrongBody(
                FieldError("change_order_rates", text, "numbers and percentages like CO-4: 0; CO-7: 5")
            )
        typed = {"change_order_rates": percent.strip()}
        found.append({"number": number.strip(), "rate": typed_rate(typed, "change_order_rates")})
    return found


def _typed_events(form: Form) -> list[dict[str, str]]:
    """`Practical completion: 50; Making good: 50` as events that release a part."""
    text = form["release_events"]
    found = []
    for part in text.split(";"):
        event, colon, percent = part.rpartition(":")
        if not colon or not event.strip():
            raise WrongBody(
                FieldError("release_events", text, "events and percentages like Practical completion: 50")
            )
        typed = {"release_events": percent.strip()}
        found.append({"event": event.strip(), "part": typed_rate(typed, "release_events")})
    return found


def as_typed(terms: RetainageTerms | None) -> dict[str, Any]:
    """What the fields of the form hold for these terms, by name; `tier_rows` are the numbers of its rows."""
    if terms is None:
        return {"tier_rows": range(1, TIER_ROWS + 1)}
    tiers, cap, law = terms.tiers, terms.cap, terms.law
    found: dict[str, Any] = {
        "tier_rows": range(1, max(TIER_ROWS, len(tiers.tiers) if tiers else 0) + 1),
        "change_order_rate": _percent(terms.change_order_rate),
        "change_order_rates": "; ".join(
            f"{one.number}: {_percent(one.rate)}" for one in terms.change_order_rates
        ),
        "release_events": "; ".join(f"{one.event}: {_percent(one.part)}" for one in terms.release_events),
    }
    if tiers:
        found |= {
            "tier_mode": tiers.mode.value,
            "tier_completion_of": tiers.completion_of.value,
            "tier_measured_on": tiers.measured_on.value,
            "tier_with_stored": "yes" if tiers.with_stored else "no",
        }
        for number, tier in enumerate(tiers.tiers, start=1):
            found |= {
                f"tier_above_{number}": _percent(tier.above),
                f"tier_completed_{number}": _percent(tier.rate_completed),
                f"tier_stored_{number}": _percent(tier.rate_stored),
            }
    if cap:
        found |= {
            "cap_amount": "" if cap.amount is None else f"{cap.amount:,f}",
            "cap_percent": _percent(cap.fraction),
            "cap_measured_on": cap.measured_on.value,
            "cap_counts": cap.counts.value,
        }
    if law:
        found |= {
            "law_jurisdiction": law.jurisdiction,
            "law_works": law.works.value,
            "law_policy": law.policy.value,
            **{f"law_mark_{mark.value}": "yes" for mark in law.marks},
        }
    return found


def in_words(terms: RetainageTerms, currency: str) -> list[str]:
    """Each rule beside the two rates, as a sentence."""
    said = []
    if terms.tiers:
        tiers = terms.tiers
        for tier in tiers.tiers:
            work = "all work" if tiers.mode == "step_down" else "work"
            said.append(
                f"from {rate(tier.above)} completion on {rate(tier.rate_completed)} of {work}, "
                f"{rate(tier.rate_stored)} of stored material"
            )
        counted = "stored material counts" if tiers.with_stored else "stored material does not count"
        said.append(
            f"completion {COMPLETION_OF[tiers.completion_of]}, of the sum {MEASURED_ON[tiers.measured_on]}; "
            f"{counted}"
        )
    if terms.cap:
        most = (
            money(terms.cap.amount, currency)
            if terms.cap.amount is not None
            else f"{rate(terms.cap.fraction)} of the contract sum {MEASURED_ON[terms.cap.measured_on]}"
        )
        said.append(f"at most {most}, counting {CAP_COUNTS[terms.cap.counts]}")
    if terms.change_order_rate is not None:
        said.append(f"{rate(terms.change_order_rate)} of the work of change orders")
    said += [f"{rate(one.rate)} of the work of {one.number}" for one in terms.change_order_rates]
    if terms.law:
        said.append(
            f"law of {terms.law.jurisdiction}, {WORKS[terms.law.works]}: findings "
            f"{LAW_POLICIES[terms.law.policy]}"
        )
        said += [f"a contract {MARKS[mark]}" for mark in terms.law.marks]
    said += [f"{rate(one.part)} is released at “{one.event}”" for one in terms.release_events]
    return said


def _percent(fraction: Any) -> str:
    return rate(fraction).removesuffix(" %")


FORM_WORDS: Mapping[str, Any] = {
    "TIER_MODES": TIER_MODES,
    "COMPLETION_OF": COMPLETION_OF,
    "MEASURED_ON": MEASURED_ON,
    "CAP_COUNTS": CAP_COUNTS,
    "WORKS": WORKS,
    "LAW_POLICIES": LAW_POLICIES,
    "MARKS": MARKS,
    "retainage_as_typed": as_typed,
    "retainage_in_words": in_words,
}
"""All of it, for the templates of a contract."""
