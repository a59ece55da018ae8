"""Receivables that arise at submission: certified less, paid short, reminded, released in two parts."""

from datetime import date
from decimal import Decimal

from contracts_app.domain.commands.invoice_commands import Certification
from tests.scenarios.told import events, letters, receivables, retainage
from tests.workflows.conftest import NewFirm

EVENTS = """
2024-01-15 coordinator: open_contract contract → setting_up
2024-01-15 coordinator: receive_import import → received
2024-01-15 system: analyse_import import → ready
2024-01-15 coordinator: post_import contract (schedule_of_values from file.csv: 2 new)
2024-01-15 coordinator: post_import import → posted
2024-01-15 controller: activate_contract contract → active
2024-02-01 coordinator: prepare_application application 1 → draft
2024-02-01 coordinator: prepare_application contract (application 1)
2024-02-01 coordinator: edit_draft application 1
2024-02-01 coordinator: submit_draft application 1 → in_review
2024-02-01 project_manager: approve_draft application 1 → approved
2024-02-01 coordinator: issue_invoice application 1 → submitted
2024-02-01 coordinator: receivable_arises client (Application 1: 9,900.00)
2024-02-01 coordinator: invoice_changed contract (Application 1 issued as P-00001)
2024-02-01 system: queue_message message → queued
2024-02-01 system: make_documents application 1 (P-00001-application-1)
2024-02-01 system: queue_message message → queued
2024-02-01 system: send_message message → sent
2024-02-01 system: send_message message → sent
2024-02-08 client: receivable_reduced client (Application 1: certified less)
2024-02-08 client: certify_application application 1 → certified (One run of line 2 is missing)
2024-02-08 client: invoice_changed contract (Application 1 certified less)
2024-02-08 system: queue_message message → queued
2024-02-08 system: make_notice application 1 (P-00001)
2024-02-08 system: send_message message → sent
2024-02-28 coordinator: receive_payment application 1 (5,000.00 USD of CHECK-1)
2024-02-28 coordinator: invoice_changed contract (payment for Application 1)
2024-02-28 coordinator: receive_payment client (5,000.00 USD, CHECK-1)
2024-02-28 system: queue_message message → queued
2024-02-28 system: make_receipt client (CHECK-1)
2024-02-28 system: send_message message → sent
2024-03-03 system: queue_message message → queued
2024-03-03 system: make_reminder client (level 1)
2024-03-03 system: send_message message → sent
2024-04-05 system: queue_message message → queued
2024-04-05 system: make_reminder client (level 30)
2024-04-05 system: send_message message → sent
2024-04-05 coordinator: receive_payment application 1 → paid (4,000.00 USD of CHECK-2)
2024-04-05 coordinator: invoice_changed contract (payment for Application 1)
2024-04-05 coordinator: receive_payment client (4,000.00 USD, CHECK-2)
2024-04-05 coordinator: prepare_application application 2 → draft
2024-04-05 coordinator: prepare_application contract (application 2)
2024-04-05 coordinator: edit_draft application 2
2024-04-05 coordinator: submit_draft application 2 → in_review
2024-04-05 project_manager: approve_draft application 2 → approved
2024-04-05 coordinator: issue_invoice application 2 → submitted
2024-04-05 coordinator: receivable_arises client (Application 2: 18,000.00)
2024-04-05 coordinator: invoice_changed contract (Application 2 issued as P-00002)
2024-04-05 system: queue_message message → queued
2024-04-05 system: make_receipt client (CHECK-2)
2024-04-05 system: send_message message → sent
2024-04-05 system: queue_message message → queued
2024-04-05 system: make_documents application 2 (P-00002-application-2)
2024-04-05 system: queue_message message → queued
2024-04-05 system: send_message message → sent
2024-04-05 system: send_message message → sent
2024-04-12 client: certify_application application 2 → certified
2024-04-12 client: invoice_changed contract (Application 2 certified in full)
2024-05-20 system: queue_message message → queued
2024-05-20 system: make_reminder client (level 15)
2024-05-20 system: send_message message → sent
2024-05-20 coordinator: receive_payment application 2 → paid (18,000.00 USD of CHECK-3)
2024-05-20 coordinator: invoice_changed contract (payment for Application 2)
2024-05-20 coordinator: receive_payment client (18,000.00 USD, CHECK-3)
2024-05-20 coordinator: prepare_release release 3 → draft
2024-05-20 coordinator: prepare_release contract (application 3)
2024-05-20 coordinator: submit_draft release 3 → in_review
2024-05-20 project_manager: approve_draft release 3 → approved
2024-05-20 coordinator: issue_invoice release 3 → submitted
2024-05-20 coordinator: receivable_arises client (Retainage release 3: 1,000.00)
2024-05-20 coordinator: invoice_changed contract (Retainage release 3 issued as P-00003)
2024-05-20 client: certify_application release 3 → certified
2024-05-20 client: invoice_changed contract (Retainage release 3 certified in full)
2024-05-20 system: queue_message message → queued
2024-05-20 system: make_receipt client (CHECK-3)
2024-05-20 system: send_message message → sent
2024-05-20 system: queue_message message → queued
2024-05-20 system: make_documents release 3 (P-00003-retainage_release-3)
2024-05-20 system: queue_message message → queued
2024-05-20 system: send_message message → sent
2024-05-20 system: send_message message → sent
2024-05-20 coordinator: receive_payment release 3 → paid (1,000.00 USD of CHECK-4)
2024-05-20 coordinator: invoice_changed contract (payment for Retainage release 3)
2024-05-20 coordinator: receive_payment client (1,000.00 USD, CHECK-4)
2024-05-20 system: queue_message message → queued
2024-05-20 system: make_receipt client (CHECK-4)
2024-05-20 system: send_message message → sent
2024-05-20 coordinator: prepare_release release 4 → draft
2024-05-20 coordinator: prepare_release contract (application 4)
2024-05-20 coordinator: submit_draft release 4 → in_review
2024-05-20 project_manager: approve_draft release 4 → approved
2024-05-20 coordinator: issue_invoice release 4 → submitted
2024-05-20 coordinator: receivable_arises client (Retainage release 4: 2,000.00)
2024-05-20 coordinator: invoice_changed contract (Retainage release 4 issued as P-00004)
2024-05-20 client: certify_application release 4 → certified
2024-05-20 client: invoice_changed contract (Retainage release 4 certified in full)
2024-05-20 system: queue_message message → queued
2024-05-20 system: make_documents release 4 (P-00004-retainage_release-4)
2024-05-20 system: queue_message message → queued
2024-05-20 system: send_message message → sent
2024-05-20 system: send_message message → sent
2024-05-20 coordinator: receive_payment release 4 → paid (2,000.00 USD of CHECK-5)
2024-05-20 coordinator: invoice_changed contract (payment for Retainage release 4)
2024-05-20 coordinator: receive_payment client (2,000.00 USD, CHECK-5)
2024-05-20 system: close_contract contract → closed
2024-05-20 system: queue_message message → queued
2024-05-20 system: make_receipt client (CHECK-5)
2024-05-20 system: send_message message → sent
"""
RECEIVABLES = """
2024-02-01 P-00001 arises 9900.00 due 2024-03-02
2024-02-08 P-00001 certificate -900.00 due 2024-03-02 citing the certificate
2024-02-28 P-00001 cash -5000.00 due 2024-03-02
2024-04-05 P-00001 cash -4000.00 due 2024-03-02
2024-04-05 P-00002 arises 18000.00 due 2024-05-05
2024-05-20 P-00002 cash -18000.00 due 2024-05-05
2024-05-20 P-00003 arises 1000.00 due 2024-06-19
2024-05-20 P-00003 cash -1000.00 due 2024-06-19
2024-05-20 P-00004 arises 2000.00 due 2024-06-19
2024-05-20 P-00004 cash -2000.00 due 2024-06-19
"""
LETTERS = """
2024-02-01 application: Application for payment 1, C-1 Ductwork C-1: 9,900.00 USD [sent]
2024-02-01 application: Application for payment 1, C-1 Ductwork C-1: 9,900.00 USD [sent]
2024-02-08 certified_less: Certified for less: application 1, C-1, 900.00 USD below what was applied for [sent]
2024-02-28 receipt: Receipt for your payment CHECK-1: 5,000.00 USD [sent]
2024-03-03 reminder: Payment reminder: 4,000.00 USD past due [sent]
2024-04-05 reminder: Third payment reminder: 4,000.00 USD past due [sent]
2024-04-05 receipt: Receipt for your payment CHECK-2: 4,000.00 USD [sent]
2024-04-05 application: Application for payment 2, C-1 Ductwork C-1: 18,000.00 USD [sent]
2024-04-05 application: Application for payment 2, C-1 Ductwork C-1: 18,000.00 USD [sent]
2024-05-20 reminder: Second payment reminder: 18,000.00 USD past due [sent]
2024-05-20 receipt: Receipt for your payment CHECK-3: 18,000.00 USD [sent]
2024-05-20 retainage_release: Retainage release, C-1 Ductwork C-1: 1,000.00 USD [sent]
2024-05-20 retainage_release: Retainage release, C-1 Ductwork C-1: 1,000.00 USD [sent]
2024-05-20 receipt: Receipt for your payment CHECK-4: 1,000.00 USD [sent]
2024-05-20 retainage_release: Retainage release, C-1 Ductwork C-1: 2,000.00 USD [sent]
2024-05-20 retainage_release: Retainage release, C-1 Ductwork C-1: 2,000.00 USD [sent]
2024-05-20 receipt: Receipt for your payment CHECK-5: 2,000.00 USD [sent]
"""  # noqa: E501
RETAINAGE = """
2024-02-01 issue +1100.00 -0.00
2024-02-08 certificate +-100.00 -0.00
2024-04-05 issue +2000.00 -0.00
2024-05-20 issue +0.00 -1000.00
2024-05-20 issue +0.00 -2000.00
"""


