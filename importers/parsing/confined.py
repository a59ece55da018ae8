"""No network, no other process or program, no change to files: what a parser that a hostile file has taken
over can still do is compute and read.

A filter of system calls (seccomp, in the kernel since Linux 3.5, without any right of its own): each call
below fails with "not permitted", in this process for ever. It is put together here instead of by a library:
a list of numbers and four instructions. Elsewhere than on Linux of the two usual processors nothing is done;
the limits of `program` and an empty environment hold everywhere.
"""

from __future__ import annotations

import ctypes
import platform
import struct
import sys

CALLS: dict[str, tuple[int | None, int | None]] = {
    # network
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "io_uring_setup": (425, 425),
    # processes and programs
    "clone": (56, 220),
    "clone3": (435, 435),
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kill": (62, 129),
    "tgkill": (234, 131),
    "setrlimit": (160, 164),
    "prlimit64": (302, 261),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    # files: none can be written to anyway
    "truncate": (76, 45),
    "rename": (82, None),
    "renameat": (264, 38),
    "renameat2": (316, 276),
    "mkdir": (83, None),
    "mkdirat": (258, 34),
    "rmdir": (84, None),
    "unlink": (87, None),
    "unlinkat": (263, 35),
    "link": (86, None),
    "linkat": (265, 37),
    "symlink": (88, None),
    "symlinkat": (266, 36),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "chmod": (90, None),
    "fchmodat": (268, 53),
    "chown": (92, None),
    "fchownat": (260, 54),
}
"""System calls that fail, with their numbers on x86-64 and on 64-bit ARM (the kernel's tables of calls)."""
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Which number counts, and what the kernel calls the machine (AUDIT_ARCH_…)."""
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _NOT_PERMITTED = 0x7FFF0000, 0x00050001
_OTHER_TABLE = 0x40000000
"""From here on x86-64 counts the calls of its 32-bit twin."""
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2


def confine() -> bool:
    """Give up what `CALLS` names, for good; whether this machine could."""
    column, machine = _MACHINES.get(platform.machine(), (0, 0))
    if not sys.platform.startswith("linux") or not machine:
        return False
    numbers = [number for call in CALLS.values() if (number := call[column]) is not None]
    filter_ = _filter(machine, numbers)
    code = ctypes.create_string_buffer(filter_, len(filter_))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(filter_) // 8, ctypes.addressof(code)))
    control = ctypes.CDLL(None, use_errno=True).prctl
    control.argtypes = [ctypes.c_int] + [ctypes.c_ulong] * 4
    if control(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return bool(control(_SECCOMP, _FILTER, ctypes.addressof(program), 0, 0) == 0)


def _filter(machine: int, numbers: list[int]) -> bytes:
    """The kernel's instructions: code, steps to jump if true and if false, operand."""
    refused = len(numbers) + 1  # steps from the first comparison of a number to the refusal
    steps = [
        (_LOAD, 0, 0, 4),  # the machine
        (_EQUAL, 0, refused + 2, machine),
        (_LOAD, 0, 0, 0),  # the number of the call
        (_AT_LEAST, refused, 0, _OTHER_TABLE),
        *((_EQUAL, refused - 1 - at, 0, number) for at, number in enumerate(numbers)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _NOT_PERMITTED),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
