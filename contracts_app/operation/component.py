"""What every component is: something to prepare, to start, to ask whether it is ready, to stop."""

import signal
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, build_opener

from contracts_app.operation.installation import Installation
from contracts_app.operation.processes import Identity, Launch
from contracts_app.operation.restoring import HalfRestored, require_whole
from contracts_app.settings import Settings, given_in_environment

# Health pages are on this network: never through the proxy that the environment may name.
_direct = build_opener(ProxyHandler({}))


class CannotStart(Exception):
    """A component did not become ready; says why and where its log is."""


def refuse_half_restored(state_dir: Path, *, both_stores_suffice: bool = False) -> None:
    """Raises CannotStart while a restore has not ended well."""
    try:
        require_whole(state_dir, both_stores_suffice=both_stores_suffice)
    except HalfRestored as reason:
        raise CannotStart(str(reason)) from None


class Component(ABC):
    """One of pg, temporal, mail, worker, web in one installation."""

    name: ClassVar[str]
    given_by: ClassVar[str] = ""
    """The setting that, given in the environment, means somebody else runs this component."""
    listens: ClassVar[dict[str, str]] = {}
    """Name of each recorded address it listens at, and the setting that carries it."""
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self, installation: Installation, settings: Settings) -> None:
        self.installation = installation
        self.settings = settings

    @property
    def given_by_environment(self) -> bool:
        """Whether the environment says where it is: then it is somebody else's to start and stop."""
        return self.given_by in given_in_environment()

    @property
    def identity(self) -> Identity:
        """How its processes are recognised."""
        return Identity(self.name, self.installation.state_dir)

    def prepare(self) -> None:  # noqa: B027 - most have nothing to prepare
        """Make what the first start needs and clear what a crash left; nothing of it runs now."""

    @abstractmethod
    def launch(self) -> Launch:
        """How its first process is started."""

    @abstractmethod
    def not_ready(self) -> str:
        """Why it is not ready, in a sentence; empty when it is."""

    def answers_itself(self) -> bool:
        """Whether who answers, though no process of it was started here, is this component.

        An address is ours only while we listen there: another installation may have taken it since.
        """
        return False

    def complete(self) -> None:  # noqa: B027 - most have nothing to add
        """What is still to do once it is ready, each time it was started."""

    @property
    @abstractmethod
    def ready_url(self) -> str:
        """Where a supervisor asks whether it is ready; without passwords."""

    def facts(self) -> dict[str, str]:
        """What `contracts status` tells besides pid and readiness, for example the version."""
        return {}


def http_get(url: str) -> bytes:
    """The body of a health page. Raises `HTTPError`, `URLError` or `OSError`; waits 3 seconds at most."""
    with _direct.open(url, timeout=3) as answer:
        return bytes(answer.read())


def http_not_ready(url: str) -> str:
    """Why a health page does not say 200; empty when it does."""
    try:
        http_get(url)
    except HTTPError as error:
        with error:
            return f"{url} answers {error.code}: {error.read(500).decode(errors='replace').strip()}"
    except (URLError, OSError) as error:
        return f"{url} does not answer: {getattr(error, 'reason', error)}"
    return ""
