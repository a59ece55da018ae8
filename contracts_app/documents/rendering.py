"""Templates and fields → DOCX or text, in a child process (see `child`).

Safe from any thread: the child is a new interpreter (no fork of a threaded process, no preexec function), it
is waited for and ended on time-out, and it shares nothing with this process but two pipes.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from contracts_app.documents.packages import OUTPUT_LIMIT, TEMPLATE_LIMIT
from contracts_app.documents.templates import Template

WALL_SECONDS = 30
WALL_SECONDS_PER_JOB = 10
_CODE_ROOT = Path(__file__).resolve().parents[2]

Fields = Mapping[str, object]


class TemplateRefused(Exception):
    """The template asked for something it may not have, or for more time or memory than it gets."""


@dataclass(frozen=True)
class Job:
    """One template to fill. `fields` holds only dicts, lists, strings and booleans: formatting is done."""

    kind: Literal["docx", "text"]
    template: Template
    fields: Fields


def render(jobs: Sequence[Job]) -> list[bytes]:
    """The rendered documents, in order. Raises TemplateRefused for the first that could not be made.

    Many jobs share one child (its start costs more than a document). Where the child itself dies, each
    job is tried alone, so that the refusal names the one that did it.
    """
    for job in jobs:
        if len(job.template.data) > TEMPLATE_LIMIT:
            raise TemplateRefused(f"{job.template.name}: larger than {TEMPLATE_LIMIT} bytes")
    if not jobs:
        return []
    try:
        return _in_child(jobs)
    except _ChildDied as died:
        if len(jobs) == 1:
            raise TemplateRefused(f"{jobs[0].template.name}: {died}") from died
    return [document for job in jobs for document in render([job])]


class _ChildDied(Exception):
    pass


def child_environment() -> dict[str, str]:
    """What a child process may know: where the code is. No address, key or token of this process."""
    return {
        "PATH": os.defpath,
        "PYTHONPATH": str(_CODE_ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LANG": "C.UTF-8",
    }


def _in_child(jobs: Sequence[Job]) -> list[bytes]:
    request = json.dumps(
        {
            "jobs": [
                {
                    "kind": job.kind,
                    "template": base64.b64encode(job.template.data).decode(),
                    "fields": job.fields,
                }
                for job in jobs
            ]
        }
    )
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "contracts_app.documents.child"],
            input=request.encode(),
            capture_output=True,
            timeout=WALL_SECONDS + WALL_SECONDS_PER_JOB * len(jobs),
            env=child_environment(),
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _ChildDied("the template took too long") from error
    if done.returncode != 0:
        reason = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise _ChildDied(
            f"the template used more time or memory than it may ({done.returncode}: {reason[0][:200]})"
        )
    answers: list[dict[str, str]] = json.loads(done.stdout)["answers"]
    return [_document(job, answer) for job, answer in zip(jobs, answers, strict=True)]


def _document(job: Job, answer: Mapping[str, str]) -> bytes:
    if "refused" in answer:
        raise TemplateRefused(f"{job.template.name}: {answer['refused']}")
    document = base64.b64decode(answer["rendered"])
    if len(document) > OUTPUT_LIMIT:
        raise TemplateRefused(f"{job.template.name}: the document is larger than {OUTPUT_LIMIT} bytes")
    return document
