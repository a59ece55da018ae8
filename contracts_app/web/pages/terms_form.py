"""What somebody typed as the terms of a contract."""

from __future__ import annotations

from typing import Any

from contracts_app.domain.money import ZERO
from contracts_app.web.pages.address_form import typed_addresses
from contracts_app.web.pages.advance_form import typed_advance
from contracts_app.web.pages.agreed_words import rounding_of
from contracts_app.web.pages.changes_form import typed_changes
from contracts_app.web.pages.discounts_form import typed_discounts
from contracts_app.web.pages.early_payment_form import typed_early_payment
from contracts_app.web.pages.exchange_form import typed_exchange
from contracts_app.web.pages.forms import Form, typed_amount, typed_rate, whole_number
from contracts_app.web.pages.limits_form import typed_limits, typed_retainer
from contracts_app.web.pages.maximum_form import typed_maximum
from contracts_app.web.pages.overtime_form import typed_overtime
from contracts_app.web.pages.retainage_form import typed_rules
from contracts_app.web.pages.submission_form import typed_submission
from contracts_app.web.pages.tax_form import FIELDS, typed_tax
from contracts_app.web.problems import FieldError, WrongBody, together


def typed_terms(form: Form) -> dict[str, Any]:
    """The terms as the form says them. Raises WrongBody."""
    currency = form.get("currency", "")
    (
        total,
        limit,
        deposit,
        completed,
        stored,
        payment,
        certification,
        first,
        cut_off,
        rounding,
        rules,
        overtime,
        changes,
        submission,
        limits,
        maximum,
        advance,
    ) = together(
        lambda: typed_amount(form, "original_sum", currency),
        lambda: typed_amount(form, "controller_limit", currency),
        lambda: typed_amount(form, "deposit", currency) if form.get("deposit") else f"{ZERO:f}",
        lambda: typed_rate(form, "rate_completed"),
        lambda: typed_rate(form, "rate_stored"),
        lambda: whole_number(form, "payment_days", 0, 365),
        lambda: whole_number(form, "certification_days", 0, 90),
        lambda: whole_number(form, "first_application", 1, 9999),
        lambda: whole_number(form, "cut_off_day", 1, 31),
        lambda: _rounding(form),
        lambda: typed_rules(form, currency),
        lambda: typed_overtime(form),
        lambda: typed_changes(form),
        lambda: typed_submission(form),
        lambda: {**typed_limits(form, currency), **typed_retainer(form, currency)},
        lambda: typed_maximum(form, currency),
        lambda: typed_advance(form, currency),
    )
    owed = form.get("receivable_arises", "")
    return {
        "currency": currency,
        "original_sum": total,
        "contract_date": form.get("contract_date", ""),
        "substantial_completion": form.get("substantial_completion") or None,
        "retainage": {
            "rate_completed": completed,
            "rate_stored": stored,
            "level": form.get("level", ""),
            **rules,
        },
        "payment_days": payment,
        "receivable_arises": "submission" if owed == "issue" else owed,
        "certified_by_client": owed != "issue",
        "certification_days": certification,
        "first_application": first,
        "controller_limit": limit,
        "cut_off_day": cut_off,
        "invoice_form": form.get("invoice_form") or "application",
        "billed_by_run": form.get("billed_by_run") == "yes",
        "hour_rounding": rounding,
        "at_cap": form.get("at_cap") or "bill_to_cap",
        "partial_milestones": form.get("partial_milestones") == "yes",
        "deposit": deposit,
        **overtime,
        "changes": changes,
        **submission,
        **limits,
        **({"tax": typed_tax(form)} if any(name in form for name in FIELDS) else {}),
        **_detail(form),
        "guaranteed_maximum": maximum,
        **advance,
        **({"early_payment": typed_early_payment(form)} if "early_rate" in form else {}),
        **typed_addresses(form),
        **typed_exchange(form),
        **({"credit_form": form["credit_form"]} if form.get("credit_form") else {}),
        **({"discounts": typed_discounts(form, currency)} if "discount_courtesy" in form else {}),
    }


def _rounding(form: Form) -> dict[str, object]:
    text = form.get("hour_rounding") or "1"
    rounding = rounding_of(text)
    if rounding is None:
        raise WrongBody(FieldError("hour_rounding", text, "one of the list"))
    return rounding


def _detail(form: Form) -> dict[str, object]:
    """What the client sees of time; nothing where the form does not say, so that its record does."""
    if not form.get("detail_level"):
        return {}
    return {"detail": {"level": form["detail_level"], "backup": form.get("detail_backup") == "yes"}}
