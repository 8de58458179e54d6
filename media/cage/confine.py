"""What a cage process may still do: compute, read one open file, write to one pipe.

Three layers, each for the case that another is missing: limits of the kernel on memory, processor time and files;
a network namespace without any device; a seccomp filter that allows about seventy system calls and answers EPERM
to the rest, among them open, socket, exec, fork, kill and ptrace.
"""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from dataclasses import dataclass
from typing import Final

_NEW_USER, _NEW_NET, _NEW_IPC = 0x10000000, 0x40000000, 0x08000000
_SET_DEATH_SIGNAL, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 4, 22, 38
_SIGKILL = 9
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_THREAD = 0x00010000
_X32 = 0x40000000

# name -> (x86_64, aarch64); -1 where the architecture has no such call
_CALLS: Final = {
    "read": (0, 63), "write": (1, 64), "close": (3, 57), "fstat": (5, 80), "lseek": (8, 62), "newfstatat": (262, 79),
    "pread64": (17, 67), "readv": (19, 65), "writev": (20, 66), "poll": (7, -1), "ppoll": (271, 73),
    "select": (23, -1), "pselect6": (270, 72), "dup": (32, 23), "dup2": (33, -1), "dup3": (292, 24),
    "fcntl": (72, 25), "pipe2": (293, 59), "eventfd2": (290, 19), "epoll_create1": (291, 20), "epoll_ctl": (233, 21),
    "epoll_wait": (232, -1), "epoll_pwait": (281, 22),
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "mremap": (25, 216), "madvise": (28, 233),
    "brk": (12, 214), "membarrier": (324, 283),
    "futex": (202, 98), "set_robust_list": (273, 99), "get_robust_list": (274, 100), "rseq": (334, 293),
    "set_tid_address": (218, 96), "sched_yield": (24, 124), "sched_getaffinity": (204, 123),
    "sched_setaffinity": (203, 122), "getcpu": (309, 168), "prctl": (157, 167),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "nanosleep": (35, 101), "clock_nanosleep": (230, 115),
    "clock_gettime": (228, 113), "clock_getres": (229, 114), "gettimeofday": (96, 169), "times": (100, 153),
    "getpid": (39, 172), "gettid": (186, 178), "getuid": (102, 174), "geteuid": (107, 175), "getgid": (104, 176),
    "getegid": (108, 177), "getrlimit": (97, 163), "getrusage": (98, 165), "sysinfo": (99, 179), "uname": (63, 160),
    "getrandom": (318, 278), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
_CLONE, _CLONE3, _TGKILL, _PRLIMIT = (56, 220), (435, 435), (234, 131), (302, 261)
_MACHINES: Final = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


@dataclass(frozen=True, slots=True)
class Bounds:
    """Limits of one cage process.

    Attributes:
        memory_bytes: address space.
        cpu_s: processor time; the kernel kills at its end.
        files: open descriptors.
    """

    memory_bytes: int = 4 * 2**30
    cpu_s: int = 240
    files: int = 64


@dataclass(frozen=True, slots=True)
class Walls:
    """Which layers this system grants.

    Attributes:
        network: there is a network namespace of its own, without a device.
        calls: the filter on system calls holds.
    """

    network: bool = False
    calls: bool = False

    @property
    def sealed(self) -> bool:
        """No way out by network or by name: the filter holds (it forbids sockets as well)."""
        return self.calls


def leave_network() -> bool:
    """Move this process into a network of its own, empty; False where the system does not allow it.

    Called before any thread starts: a process with threads cannot change its user namespace.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    return any(libc.unshare(flags) == 0 for flags in (_NEW_USER | _NEW_NET | _NEW_IPC, _NEW_NET | _NEW_IPC))


def can_filter() -> bool:
    """Whether the filter exists for this machine; whether it holds is tried in a process of its own."""
    return platform.system() == "Linux" and platform.machine() in _MACHINES


def confine(bounds: Bounds, *, filtered: bool) -> None:
    """Close the cage around this process, for good.

    Args:
        filtered: with the filter on system calls; after it, nothing can be opened any more.

    Raises:
        OSError: a limit could not be set; the file must not be touched.
    """
    for kind, value in (
        (resource.RLIMIT_AS, bounds.memory_bytes), (resource.RLIMIT_CPU, bounds.cpu_s), (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, bounds.files), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        resource.setrlimit(kind, (value, value))
    libc = ctypes.CDLL(None, use_errno=True)
    _control(libc, _SET_DEATH_SIGNAL, _SIGKILL)
    _control(libc, _SET_DUMPABLE, 0)
    _control(libc, _SET_NO_NEW_PRIVILEGES, 1)
    if filtered:
        _install(libc, _program(os.getpid()))


def _control(libc: ctypes.CDLL, option: int, value: int) -> None:
    if libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _install(libc: ctypes.CDLL, program: bytes) -> None:
    code = ctypes.create_string_buffer(program, len(program))
    header = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    if libc.prctl(_SET_SECCOMP, ctypes.c_ulong(2), ctypes.create_string_buffer(header, len(header)), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def _program(own_pid: int) -> bytes:
    """The filter as instructions of eight bytes: code, jump if true, jump if false, value."""
    column, architecture = _MACHINES[platform.machine()]
    refuse = (_RETURN, 0, 0, _ERRNO | _EPERM)
    steps: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32), refuse,
        (_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _ERRNO | _ENOSYS),  # the C library then takes clone
    ]  # fmt: skip
    for call, test, value in (
        (_CLONE, _HAS_BITS, _THREAD), (_TGKILL, _EQUAL, own_pid), (_PRLIMIT, _EQUAL, 0),
    ):  # fmt: skip
        steps += [
            (_EQUAL, 0, 4, call[column]), (_LOAD, 0, 0, _FIRST_ARGUMENT), (test, 0, 1, value), (_RETURN, 0, 0, _ALLOW),
            refuse,
        ]  # fmt: skip
    for numbers in _CALLS.values():
        if numbers[column] >= 0:
            steps += [(_EQUAL, 0, 1, numbers[column]), (_RETURN, 0, 0, _ALLOW)]
    return b"".join(struct.pack("HBBI", *step) for step in (*steps, refuse))
