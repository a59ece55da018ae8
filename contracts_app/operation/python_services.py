"""Components `mail`, `worker` and `web`: our own processes, each with a health page."""

import json
import sys
from typing import ClassVar
from urllib.error import URLError

from contracts_app.operation.component import (
    Component,
    http_get,
    http_not_ready,
    refuse_half_restored,
)
from contracts_app.operation.processes import Launch
from contracts_app.settings import given_in_environment


class PythonService(Component):
    """A process of this Python environment that serves `/health/live` and `/health/ready`."""

    health_setting: ClassVar[str]

    @property
    def health_address(self) -> str:
        """Where its health page is."""
        return str(getattr(self.settings, self.health_setting))

    @property
    def ready_url(self) -> str:
        return f"http://{self.health_address}/health/ready"

    def not_ready(self) -> str:
        return http_not_ready(self.ready_url)

    def answers_itself(self) -> bool:
        """A process manager may have started it, or the environment says where it is."""
        told = self._told().get("installation")
        return self.health_setting in given_in_environment() or told == self.settings.installation

    def facts(self) -> dict[str, str]:
        """What its `/health/live` tells: `version`, `build`, and the `defects` that the worker met."""
        told = self._told()
        names = ("version", "build", "defects", "last_defect")
        return {name: str(told[name]) for name in names if name in told}

    def _told(self) -> dict[str, object]:
        try:
            told = json.loads(http_get(f"http://{self.health_address}/health/live"))
        except (URLError, OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def arguments(self) -> list[str]:
        """What follows `python -m`."""
        raise NotImplementedError

    def launch(self) -> Launch:
        return Launch(
            command=[sys.executable, "-m", *self.arguments()],
            environment={"PYTHONUNBUFFERED": "1"},
            folder=self.installation.state_dir,
        )


class LocalMail(PythonService):
    """The local mail server: keeps what it receives and shows it."""

    name = "mail"
    given_by = "smtp_address"
    listens: ClassVar = {"smtp": "smtp_address", "mail_view": "mail_view_address"}
    health_setting = "mail_view_address"

    def arguments(self) -> list[str]:
        return ["contracts_app.local_mail"]


class OnBothStores(PythonService):
    """A process that works with the records and their workflows."""

    def prepare(self) -> None:
        """Raises CannotStart while a restore has not ended well."""
        refuse_half_restored(self.installation.state_dir)
        super().prepare()


class Worker(OnBothStores):
    """The Temporal worker."""

    name = "worker"
    listens: ClassVar = {"worker_health": "worker_health_address"}
    health_setting = "worker_health_address"

    def arguments(self) -> list[str]:
        return ["workflows.worker"]


class Web(OnBothStores):
    """The web server."""

    name = "web"
    listens: ClassVar = {"http": "http_address"}
    health_setting = "http_address"

    def arguments(self) -> list[str]:
        return ["contracts_app", "web"]
