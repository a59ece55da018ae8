"""The sample firm, its client, and the people who sign in."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from datetime import date
from uuid import UUID, uuid5

from contracts_app.domain.roles import Role
from contracts_app.services.firms import NewFirm
from contracts_app.settings import Settings

_NAMESPACE = UUID("5f0d7a3e-6f0a-5d55-9a7e-0f6d2f2f9c11")
SIGN_INS_FILE = "sample-sign-ins.json"
GENERAL_CONTRACTOR = "Sample General Contractor"
CLIENT_EMAIL = "billing@general-contractor.example"

FIRM = NewFirm(
    id=uuid5(_NAMESPACE, "sample firm"),
    name="Sample Mechanical Subcontractor",
    time_zone="America/Chicago",
    country="US",
    currency="USD",
    address="1 Sample Street\nSample City, ST 00000",
    email="billing@mechanical.example",
    number_prefix="SMS-",
    starts_on=date(2024, 2, 19),
)


@dataclass(frozen=True)
class SamplePerson:
    """Somebody of the sample: the name says plainly that it is one."""

    title: str
    name: str
    email: str
    roles: tuple[Role, ...]
    of_client: bool = False


PEOPLE = (
    SamplePerson("coordinator", "Sample Coordinator", "coordinator@mechanical.example", (Role.coordinator,)),
    SamplePerson(
        "project manager",
        "Sample Project Manager",
        "project.manager@mechanical.example",
        (Role.project_manager,),
    ),
    SamplePerson("controller", "Sample Controller", "controller@mechanical.example", (Role.controller,)),
    SamplePerson(
        "administrator", "Sample Administrator", "administrator@mechanical.example", (Role.administrator,)
    ),
    SamplePerson("client", "Sample Certifier", "certifier@general-contractor.example", (Role.client,), True),
)


@dataclass(frozen=True)
class SignIn:
    """What somebody signs in with: `name` is the e-mail address."""

    role: str
    name: str
    password: str


def sign_ins(settings: Settings) -> tuple[SignIn, ...]:
    """The sample people's passwords: drawn at the first start, kept in the state folder for its owner."""
    file = settings.state_dir / SIGN_INS_FILE
    if not file.exists():
        drawn = {person.email: f"sample-{secrets.token_hex(5)}" for person in PEOPLE}
        handle = os.open(file.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as written:
            json.dump(drawn, written)
        file.with_suffix(".new").rename(file)
    known: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return tuple(SignIn(person.title, person.email, known[person.email]) for person in PEOPLE)
