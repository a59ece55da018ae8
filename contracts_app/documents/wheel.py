"""PDF by the wheel `dxpdf`, for machines without an office program (and without fonts)."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from contracts_app.documents.fonts import fontconfig
from contracts_app.documents.packages import undrawn_marks
from contracts_app.documents.pdf import Pdf, PdfFailed
from contracts_app.documents.rendering import child_environment

SECONDS_TO_START = 60
SECONDS_PER_DOCUMENT = 20


class Wheel:
    """Converts with dxpdf in a child process: damaged input may end that process, never this one.

    It leaves some marks of Word out without a word, so documents with such marks are refused before it.
    """

    def convert(self, documents: Sequence[bytes]) -> list[Pdf]:
        made_by = f"dxpdf {version('dxpdf')}"
        for document in documents:
            marks = undrawn_marks(document)
            if marks:
                raise PdfFailed(
                    f"{made_by} would not draw {', '.join(marks)}; use LibreOffice for this template"
                )
        return [Pdf(data, made_by) for data in self._in_child(documents)] if documents else []

    def _in_child(self, documents: Sequence[bytes]) -> list[bytes]:
        request = json.dumps({"documents": [base64.b64encode(document).decode() for document in documents]})
        with tempfile.TemporaryDirectory(prefix="contracts-wheel-") as folder:
            try:
                done = subprocess.run(
                    [sys.executable, "-P", "-m", "contracts_app.documents.wheel_child"],
                    input=request.encode(),
                    capture_output=True,
                    timeout=SECONDS_TO_START + SECONDS_PER_DOCUMENT * len(documents),
                    env=child_environment() | {"HOME": folder} | fontconfig(Path(folder)),
                    cwd=folder,
                    check=False,
                )
            except subprocess.TimeoutExpired as error:
                raise PdfFailed("the wheel converter took too long") from error
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise PdfFailed(f"the wheel converter ended with {done.returncode}: {said[0][:300]}")
        return [base64.b64decode(one) for one in json.loads(done.stdout)["pdfs"]]
