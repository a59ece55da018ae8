"""Reports about people: duties kept apart, and who may do what."""

from __future__ import annotations

from contracts_app.domain.reports.audit_report import Asks, Part, Report
from contracts_app.services.audit_reports.columns import AGAIN, TESTED, days, instants, numbers, texts
from contracts_app.store.views.audit_reports import trail

_DAYS = (Asks.from_on, Asks.to_on, Asks.as_of)

REPORTS = (
    Report(
        number=3,
        title="Segregation of duties",
        question="Could the person who approved also prepare?",
        parts=(
            Part(
                "matrix",
                "What one person never does alone",
                trail.DUTIES,
                texts(
                    record="Of",
                    prepares="Whoever",
                    decides="Never",
                    held_by="Held by the command and by this rule",
                ),
            ),
            Part(
                "conflicts",
                "Records where one person did both",
                trail.BOTH_DUTIES,
                (*texts(record="Of", of_what="Which", who="Who"), *instants(at="Approved at")),
                exceptions=True,
                none="Nobody approved what he had a part in; all records were looked at, of every period.",
            ),
            Part(
                "denied",
                "Attempts that were refused",
                trail.DENIED,
                (
                    *days(on_day="Day"),
                    *instants(at="At"),
                    *texts(
                        entry="Audit entry",
                        who="Who",
                        tried="Tried to",
                        of_what="Of",
                        code="Code",
                        reason="What was said",
                    ),
                ),
                none="Nobody tried.",
            ),
            Part(
                "delegations",
                "Approvals in another's place",
                trail.DELEGATIONS,
                (
                    *texts(of_whom="For", to_whom="Approves"),
                    *days(from_on="From", to_on="To"),
                    *texts(because="Why", entered_by="Entered by"),
                    *instants(entered_at="Entered at"),
                    *texts(state="State", ended_because="Ended because"),
                    *numbers(approvals="Approvals"),
                ),
                none="Nobody approved in another's place.",
            ),
            Part(
                "several",
                "People with several roles",
                trail.SEVERAL_ROLES,
                texts(name="Name", email="E-mail", roles="Roles"),
                none="Nobody has more than one role.",
            ),
        ),
        asks=_DAYS,
        again=AGAIN + " Two things are of today: the matrix, which changes with the program, and whether a"
        " delegation was ended.",
        limits=(
            "Several roles in one hand are allowed: each command refuses whoever had a part in the record.",
        ),
        tested_by=TESTED + "test_duties_and_rights",
    ),
    Report(
        number=14,
        title="Users and rights",
        question="Who could do what as of a day, who joined, who left, and when did they last sign in?",
        parts=(
            Part(
                "users",
                "Everybody, with roles as of the instant",
                trail.USERS,
                (
                    *texts(
                        name="Name",
                        email="E-mail",
                        client="Of client",
                        roles="Roles",
                        active="May sign in",
                        privileged="Privileged",
                    ),
                    *instants(
                        added="Added at", roles_changed="Roles changed at", last_sign_in="Last sign-in"
                    ),
                    *numbers(sign_ins="Sign-ins"),
                    *instants(left_at="Left at"),
                ),
            ),
            Part(
                "changes",
                "Joiners, leavers and changes of roles",
                trail.RIGHTS_CHANGED,
                (
                    *days(on_day="Day"),
                    *instants(at="At"),
                    *texts(
                        entry="Audit entry",
                        change="Change",
                        name="Person",
                        email="E-mail",
                        before="Roles before",
                        after="Roles after",
                        who="By",
                        reason="Reason",
                    ),
                ),
                none="Nobody joined, left or changed roles.",
            ),
        ),
        asks=(*_DAYS, Asks.client),
        again=AGAIN + " Names and addresses are those of today.",
        limits=(
            "Privileged: administrators and controllers. Who reaches database or machines is not known here.",
            "Reviews of access are signed off outside; this report, as it was run, is what is signed.",
        ),
        tested_by=TESTED + "test_duties_and_rights",
    ),
)
