"""`contracts demo`: the sample firm and the whole job, from files to a closed contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated

import typer

from contracts_app.commands_line.fresh_state import fresh_state
from contracts_app.commands_line.operation import ComponentName, migrate
from contracts_app.commands_line.outcome import AsJson, Exit, Unavailable, end, line, progress, say
from contracts_app.operation import control
from contracts_app.operation.component import CannotStart
from contracts_app.operation.installation import ensure
from contracts_app.settings import Settings, configured_state_dir

demo = typer.Typer(help="The sample firm and its contract.", no_args_is_help=True)


def add(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(demo, name="demo")


@demo.command()
def load(as_json: AsJson = False) -> None:
    """Found the sample firm in the running system; prints one sign-in per role."""
    from contracts_app.sample.load import load as found  # the product: only when asked for

    for one in found(Settings()):
        if as_json:
            line({"role": one.role, "email": one.name, "password": one.password})
        else:
            say(f"{one.role:<22} {one.name:<38} {one.password}")


@demo.command()
def run(
    as_json: AsJson = False,
    fresh: Annotated[bool, typer.Option(help="On data of its own, thrown away at the end.")] = False,
) -> None:
    """The whole job through the public API, told line by line; ends with `contracts check`.

    Starts what is not running and stops it again. With --json the last line is one object.
    """
    with fresh_state("contracts-demo-") if fresh else _kept_state(), _running():
        _play(as_json=as_json)


def _play(*, as_json: bool) -> None:
    from contracts_app.commands_line.prove import prove_everything
    from contracts_app.sample import play as sample
    from contracts_app.sample.load import load as found
    from contracts_app.sample.report import report
    from contracts_app.services.invariants import check

    settings = Settings()
    found(settings)
    tell = progress if as_json else say
    progress("The whole job takes three to ten minutes, by the machine.")
    with sample.signed_in(settings) as cast:
        play = sample.Play(cast, tell)
        play.run()
        told = report(cast, play)
    proved = prove_everything()
    told["prove"] = proved
    checked = check(settings)
    told["check"] = checked.as_json()
    if as_json:
        line(told)
    else:
        for one in told["applications"]:
            say(
                f"application {one['application']:>2}  {one['invoice']}  "
                f"line 3 {_grouped(one['line3']):>12}  "
                f"line 4 {_grouped(one['line4']):>12}  line 5 {_grouped(one['line5']):>11}  "
                f"line 8 {_grouped(one['line8']):>11}  "
                f"certified line 6 {_grouped(one['certified_line6']):>12}"
            )
        for one in told["invoices"]:
            say(
                f"invoice {one['contract']} {one['application']}  {one['invoice']}  {one['issued_on']}  "
                f"this invoice {_grouped(one['this_invoice']):>10}  to date {_grouped(one['to_date']):>11}  "
                f"left {_grouped(one['left']):>10} {one['currency']}"
            )
        say(
            f"prove: {proved['proved']} of {proved['invoices']} issued invoices computed again, "
            f"{proved['checked']} stored values compared"
        )
        say(f"{len(told['mails'])} mails; closed: {', '.join(told['closed']) or 'none'}")
        for sentence in checked.sentences():
            say(sentence)
    if not checked.ok or proved["differ"]:
        end(Exit.REFUSED, "The check found violations, or an invoice does not come out again.")


def _grouped(amount: str | None) -> str:
    return f"{Decimal(amount):,f}" if amount else ""


@contextmanager
def _kept_state() -> Iterator[None]:
    ensure(configured_state_dir())
    yield


@contextmanager
def _running() -> Iterator[None]:
    """Everything up; what was not running before is stopped afterwards."""
    state_dir = configured_state_dir()
    started = [name for name in ComponentName if not control.status(state_dir, name)["ready"]]
    try:
        for name in started:
            progress(f"Starting {name} …")
            try:
                control.up(state_dir, name, progress)
            except CannotStart as reason:
                raise Unavailable(str(reason)) from None
            if name is ComponentName.PG and Settings().owner_database_url:
                migrate()
        yield
    finally:
        for name in reversed(started):
            control.down(state_dir, name)
