"""Refusals: what a person hears when a command may not be done."""

from __future__ import annotations


class Refused(Exception):
    """A business rule forbids the command.

    `code` is stable and machine-readable; `sentence` is for the person who asked. `status` is the HTTP
    status the web layer answers with: 403 not allowed to this person, 404 not theirs to see, 409 not
    possible in this state, 422 the content is wrong. Raises ValueError where either is empty.
    """

    def __init__(self, code: str, sentence: str, status: int = 409) -> None:
        if not code or not sentence:
            raise ValueError("a refusal has a code, and a sentence that says what to do")
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = status


def not_found(what: str) -> Refused:
    """The same answer for what does not exist and for what belongs to somebody else."""
    return Refused("not_found", f"There is no such {what}.", 404)


def not_allowed(sentence: str) -> Refused:
    """This person may not do this; the sentence says who may."""
    return Refused("not_allowed", sentence, 403)


def wrong_content(code: str, sentence: str) -> Refused:
    """The command is understood and permitted, but what it carries breaks a rule."""
    return Refused(code, sentence, 422)
