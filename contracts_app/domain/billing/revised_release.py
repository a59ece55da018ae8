"""A retainage release that is not certified yet, revised to another amount (docs/SPEC-pay-application.md,
rule 11)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from contracts_app.domain.billing.snapshot import Release, Snapshot
from contracts_app.domain.money import ZERO, in_words_of_a_page, total
from contracts_app.domain.refusals import wrong_content
from contracts_app.domain.retainage.retainage_release import release_by_line


def released_instead(
    was: Snapshot, held: Mapping[UUID, Decimal], amount: Decimal | None
) -> tuple[Release, ...]:
    """What a release releases by line once it is revised to `amount`; spread as a release of an amount is.

    `held` is the retainage held per line while the release counts. What it released is given back first, so
    the revision may release more, up to all that was held then. One that an event or a security allowed
    releases at most what it did: the rest is a release of its own. None keeps the lines as they were.

    Raises Refused for an amount that is not above zero, beyond that, or with too many decimals.
    """
    if amount is None:
        return was.releases
    before = {release.line_id: release.amount for release in was.releases}
    allowed = before
    if was.release_cause is None:
        allowed = {line: total((held.get(line, ZERO), before.get(line, ZERO))) for line in {**held, **before}}
    elif amount > total(before.values()):
        most = in_words_of_a_page(total(before.values()), was.terms.currency)
        raise wrong_content(
            "release_beyond_its_cause",
            f"Its event or security allowed {most}: release what is more by a release of its own.",
        )
    spread = release_by_line(allowed, amount, was.terms.currency)
    return tuple(Release(line_id=line, amount=part) for line, part in spread.items() if part != ZERO)
