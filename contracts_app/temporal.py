"""The one way to reach Temporal: data converter, sealed payloads.

Payloads and failure texts are sealed with the installation's key, so that they lie unreadable in Temporal's
store and nobody commands the worker by reaching its port. Ids stay plain and are opaque (UUIDs).
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

from contracts_app.settings import Settings

_SEALED = b"binary/sealed-aes-gcm"
_NONCE_BYTES = 12


_REFUSED = Payload(metadata={"encoding": b"binary/refused"})
"""In place of what was not sealed with this installation's key.

No converter reads it, so an update or a query that carries it is refused and a signal dropped; an exception
from the codec would fail the workflow's task over and over, for a signal stays in the history.
"""


class SealingCodec(PayloadCodec):
    """AES-256-GCM over the serialized payload."""

    def __init__(self, secret: bytes) -> None:
        self._cipher = AESGCM(hashlib.sha256(b"temporal payload\0" + secret).digest())

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Seal each payload."""
        return [self._seal(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Open each payload; one that is not under this key becomes one that nothing can read."""
        return [self._open(payload) for payload in payloads]

    def _seal(self, payload: Payload) -> Payload:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = nonce + self._cipher.encrypt(nonce, payload.SerializeToString(), None)
        return Payload(metadata={"encoding": _SEALED}, data=sealed)

    def _open(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _SEALED:
            return _REFUSED
        try:
            plain = self._cipher.decrypt(payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:], None)
        except InvalidTag:
            return _REFUSED
        opened = Payload()
        opened.ParseFromString(plain)
        return opened


def data_converter(secret: bytes) -> DataConverter:
    """Pydantic models as JSON, sealed."""
    return dataclasses.replace(
        pydantic_data_converter,
        payload_codec=SealingCodec(secret),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


async def connect(settings: Settings) -> Client:
    """A client of the configured cluster. Raises RuntimeError when it cannot be reached."""
    return await Client.connect(
        settings.temporal_address,
        namespace=settings.temporal_namespace,
        data_converter=data_converter(settings.secret_key()),
    )
