"""The caller's side of the cage: one warm server, one fresh process for each file, killed when it misbehaves."""

from __future__ import annotations

import atexit
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from errors import InputError, Unavailable
from media.cage.confine import Bounds, Walls
from media.cage.server import MAX_ORDER_BYTES
from media.cage.wire import Broken, Message, Receiver

STOPPED: Final = "error.media.stopped"
_ROOT: Final = Path(__file__).resolve().parents[2]
_START: Final = "import sys; sys.path.insert(0, sys.argv.pop(1)); from media.cage.server import main; main(int(sys.argv[1]), sys.argv[2])"  # noqa: E501
_SET_PIPE_SIZE, _PIPE_BYTES = 1031, 1 << 20
_START_S = 60.0
_KEYS = ("error.media.", "error.verify.", "error.stamp.")


@dataclass(slots=True)
class _Server:
    """The running server and the socket to it."""

    process: subprocess.Popen[bytes]
    orders: socket.socket
    walls: Walls

    def close(self) -> None:
        self.orders.close()
        with suppress(OSError):
            self.process.kill()
        self.process.wait()


class Cage:
    """Runs tasks on files of strangers. Safe to share between threads; starts on first use.

    Args:
        program: module with ``prepare(given) -> {name: task}``, loaded in the server.
        given: what `prepare` gets; may hold secrets, it goes through a pipe.
        bounds: limits of each process.
        silence_s: a task that sends nothing for so long is killed.
        most: processes at a time; further callers wait.
    """

    def __init__(
        self, program: str = "media.cage.tasks", given: Mapping[str, Any] | None = None, bounds: Bounds | None = None,
        silence_s: float = 60.0, most: int = 64,
    ) -> None:  # fmt: skip
        self._program, self._given, self._bounds = program, dict(given or {}), bounds or Bounds()
        self._silence_s = silence_s
        self._room = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._server: _Server | None = None
        self._owner = 0
        atexit.register(self.close)

    def walls(self) -> Walls:
        """What this system grants; starts the server if need be.

        Raises:
            Unavailable: the server does not start.
        """
        with self._lock:
            return self._running().walls

    def stream(
        self, task: str, path: Path | str, args: Mapping[str, Any], limit_s: float | None = None
    ) -> Generator[Message]:
        """What a task says of a file, message by message. Close the iterator to stop early.

        Args:
            limit_s: longest time in all; None where the caller takes the messages at leisure.

        Raises:
            InputError: of the task; ``error.media.stopped`` when its process died, hung or lied.
        """
        try:
            file = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError as error:
            raise InputError("error.media.missing") from error
        with self._room, _closing(file), self._process(task, args, file) as pipe:
            receiver = Receiver(pipe, self._silence_s, limit_s)
            while (message := _taken(receiver)) is not None:
                yield message

    def ask(self, task: str, path: Path | str, args: Mapping[str, Any], limit_s: float) -> Message:
        """The only message of a task.

        Raises:
            InputError: as `stream`.
        """
        found = list(self.stream(task, path, args, limit_s))
        if len(found) != 1:
            raise InputError(STOPPED)
        return found[0]

    def close(self) -> None:
        """Stop the server; it starts again when it is needed."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None and self._owner == os.getpid():
            server.close()

    @contextmanager
    def _process(self, task: str, args: Mapping[str, Any], file: int) -> Iterator[int]:
        """A cage process at work; yields the reading end of its pipe. Afterwards it is gone."""
        read, write = os.pipe()
        handle = -1
        try:
            with suppress(OSError):
                fcntl.fcntl(read, _SET_PIPE_SIZE, _PIPE_BYTES)
            try:
                handle = self._order(task, args, (file, write))
            finally:
                os.close(write)
            yield read
        finally:
            os.close(read)
            if handle >= 0:
                with suppress(OSError):
                    signal.pidfd_send_signal(handle, signal.SIGKILL)
                os.close(handle)

    def _order(self, task: str, args: Mapping[str, Any], descriptors: tuple[int, int]) -> int:
        order = json.dumps({"task": task, "args": args}).encode()
        with self._lock:
            for _ in range(2):  # a server that died meanwhile is replaced once
                server = self._running()
                try:
                    socket.send_fds(server.orders, [order], descriptors)
                    data, handles, _, _ = socket.recv_fds(server.orders, MAX_ORDER_BYTES, 1)
                    if data:
                        return handles[0] if handles else -1
                except OSError:
                    pass
                server.close()
                self._server = None
        raise Unavailable("error.media.cage", part="media.cage")

    def _running(self) -> _Server:
        if self._server is not None and self._owner == os.getpid():
            return self._server
        self._server, self._owner = self._start(), os.getpid()
        return self._server

    def _start(self) -> _Server:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        environment = {"PATH": os.environ.get("PATH", ""), "LD_LIBRARY_PATH": os.environ.get("LD_LIBRARY_PATH", "")}
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        process = subprocess.Popen(
            [sys.executable, "-c", _START, str(_ROOT), str(theirs.fileno()), self._program],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
            env=environment, cwd="/", start_new_session=True,
        )  # fmt: skip
        theirs.close()
        ours.settimeout(_START_S)
        try:
            with suppress(BrokenPipeError):
                self._tell(process)
            facts = json.loads(ours.recv(MAX_ORDER_BYTES))
        except (OSError, ValueError) as error:
            ours.close()
            process.kill()
            process.wait()
            raise Unavailable("error.media.cage", part="media.cage") from error
        return _Server(process, ours, Walls(facts["network"], facts["calls"]))

    def _tell(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        with process.stdin as pipe:
            pipe.write(json.dumps({**self._given, "bounds": asdict(self._bounds)}).encode())


def _taken(receiver: Receiver) -> Message | None:
    """The next message, or None at the end.

    Raises:
        InputError: the task's, or `STOPPED`.
    """
    try:
        message = receiver.next()
    except Broken as error:
        raise InputError(STOPPED) from error
    if "error" in message.header:
        raise _fault(message.header)
    return None if message.header.get("end") is True else message


def _fault(header: Mapping[str, Any]) -> InputError:
    """The task's own error, if it is one that it may raise; its parameters are numbers or nothing."""
    key, params = str(header.get("error")), header.get("params")
    if not key.startswith(_KEYS) or not key.replace(".", "").replace("_", "").isalpha():
        return InputError(STOPPED)
    plain = {str(k)[:20]: v for k, v in params.items() if type(v) in (int, float)} if isinstance(params, dict) else {}
    return InputError(key, **plain)


@contextmanager
def _closing(descriptor: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(descriptor)
