"""What a contract wants of its applications before they go out."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts_app.domain.canonical import ADDED_LATER
from contracts_app.domain.finding import AS_USUAL, Policy


class SubmissionTerms(BaseModel):
    """How the checker weighs its reasons, which papers go with an application, where its period ends.

    `backup_needed`: stored material is billed only with its papers, off the site only where
    `off_site_authorised`. `waivers`: an application goes out with a conditional lien waiver for line 8.
    `ends_at_cut_off`: a period ends on the cut-off day, or before it. `compares_progress`: what a line bills
    is held against the share of the contract's time that has passed and of its cost that is spent.
    `uncertified` is how many applications may wait for their certificate at a time; beyond one, line 7 of the
    next takes what was applied for. `signed_by_hand`: the paper has places for a signature, `notarised`: for
    a notary's as well.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    policy: Policy = AS_USUAL
    backup_needed: bool = False
    off_site_authorised: bool = False
    waivers: bool = False
    ends_at_cut_off: bool = False
    compares_progress: Annotated[bool, ADDED_LATER] = False
    uncertified: Annotated[int, Field(ge=1, le=12), ADDED_LATER] = 1
    signed_by_hand: Annotated[bool, ADDED_LATER] = False
    notarised: Annotated[bool, ADDED_LATER] = False


NOTHING_ASKED = SubmissionTerms()
