"""The OpenAPI document: Litestar's description of the routes, with the bodies that commands take.

Bodies are read strictly by our own reader, so their models are put in here from the same declarations.
"""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute
from pydantic import BaseModel

from contracts_app.web.giving import KEY_HEADER
from contracts_app.web.guard import CSRF_HEADER, SAFE_METHODS

BODY = "body"
"""In a route's `opt`: the model of its JSON body."""
NOT_IN_BODY = "not_in_body"
"""In a route's `opt`: the model's fields that the path or the server gives."""
WITHOUT_KEY = "without_key"
"""In a route's `opt`: doing it twice is no harm, so it takes no idempotency key."""
_REFERENCE = "#/components/schemas/{model}"


class Schema(JsonRenderPlugin):
    """Serves the document at /schema/openapi.json, and nothing that loads anything from elsewhere."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document as JSON."""
        components = openapi_schema.setdefault("components", {}).setdefault("schemas", {})
        for route in request.app.routes:
            if isinstance(route, HTTPRoute):
                described = openapi_schema["paths"].get(route.path_format)
                for handler in route.route_handlers if described else ():
                    for method in handler.http_methods - SAFE_METHODS:
                        _describe(described[method.lower()], handler.opt, components)
        return super().render(request, openapi_schema)


def _describe(operation: dict[str, Any], opt: dict[str, Any], components: dict[str, Any]) -> None:
    parameters = [one for one in operation.get("parameters", ()) if one["in"] != "header"]
    headers = {} if opt.get("public") else {CSRF_HEADER: "the token of the session"}
    model: type[BaseModel] | None = opt.get(BODY)
    if model is not None and not opt.get("public") and not opt.get(WITHOUT_KEY):
        headers[KEY_HEADER] = "a value of your own, new for each command and the same for its retries"
    operation["parameters"] = [
        *parameters,
        *(
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": what,
                "schema": {"type": "string"},
            }
            for name, what in headers.items()
        ),
    ]
    if model is None:
        return
    schema = model.model_json_schema(ref_template=_REFERENCE)
    components.update(schema.pop("$defs", {}))
    absent = opt.get(NOT_IN_BODY, frozenset())
    schema["properties"] = {k: v for k, v in schema["properties"].items() if k not in absent}
    schema["required"] = [name for name in schema.get("required", ()) if name not in absent]
    components[model.__name__] = schema
    operation["requestBody"] = {
        "required": bool(schema["required"]),
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model.__name__}"}}},
    }
