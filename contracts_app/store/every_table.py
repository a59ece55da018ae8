"""Every module of tables is read in here, so that the metadata knows all of them, whoever asks."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from contracts_app import store

MODULES = tuple(
    f"{store.__name__}.{module.name}"
    for module in iter_modules(store.__path__)
    if module.name.endswith("tables")
)
for _name in MODULES:
    import_module(_name)
