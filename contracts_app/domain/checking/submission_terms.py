"""What a contract wants of its applications before they go out."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from contracts_app.domain.finding import AS_USUAL, Policy


class SubmissionTerms(BaseModel):
    """How the checker weighs its reasons, which papers go with an application, where its period ends.

    `backup_needed`: stored material is billed only with its papers, off the site only where
    `off_site_authorised`. `waivers`: an application goes out with a conditional lien waiver for line 8.
    `ends_at_cut_off`: a period ends on the cut-off day, or before it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    policy: Policy = AS_USUAL
    backup_needed: bool = False
    off_site_authorised: bool = False
    waivers: bool = False
    ends_at_cut_off: bool = False


NOTHING_ASKED = SubmissionTerms()
