"""The pages that people work with."""

from __future__ import annotations

from litestar.types import ControllerRouterHandler

ROUTES: tuple[ControllerRouterHandler, ...] = ()
"""Every route of this package; `web.app` registers them."""
