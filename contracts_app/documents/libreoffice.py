"""PDF by LibreOffice's own command line, many documents a call (six times cheaper than one by one)."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from contracts_app.documents.fonts import fontconfig
from contracts_app.documents.pdf import Pdf, PdfFailed

BATCH = 25
SECONDS_TO_START = 60
SECONDS_PER_DOCUMENT = 20


def find_soffice() -> str | None:
    """The path of LibreOffice's command on this machine, None where there is none."""
    return shutil.which("soffice") or shutil.which("libreoffice")


@lru_cache(maxsize=4)
def version(soffice: str) -> str:
    """What the program says it is, e.g. `LibreOffice 7.4.7.2`."""
    with tempfile.TemporaryDirectory(prefix="contracts-office-") as folder:
        said = _run(soffice, Path(folder), ["--version"], SECONDS_TO_START).split()
    if len(said) < 2:
        raise PdfFailed("LibreOffice does not say its version")
    return " ".join(said[:2])


class LibreOffice:
    """Converts with `soffice --convert-to pdf`, each call with a profile of its own, deleted after it.

    soffice exits with 0 also where it made nothing, so only the file counts. What a batch did not make is
    tried once more alone.
    """

    def __init__(self, soffice: str) -> None:
        self._soffice = soffice

    def convert(self, documents: Sequence[bytes]) -> list[Pdf]:
        made_by = version(self._soffice)
        made: list[Pdf] = []
        for start in range(0, len(documents), BATCH):
            batch = documents[start : start + BATCH]
            for document, data in zip(batch, self._batch(batch), strict=True):
                alone = data or self._batch([document])[0]
                if not alone:
                    raise PdfFailed(f"{made_by} made no PDF of document {len(made) + 1}")
                made.append(Pdf(alone, made_by))
        return made

    def _batch(self, documents: Sequence[bytes]) -> list[bytes | None]:
        with tempfile.TemporaryDirectory(prefix="contracts-office-") as name:
            folder = Path(name)
            (folder / "out").mkdir()
            sources = [folder / f"{index}.docx" for index in range(len(documents))]
            for source, document in zip(sources, documents, strict=True):
                source.write_bytes(document)
            arguments = [
                "--convert-to",
                "pdf:writer_pdf_Export",
                "--outdir",
                str(folder / "out"),
                *map(str, sources),
            ]
            try:
                _run(
                    self._soffice, folder, arguments, SECONDS_TO_START + SECONDS_PER_DOCUMENT * len(documents)
                )
            except PdfFailed:
                if len(documents) == 1:
                    raise
            targets = [folder / "out" / f"{source.stem}.pdf" for source in sources]
            return [target.read_bytes() if target.is_file() else None for target in targets]


def _run(soffice: str, folder: Path, arguments: Sequence[str], seconds: int) -> str:
    """One call in a session of its own: on time-out all of it is ended, the launcher and what it started."""
    command = [
        soffice,
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--headless",
        "--norestore",
        "--nolockcheck",
        *arguments,
    ]
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "SAL_USE_VCLPLUGIN": "svp",
        **fontconfig(folder),
    }
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=environment,
        # Under root it makes a cache for the whole machine; closed to others, it would make LibreOffice
        # abort for every ordinary user from then on. What it writes for us lies in a private folder.
        umask=0o022,
        start_new_session=True,
    ) as process:
        try:
            said, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as error:
            raise PdfFailed(f"LibreOffice took longer than {seconds} seconds") from error
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
    return said.decode(errors="replace")
