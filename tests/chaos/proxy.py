"""A TCP proxy between workers and a broker that can delay, pause and cut the connections."""

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Final, Self

from tests.kafka.waiting import LIMIT, free_port

__all__ = ["Proxy"]

_CHUNK: Final = 1 << 16


class Proxy:
    """A proxy that listens on loopback in a thread.

    Args:
        target: Port of 127.0.0.1 that it forwards to.

    Attributes:
        port: The port that it listens on.
        cuts: Number of connections that were cut.
    """

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.cuts = 0
        self._target = target
        self._delay = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)

    def slow(self, seconds: float) -> None:
        """Delay every piece by so many seconds in both directions; 0 for no delay."""
        self._delay = seconds

    def pause(self) -> None:
        """Forward nothing and close nothing, like a network that drops packets."""
        self._call(self._set_open(False))

    def resume(self) -> None:
        """Forward again, beginning with what was held."""
        self._call(self._set_open(True))

    def cut(self) -> None:
        """Close every connection at once."""
        self._call(self._cut())

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LIMIT)
        self._loop.close()

    def _call(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(LIMIT)

    async def _start(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)

    async def _stop(self) -> None:
        self._server.close()
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _set_open(self, is_open: bool) -> None:
        if is_open:
            self._open.set()
        else:
            self._open.clear()

    async def _cut(self) -> None:
        self.cuts += len(self._writers) // 2
        for writer in list(self._writers):
            writer.transport.abort()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, to_writer}
        self._writers |= ends
        try:
            await asyncio.gather(self._forward(reader, to_writer), self._forward(to_reader, writer))
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while piece := await reader.read(_CHUNK):
                if self._delay:
                    await asyncio.sleep(self._delay)
                await self._open.wait()
                writer.write(piece)
                await writer.drain()
        except OSError:
            return  # the other end has closed, so this end closes too
        finally:
            writer.transport.abort()
