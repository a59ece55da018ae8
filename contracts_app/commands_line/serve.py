"""`contracts worker` and `contracts web`: one of our own processes in the foreground."""

import typer
import uvicorn

from contracts_app.commands_line.outcome import RefusedByRule
from contracts_app.operation.addresses import split
from contracts_app.operation.restoring import HalfRestored, require_whole
from contracts_app.settings import Settings


def add(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command()(worker)
    app.command()(web)


def worker() -> None:
    """Run the worker in the foreground until told to stop."""
    _require_whole()
    from workflows.worker import main  # loads the whole product: only when asked for

    main()


def web() -> None:
    """Run the web server in the foreground until told to stop."""
    _require_whole()
    host, port = split(Settings().http_address)
    uvicorn.run(
        "contracts_app.web.app:create_app",
        factory=True,
        host=host,
        port=port,
        access_log=False,
        proxy_headers=False,  # whose X-Forwarded-For is believed is a setting of the product
        timeout_graceful_shutdown=10,  # within the fifteen seconds that `contracts down` allows
    )


def _require_whole() -> None:
    try:
        require_whole(Settings().state_dir)
    except HalfRestored as reason:
        raise RefusedByRule(str(reason)) from None
