"""The warm process behind a cage: loads the libraries once, then forks one confined process for each file.

Started by `client.Cage`; takes its parameters on standard input, tasks and descriptors on a socket.
"""

from __future__ import annotations

import gc
import json
import os
import select
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from errors import InputError
from media.cage.confine import Bounds, Walls, can_filter, confine, leave_network
from media.cage.wire import send
from media.source import OpenFile

Part = tuple[dict[str, Any], Any]
Task = Callable[[OpenFile, Mapping[str, Any]], Iterator[Part]]
MAX_ORDER_BYTES: Final = 64 * 1024
_DESCRIPTORS = 2
_BURY_S = 0.5


def main(control: int, program: str) -> None:
    """Serve until the other end of the socket closes.

    Args:
        program: ``module`` with a function ``prepare(given) -> {name: task}``.
    """
    given = json.load(sys.stdin)
    bounds = Bounds(**given.pop("bounds"))
    network = leave_network()  # before numpy and FFmpeg start their threads
    tasks: dict[str, Task] = import_module(program).prepare(given)
    calls = can_filter() and _filter_holds(bounds)
    gc.freeze()
    with socket.socket(fileno=control) as orders:
        orders.send(json.dumps({"network": network, "calls": calls}).encode())
        _serve(orders, tasks, bounds, Walls(network, calls))


def _serve(orders: socket.socket, tasks: Mapping[str, Task], bounds: Bounds, walls: Walls) -> None:
    while True:
        while not select.select([orders], [], [], None if _bury() else _BURY_S)[0]:
            pass
        data, descriptors, _, _ = socket.recv_fds(orders, MAX_ORDER_BYTES, _DESCRIPTORS)
        if not data:
            return
        order = json.loads(data)
        child = os.fork()
        if child == 0:
            orders.close()
            _work(tasks[order["task"]], order["args"], descriptors, bounds, walls)
        _answer(orders, child)
        for descriptor in descriptors:
            os.close(descriptor)


def _answer(orders: socket.socket, child: int) -> None:
    """Hand out a handle of the child, so that it can be killed without mistaking it for another process."""
    try:
        handle = os.pidfd_open(child)
    except OSError:  # an old kernel: the child still ends with its pipe, its processor time or its parent
        orders.send(b"started")
        return
    socket.send_fds(orders, [b"started"], [handle])
    os.close(handle)


def _bury() -> bool:
    """Collect the children that ended; True when none is left."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def _work(task: Task, args: Mapping[str, Any], descriptors: list[int], bounds: Bounds, walls: Walls) -> None:
    """One file, in the cage; never returns."""
    file, pipe = descriptors
    try:
        confine(bounds, filtered=walls.calls)
        for header, body in task(OpenFile(file), args):
            send(pipe, header, body)
        send(pipe, {"end": True})
    except InputError as error:
        send(pipe, {"error": error.key, "params": error.params})
    except MemoryError:
        send(pipe, {"error": "error.media.stopped", "params": {}})
    finally:
        os._exit(0)  # no clean-up of the parent's objects, no traceback with a stranger's bytes


def _filter_holds(bounds: Bounds) -> bool:
    """Try the filter in a process of its own: it has to refuse what a cage may not do."""
    child = os.fork()
    if child == 0:
        try:
            confine(bounds, filtered=True)
            os.open("/", os.O_RDONLY)
        except PermissionError:
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
