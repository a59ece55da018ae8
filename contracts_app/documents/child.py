"""The process in which templates run: `python -m contracts_app.documents.child`.

One JSON request on standard input, one JSON answer on standard output, nothing else in or out. It starts
with an environment that holds no secret, lowers its own limits before it reads the request, and an audit
hook ends it at the first attempt to start a program, open a connection or write a file.
"""

from __future__ import annotations

import base64
import io
import json
import resource
import sys
from typing import Any

CPU_SECONDS_PER_JOB = 5
MEMORY_BYTES = 512 * 1024 * 1024

_FORBIDDEN = (
    "socket.", "subprocess.", "os.system", "os.exec", "os.spawn", "os.posix_spawn", "os.fork", "os.remove",
    "os.rename", "os.rmdir", "os.mkdir", "os.link", "os.symlink", "os.chmod", "os.chown", "os.truncate",
    "shutil.", "ctypes.", "urllib.", "ftplib.", "smtplib.", "sqlite3.", "webbrowser.",
)  # fmt: skip


def limit_own_process(jobs: int) -> None:
    """Bound processor time, memory and files of this process; nothing it does later can raise them."""
    cpu = CPU_SECONDS_PER_JOB * jobs
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def forbid_side_effects(event: str, arguments: tuple[Any, ...]) -> None:
    """Audit hook: a template never reaches a program, a connection or a file to write."""
    if event.startswith(_FORBIDDEN):
        raise PermissionError(f"a template may not do this: {event}")
    if event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
        raise PermissionError("a template may not write files")


def render_docx(template: bytes, fields: dict[str, Any]) -> bytes:
    """Fill a DOCX template; the result is self-contained and byte-equal for equal input."""
    from docxtpl import DocxTemplate

    from contracts_app.documents.packages import OUTPUT_LIMIT, check_package, with_fixed_times
    from contracts_app.documents.restricted import restricted_environment

    check_package(template)
    document = DocxTemplate(io.BytesIO(template))
    document.render(fields, jinja_env=restricted_environment(autoescape=True), autoescape=True)
    target = io.BytesIO()
    document.save(target)
    check_package(target.getvalue(), limit=OUTPUT_LIMIT)
    return with_fixed_times(target.getvalue())


def render_text(template: bytes, fields: dict[str, Any]) -> bytes:
    """Fill a plain text template (UTF-8)."""
    from contracts_app.documents.restricted import restricted_environment

    text = restricted_environment(autoescape=False).from_string(template.decode()).render(fields)
    return text.encode()


_RENDER = {"docx": render_docx, "text": render_text}


def answer(job: dict[str, Any]) -> dict[str, str]:
    """Render one job; what goes wrong inside the template is its answer, not the end of the others."""
    try:
        rendered = _RENDER[job["kind"]](base64.b64decode(job["template"]), job["fields"])
    except MemoryError:
        return {"refused": "the template used more memory than it may"}
    except Exception as error:  # noqa: BLE001 - whatever a template provokes is reported to the caller
        return {"refused": f"{type(error).__name__}: {error}"[:500]}
    return {"rendered": base64.b64encode(rendered).decode()}


def main() -> None:
    request = json.load(sys.stdin)
    jobs = request["jobs"]
    limit_own_process(len(jobs))
    sys.addaudithook(forbid_side_effects)
    json.dump({"answers": [answer(job) for job in jobs]}, sys.stdout)


if __name__ == "__main__":
    main()
