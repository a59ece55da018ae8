"""Reports about what is owed: retainage, ageing, and what was credited, given up or replaced."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import PERIOD, Part, Report
from contracts_app.services.audit_reports.columns import (
    AGAIN,
    CURRENCY,
    TESTED,
    amounts,
    days,
    instants,
    numbers,
    texts,
)
from contracts_app.store.views.audit_reports import receivables as queries

_ROLLED = amounts(opening="Opening", withheld="Withheld", released="Released", closing="Closing")

REPORTS = (
    Report(
        number=8,
        title="Retainage roll-forward",
        question="How did retainage get from its opening to its closing balance?",
        parts=(
            Part(
                "contracts",
                "By contract",
                queries.RETAINAGE,
                (*texts(client="Client", contract="Contract"), CURRENCY, *_ROLLED),
                none="No retainage was withheld.",
            ),
            Part(
                "clients",
                "By client",
                queries.RETAINAGE_BY_CLIENT,
                (*texts(client="Client"), CURRENCY, *numbers(contracts="Contracts"), *_ROLLED),
                none="No retainage was withheld.",
            ),
            Part(
                "unexplained",
                "Balances that line 5 of the last application does not say",
                queries.RETAINAGE_UNEXPLAINED,
                (
                    *texts(contract="Contract"),
                    CURRENCY,
                    *amounts(closing="Closing", last_line5="Line 5 of the last application"),
                ),
                exceptions=True,
                none="Every balance is line 5 of the contract's last application, as certified where it was.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        limits=("Retainage of invoices of the system before ours stands in the ageing (report 9).",),
        tested_by=TESTED + "test_retainage_rolls_forward",
    ),
    Report(
        number=9,
        title="Ageing of receivables and its tie-out",
        question="What is owed as of a day, how late is it, and does it tie to its movements and the cash?",
        parts=(
            Part(
                "ageing",
                "Open at the end of the last day",
                queries.AGEING,
                (
                    *texts(client="Client", contract="Contract", number="Number"),
                    *days(arose_on="Arose on", due_on="Due on"),
                    *texts(days_late="Days late"),
                    CURRENCY,
                    *amounts(
                        not_due="Not due",
                        to_30="1 to 30",
                        to_60="31 to 60",
                        to_90="61 to 90",
                        over_90="Over 90",
                        balance="Open",
                    ),
                ),
                none="Nothing is open.",
            ),
            Part(
                "movements",
                "From opening to closing, by currency",
                queries.ROLL_FORWARD,
                (
                    CURRENCY,
                    *amounts(
                        opening="Opening",
                        arose="Arose",
                        certified_less="Certified less",
                        cash="Cash",
                        deposits="Deposits",
                        tax_and_discount="Tax withheld, discounts",
                        kept_back="Kept back",
                        replaced="Replaced",
                        closing="Closing",
                    ),
                ),
                none="Nothing arose.",
            ),
            Part(
                "cash",
                "Cash of the period, and what of it is applied",
                queries.CASH,
                (
                    *texts(client="Client", reference="Reference"),
                    *days(received_on="Received on"),
                    *texts(recorded_by="Recorded by"),
                    *instants(recorded_at="Recorded at"),
                    CURRENCY,
                    *amounts(amount="Amount", applied="Applied", not_applied="Not applied"),
                ),
                none="Nothing was received.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        limits=(
            "There is no general ledger here: the control account is what the movements close with.",
            "Days late count from the day due to the last day asked for.",
        ),
        tested_by=TESTED + "test_what_is_open_ties",
    ),
    Report(
        number=10,
        title="Credits, write-offs and replaced invoices",
        question="What took something away from an invoice, why, and who approved it?",
        parts=(
            Part(
                "less",
                "Credit notes, replaced invoices, cuts, discounts, amounts given up",
                queries.LESS,
                (
                    *days(on_day="Day"),
                    *texts(what="What", number="Invoice", contract="Contract", client="Client"),
                    CURRENCY,
                    *amounts(amount="Amount"),
                    *texts(reason="Reason", by="By", approved_by="Approved by"),
                ),
                none="Nothing was taken away.",
            ),
        ),
        asks=PERIOD,
        again=AGAIN,
        limits=("Time and costs written down before they were billed are in report 15.",),
        tested_by=TESTED + "test_what_was_taken_away_is_listed",
    ),
)
