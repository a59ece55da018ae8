"""The worker and firms of the workflow tests, for whole scenarios."""

from tests.workflows.conftest import client, engine, new_firm, settings, worker

__all__ = ["client", "engine", "new_firm", "settings", "worker"]
