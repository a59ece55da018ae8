"""What questions and answers have in common: nothing that is not named is read or given."""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

Rules = Mapping[str, Callable[[Any], object]]
"""Rules by name; each takes `question`, whose type says which JSON it reads, and its return type says what it
gives."""


class Question(BaseModel):
    """What a rule reads; an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """What a rule gives."""

    model_config = ConfigDict(extra="forbid")
