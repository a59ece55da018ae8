"""Network addresses written `host:port`, and free ones on this machine."""

import random
import socket

LOOPBACK = "127.0.0.1"
# Below the range from which the kernel takes the ports of outgoing connections (32768 up), so that a
# remembered port is not taken by somebody's client while its server is down.
_PORTS = range(20_000, 32_000)


class NoFreePort(Exception):
    """No free port was found on the loopback interface."""


def split(address: str) -> tuple[str, int]:
    """Host and port of `host:port` or `[v6]:port`. Raises `ValueError` when there is no port."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdigit():
        raise ValueError(f"{address!r} is not host:port")
    return host.strip("[]"), int(port)


def is_free(address: str) -> bool:
    """Whether a server could listen there now."""
    host, port = split(address)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_address(preferred: str = "", taken: frozenset[str] = frozenset()) -> str:
    """`preferred` when it is free, else another free address on loopback that is not in `taken`.

    Raises `NoFreePort` after 200 tries.
    """
    if preferred and preferred not in taken and is_free(preferred):
        return preferred
    draw = random.SystemRandom()
    for _ in range(200):
        address = f"{LOOPBACK}:{draw.choice(_PORTS)}"
        if address not in taken and is_free(address):
            return address
    raise NoFreePort(f"no free port on {LOOPBACK} between {_PORTS.start} and {_PORTS.stop}")
