"""The sub-commands of `contracts`, one module a family; each module offers `add(app)`.

To add a family: write `contracts_app/commands_line/NAME.py` with `def add(app: typer.Typer) -> None`
and name it in `contracts_app.cli.FAMILIES`.
"""
