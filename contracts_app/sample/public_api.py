"""The public API as one signed-in person uses it: sessions, keys, retries while something is down."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import httpx

PATIENCE = 120.0
"""Seconds for which a command is repeated with the same key while its outcome is unknown."""
_UNKNOWN = frozenset({408, 425, 429, 502, 503, 504})


class Refusal(Exception):
    """The API refused: `code`, `sentence` and HTTP `status` as the problem says."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.sentence = str(problem.get("detail", problem))
        super().__init__(f"{status} {self.code}: {self.sentence}")


class Signed:
    """A person with a session of his own."""

    def __init__(self, address: str, email: str, password: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=60)
        self._email = email
        self._password = password
        self._csrf = ""

    def sign_in(self) -> None:
        """Open a session. Raises Refusal."""
        body = self._answer(
            lambda: self._http.post("/api/sign-in", json={"email": self._email, "password": self._password})
        )
        self._csrf = body["csrf_token"]

    def get(self, path: str) -> Any:
        """Read. Raises Refusal."""
        return self._answer(lambda: self._http.get(path))

    def give(self, path: str, key: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Give a command; while its outcome is unknown, again with the same key. Raises Refusal."""
        answer = self._answer(
            lambda: self._http.post(path, json=dict(body or {}), headers=self._headers(key))
        )
        result: dict[str, Any] = answer["result"]
        return result

    def upload(self, key: str, kind: str, contract_id: str | None, name: str, data: bytes) -> str:
        """Hand a file over; returns the import's id. Raises Refusal."""
        fields = {"kind": kind} | ({"contract_id": contract_id} if contract_id else {})
        answer = self._answer(
            lambda: self._http.post(
                "/api/imports", data=fields, files={"file": (name, data)}, headers=self._headers(key)
            )
        )
        return str(answer["result"]["import_id"])

    def close(self) -> None:
        """Let go of the connection."""
        self._http.close()

    def _headers(self, key: str) -> dict[str, str]:
        return {"Idempotency-Key": key, "X-CSRF-Token": self._csrf}

    def _answer(self, ask: Callable[[], httpx.Response]) -> Any:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                response = ask()
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.5)
                continue
            if response.status_code in _UNKNOWN and time.monotonic() < until:
                time.sleep(0.5)
                continue
            if response.is_success:
                return response.json()
            raise Refusal(response.status_code, response.json())
