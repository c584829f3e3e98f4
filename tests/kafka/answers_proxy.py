"""A proxy before a broker that parses the traffic and can change answers."""

import asyncio
import struct
from abc import ABC, abstractmethod

from tests.chaos.proxy import Proxy

__all__ = ["AnswersProxy"]


class AnswersProxy(Proxy, ABC):
    """A proxy that forwards whole requests and answers.

    Args:
        target: Port of 127.0.0.1 that it forwards to.

    Attributes:
        remaining: How many answers it will still change.
        changed: How many answers it has changed.
    """

    api_key: int
    """Of the requests whose answers it changes."""

    newest_version: int
    """The newest version of these requests whose answers it changes."""

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.remaining = 0
        self.changed = 0

    @abstractmethod
    def _change(self, answer: bytes, version: int) -> bytes:
        """Return another answer, which begins with the same correlation id."""

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {writer, to_writer}
        self._writers |= ends
        wanted: dict[int, int] = {}
        try:
            await asyncio.gather(
                self._pass_requests(reader, to_writer, wanted), self._pass_answers(to_reader, writer, wanted)
            )
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pass_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wanted: dict[int, int]
    ) -> None:
        try:
            while True:
                request = await _read_message(reader)
                key, version, correlation = struct.unpack(">hhi", request[:8])
                if key == self.api_key and version <= self.newest_version and self.remaining > 0:
                    self.remaining -= 1
                    wanted[correlation] = version
                await _write_message(writer, request)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, wanted: dict[int, int]
    ) -> None:
        try:
            while True:
                answer = await _read_message(reader)
                (correlation,) = struct.unpack(">i", answer[:4])
                version = wanted.pop(correlation, None)
                if version is not None:
                    self.changed += 1
                    answer = self._change(answer, version)
                await _write_message(writer, answer)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(size)


async def _write_message(writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(struct.pack(">i", len(message)) + message)
    await writer.drain()
