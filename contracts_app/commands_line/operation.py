"""`contracts up`, `down`, `status`, `quiesce`, `run`: process control."""

import typer


def add(app: typer.Typer) -> None:
    """Add these commands to the command line."""
