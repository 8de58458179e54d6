"""A TCP relay on loopback that can be cut, so that a service goes away for one test and nobody else."""

from __future__ import annotations

import asyncio
import threading


class Tether:
    """Relays connections to a port; `cut` breaks all of them and refuses new ones until `mend`."""

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self._target, self._host = target, host
        self._loop = asyncio.new_event_loop()
        self._open: set[asyncio.StreamWriter] = set()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        self._server = self._run(asyncio.start_server(self._relay, host, 0))
        self.port: int = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        async def down() -> None:
            self._server.close()
            for writer in list(self._open):
                writer.transport.abort()

        self._run(down())

    def mend(self) -> None:
        self._server = self._run(asyncio.start_server(self._relay, self._host, self.port))

    def _run(self, task):  # type: ignore[no-untyped-def]
        return asyncio.run_coroutine_threadsafe(task, self._loop).result(10)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._host, self._target)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        await asyncio.gather(self._pipe(reader, far_writer), self._pipe(far_reader, writer))
        self._open -= {writer, far_writer}

    @staticmethod
    async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()
