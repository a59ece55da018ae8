"""I08 (quiet): each message has one Message-ID and constant content, and went out or visibly did not."""

from __future__ import annotations

from contracts_app.services.invariants.books import Books, Invariant, Rule, apply
from contracts_app.services.invariants.report import Tally

_MESSAGES = "SELECT count(*) FROM message WHERE firm_id = :firm"
_RULES = (
    Rule(
        _MESSAGES,
        """SELECT min(message_id), count(*) || ' messages to ' || min(recipient) || ' about one thing'
        FROM message -- Told once by its own record; of an approval, once for each time that it waits.
        WHERE firm_id = :firm AND kind NOT IN ('limit_notice', 'approval_reminder', 'approval_escalated')
        GROUP BY kind, recipient, coalesce(invoice_id, payment_id, reminder_id) HAVING count(*) > 1
        UNION ALL
        SELECT message_id, 'two messages have this Message-ID' FROM message WHERE firm_id = :firm
        GROUP BY message_id HAVING count(*) > 1""",
    ),
    Rule(
        _MESSAGES,
        """SELECT message_id, 'its content is not that of its hash' FROM message
        WHERE firm_id = :firm
            AND content_sha256 <> encode(sha256(convert_to(subject || E'\\n' || body, 'UTF8')), 'hex')""",
    ),
    Rule(
        _MESSAGES,
        """SELECT message_id, CASE state
            WHEN 'queued' THEN 'is still queued, after ' || attempts || ' tries'
            WHEN 'sent' THEN 'is said to be sent, without a try or a time'
            ELSE 'is bounced without saying why' END
        FROM message WHERE firm_id = :firm AND CASE state
            WHEN 'sent' THEN attempts < 1 OR sent_at IS NULL
            WHEN 'bounced' THEN coalesce(smtp_reply, '') = ''
            ELSE true END""",
    ),
    Rule(
        """SELECT (SELECT count(*) FROM issued_invoice WHERE firm_id = :firm)
            + (SELECT count(*) FROM payment WHERE firm_id = :firm)
            + (SELECT count(*) FROM reminder WHERE firm_id = :firm)""",
        # One letter brings what several contracts went out with.
        """WITH told AS (
            SELECT i.invoice_id AS id, 'the invoice' AS what FROM issued_invoice i
            LEFT JOIN group_invoice g ON g.firm_id = i.firm_id AND g.id = i.group_invoice_id
            WHERE i.firm_id = :firm AND coalesce(g.carried_by, i.invoice_id) = i.invoice_id
            UNION ALL SELECT id, 'the payment' FROM payment WHERE firm_id = :firm AND import_id IS NULL
            UNION ALL SELECT id, 'the reminder' FROM reminder WHERE firm_id = :firm
        )
        SELECT told.id, 'nobody was written to about ' || told.what
        FROM told LEFT JOIN message m
            ON m.firm_id = :firm AND coalesce(m.invoice_id, m.payment_id, m.reminder_id) = told.id
            AND m.kind NOT IN ('approval_reminder', 'approval_escalated')
        WHERE m.id IS NULL""",
    ),
    Rule(
        "SELECT count(*) FROM reminder_item WHERE firm_id = :firm",
        """SELECT n.id, 'lists an invoice of another client or legal entity'
        FROM reminder n
        JOIN reminder_item x ON x.firm_id = n.firm_id AND x.reminder_id = n.id
        JOIN receivable r ON r.firm_id = x.firm_id AND r.id = x.receivable_id
        JOIN issued_invoice i ON i.firm_id = r.firm_id AND i.invoice_id = r.invoice_id
        WHERE n.firm_id = :firm AND (n.client_id, n.legal_entity_id) <> (r.client_id, i.legal_entity_id)""",
    ),
    Rule(
        _MESSAGES,
        """SELECT m.message_id, 'is from another legal entity than what it is about'
        FROM message m
        LEFT JOIN issued_invoice i ON i.firm_id = m.firm_id AND i.invoice_id = m.invoice_id
        LEFT JOIN payment p ON p.firm_id = m.firm_id AND p.id = m.payment_id
        LEFT JOIN reminder n ON n.firm_id = m.firm_id AND n.id = m.reminder_id
        WHERE m.firm_id = :firm
            AND m.legal_entity_id <> coalesce(i.legal_entity_id, p.legal_entity_id, n.legal_entity_id)""",
    ),
)
_MESSAGE = "SELECT id::text, recipient, message_id, content_sha256 FROM message WHERE firm_id = :firm"


def check(books: Books, tally: Tally) -> None:
    """Try the rules, then compare each message with what the audit says was queued."""
    apply(books, tally, _RULES)
    for record, recipient, message_id, content in books.rows(_MESSAGE):
        tally.saw()
        if (recipient, message_id, content) != books.trail.letters.get(record):
            tally.broken(message_id, "its recipient, Message-ID or content is not what was queued")


INVARIANT = Invariant(
    "I08",
    "Each invoice, payment and reminder has its message, with one id and content, from its legal entity; "
    "none waits to be sent.",
    check,
    quiet=True,
)
