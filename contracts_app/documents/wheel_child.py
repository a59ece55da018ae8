"""The process in which the wheel converter runs: `python -m contracts_app.documents.wheel_child`."""

from __future__ import annotations

import base64
import json
import resource
import sys

import dxpdf

CPU_SECONDS_PER_DOCUMENT = 20
MEMORY_BYTES = 2 * 1024 * 1024 * 1024


def main() -> None:
    documents = json.load(sys.stdin)["documents"]
    cpu = CPU_SECONDS_PER_DOCUMENT * len(documents)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pdfs = [dxpdf.convert(base64.b64decode(document)) for document in documents]
    json.dump({"pdfs": [base64.b64encode(pdf).decode() for pdf in pdfs]}, sys.stdout)


if __name__ == "__main__":
    main()
