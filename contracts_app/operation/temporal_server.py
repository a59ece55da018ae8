"""Component `temporal`: the Temporal server from a wheel, with its state in one SQLite file."""

import subprocess
import sysconfig
from pathlib import Path
from typing import ClassVar

from contracts_app.operation.addresses import split
from contracts_app.operation.component import Component, refuse_half_restored
from contracts_app.operation.processes import Launch
from contracts_app.search_attributes import ALL


class Temporal(Component):
    """The local Temporal server; loopback only, no web interface."""

    name = "temporal"
    given_by = "temporal_address"
    listens: ClassVar = {"temporal": "temporal_address"}

    def prepare(self) -> None:
        """Raises CannotStart while a restore is replacing the stores: what it writes then would be mixed up
        with the store that was put aside."""
        refuse_half_restored(self.installation.state_dir, both_stores_suffice=True)

    def launch(self) -> Launch:
        host, port = split(self.installation.addresses["temporal"])
        file = self.installation.state_dir / "temporal.sqlite"
        command = [str(binary()), "server", "start-dev", "--headless", "--log-level", "warn"]
        command += ["--ip", host, "--port", str(port), "--db-filename", str(file)]
        # Write-ahead log with NORMAL: 3 to 5 times faster than the default, and a crash of the
        # machine (not of the process) may cost the last transactions but not the file.
        command += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
        command += ["--namespace", self.settings.temporal_namespace]
        for known in ALL:
            command += ["--search-attribute", f"{known.name}=Keyword"]
        return Launch(command=command, folder=self.installation.state_dir)

    def not_ready(self) -> str:
        # Asked by the server's own command line: a short Python process that connects to Temporal
        # was seen to abort when the interpreter ends.
        command = [str(binary()), "operator", "namespace", "describe"]
        command += ["--namespace", self.settings.temporal_namespace]
        command += ["--address", self.settings.temporal_address, "--command-timeout", "3s"]
        asked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
        if asked.returncode != 0:
            said = (asked.stderr or asked.stdout).strip().splitlines()
            return f"Temporal does not answer at {self.settings.temporal_address}: {said[0] if said else ''}"
        return ""

    @property
    def ready_url(self) -> str:
        return f"temporal://{self.settings.temporal_address}/{self.settings.temporal_namespace}"

    def facts(self) -> dict[str, str]:
        shown = subprocess.run([str(binary()), "--version"], capture_output=True, text=True, check=False)
        return {"version": shown.stdout.strip()}


def binary() -> Path:
    """The `temporal` program of this Python environment."""
    return Path(sysconfig.get_path("scripts")) / "temporal"
