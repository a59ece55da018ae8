"""The REST API: one module per resource, each with its `ROUTES`."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

from contracts_app.web.api import health, sign_in

ROUTES: tuple[ControllerRouterHandler, ...] = (*health.ROUTES, *sign_in.ROUTES)
