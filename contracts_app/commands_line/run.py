"""`contracts run`: everything on this machine, in the foreground, until Ctrl-C."""

import signal
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import typer

from contracts_app.commands_line.operation import ComponentName, migrate
from contracts_app.commands_line.outcome import RefusedByRule, Unavailable, say
from contracts_app.operation import control, notice
from contracts_app.operation.component import CannotStart
from contracts_app.operation.installation import ensure, lock
from contracts_app.operation.supervise import watch
from contracts_app.settings import Settings, configured_state_dir

if TYPE_CHECKING:
    from contracts_app.sample.people import SignIn

_STARTING = {
    ComponentName.PG: "PostgreSQL",
    ComponentName.TEMPORAL: "Temporal server",
    ComponentName.MAIL: "local mail server",
    ComponentName.WORKER: "worker",
    ComponentName.WEB: "web server",
}


_PLAYING = (
    "A script is playing the sample contracts as the people of this firm, and moves the firm's calendar "
    "through more than a year: look around, and enter a contract of your own when it has finished, in some "
    "minutes."
)


class ToldToStop(BaseException):
    """Ctrl-C, a closed terminal or SIGTERM. Not an error: nothing that handles errors may catch it."""


def add(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command()(run)


def run(
    sample: bool = typer.Option(True, help="Load the sample firm and run the sample contract, once."),
) -> None:
    """Start everything, load the sample, print the address and sign-ins, and stay until Ctrl-C.

    Data is kept; a second start resumes where the first stopped.
    """
    state_dir = configured_state_dir()
    ensure(state_dir)
    try:
        with lock(state_dir, "run", wait=False):
            _in_foreground(state_dir, with_sample=sample)
    except BlockingIOError:
        address = Settings(state_dir=state_dir).public_url
        raise RefusedByRule(
            f"Already running at {address}; stop it with Ctrl-C where it was started."
        ) from None


def _in_foreground(state_dir: Path, *, with_sample: bool) -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        raise ToldToStop

    caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in caught:
        signal.signal(number, stop)
    try:
        _start(state_dir)
        if with_sample:
            _play_sample(state_dir)
        else:
            say(f"\nOpen {Settings(state_dir=state_dir).public_url}")
        say("Ctrl-C stops everything; the data stays.\n")
        watch(state_dir, list(ComponentName), say)
    except CannotStart as reason:
        raise Unavailable(str(reason)) from None
    except ToldToStop:
        pass
    finally:
        # A second Ctrl-C must not leave half of it running.
        for number in caught:
            signal.signal(number, signal.SIG_IGN)
        _stop(state_dir)


def _start(state_dir: Path) -> None:
    say(f"Data and logs: {state_dir}")
    for name in ComponentName:
        say(f"Starting {_STARTING[name]} …")
        control.up(state_dir, name, say)
        if name is ComponentName.PG and Settings(state_dir=state_dir).owner_database_url:
            migrate()


def _play_sample(state_dir: Path) -> None:
    from contracts_app.sample.load import load  # the product: only when asked for
    from contracts_app.sample.play import played_to_its_end
    from contracts_app.sample.play import run as play

    settings = Settings(state_dir=state_dir)
    sign_ins = load(settings)
    _show(settings, sign_ins)
    if not played_to_its_end(settings):
        say("You can sign in now. A script plays the sample contracts; it takes some minutes.\n")
        with notice.shown(state_dir, _PLAYING):
            play(settings, say)
        _show(settings, sign_ins)
    say("The sample contracts are closed and nothing waits for anybody: enter one of your own.")


def _show(settings: Settings, sign_ins: Sequence["SignIn"]) -> None:
    """The addresses and one sign-in for each role."""
    say(f"\nOpen {settings.public_url}")
    if settings.mail_view_address:
        say(f"Received mail: http://{settings.mail_view_address}")
    say(f"\n{'role':<18} {'sign-in':<44} password")
    for one in sign_ins:
        say(f"{one.role:<18} {one.name:<44} {one.password}")
    say("")


def _stop(state_dir: Path) -> None:
    say("\nStopping …")
    for name in reversed(ComponentName):
        try:
            report = control.down(state_dir, name)
        except TimeoutError as reason:
            say(str(reason))
            continue
        if report["ended"]:
            say(f"{_STARTING[name]} stopped{'' if report['drained'] else ' (ended after 15 seconds)'}")
    say("Stopped. The data is kept.")