async def test_every_event_is_as_stated(new_firm: NewFirm) -> None:
    firm = await new_firm()
    contract_id = await firm.active_contract(values=("10000.00", "20000.00"), receivable_arises="submission")

    await firm.move_to(date(2024, 2, 1))
    claims = {"1": ("6000.00", "1000.00"), "2": ("4000.00", "0.00")}
    first = await firm.drafted(contract_id, date(2024, 1, 31), claims)
    await firm.issue(first)
    await firm.move_to(date(2024, 2, 8))
    await firm.certify(
        first,
        decision=Certification.less,
        lines=await firm.entries(contract_id, {"2": ("3000.00", "0.00")}),
        reason="One run of line 2 is missing",
    )
    await firm.move_to(date(2024, 2, 28))
    short = await firm.pay("5000.00", date(2024, 2, 28), "CHECK-1", first)
    assert short["settled"] == []
    await firm.move_to(date(2024, 3, 3))
    await firm.move_to(date(2024, 4, 5))
    assert (await firm.pay("4000.00", date(2024, 4, 5), "CHECK-2"))["settled"] == ["P-00001"]

    claims = {"1": ("4000.00", "0.00"), "2": ("17000.00", "0.00")}
    second = await firm.drafted(contract_id, date(2024, 3, 31), claims)
    await firm.issue(second)
    await firm.move_to(date(2024, 4, 12))
    await firm.certify(second)
    await firm.move_to(date(2024, 5, 20))
    await firm.pay("18000.00", date(2024, 5, 20), "CHECK-3")

    for number, amount in (("4", "1000.00"), ("5", None)):
        release = await firm.release(contract_id, date(2024, 5, 20), amount)
        await firm.issue(release)
        await firm.certify(release)
        await firm.settled()
        await firm.pay(amount or "2000.00", date(2024, 5, 20), f"CHECK-{number}", release)
        await firm.settled()
    await firm.move_to(date(2024, 12, 31))

    assert sorted(await events(firm)) == sorted(EVENTS.strip().splitlines())
    assert await receivables(firm) == RECEIVABLES.strip().splitlines()
    assert sorted(await letters(firm)) == sorted(LETTERS.strip().splitlines())
    assert await retainage(firm) == RETAINAGE.strip().splitlines()
    assert await firm.state("contract", contract_id) == "closed"
    lines = await firm.rows("SELECT line4, line5, line6, line7, line8 FROM issued_invoice ORDER BY number")
    assert [tuple(map(Decimal, row.values())) for row in lines] == [
        tuple(map(Decimal, figures))
        for figures in (
            ("11000", "1100", "9900", "0", "9900"),
            ("30000", "3000", "27000", "9000", "18000"),
            ("30000", "2000", "28000", "27000", "1000"),
            ("30000", "0", "30000", "28000", "2000"),
        )
    ]
