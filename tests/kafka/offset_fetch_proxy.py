"""A proxy before a broker that turns some answers to OffsetFetch into an error of the group's coordinator."""

import asyncio
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.chaos.proxy import Proxy
from tests.kafka.brokers import KafkaBroker, NodeRole
from tests.kafka.listeners import Listeners
from tests.kafka.waiting import free_port

__all__ = ["LOAD_IN_PROGRESS", "NOT_COORDINATOR", "OffsetFetchProxy", "broker_behind_proxy"]

_OFFSET_FETCH: Final = 9
LOAD_IN_PROGRESS: Final = 14
NOT_COORDINATOR: Final = 16


class OffsetFetchProxy(Proxy):
    """A proxy that parses the traffic and forwards whole requests and answers.

    Args:
        target: Port of 127.0.0.1 that it forwards to.

    Attributes:
        error: The error code of the changed answers.
        remaining: How many answers to OffsetFetch it will still change.
        changed: How many answers it has changed.
    """

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.error = NOT_COORDINATOR
        self.remaining = 0
        self.changed = 0

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self._target)
        ends = {writer, to_writer}
        self._writers |= ends
        offset_fetches: set[int] = set()
        try:
            await asyncio.gather(
                self._pass_requests(reader, to_writer, offset_fetches),
                self._pass_answers(to_reader, writer, offset_fetches),
            )
        finally:
            self._writers -= ends
            for end in ends:
                end.transport.abort()

    async def _pass_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, offset_fetches: set[int]
    ) -> None:
        try:
            while True:
                request = await _read_message(reader)
                key, _, correlation = struct.unpack(">hhi", request[:8])
                if key == _OFFSET_FETCH and self.remaining > 0:
                    self.remaining -= 1
                    offset_fetches.add(correlation)
                await _write_message(writer, request)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, offset_fetches: set[int]
    ) -> None:
        try:
            while True:
                answer = await _read_message(reader)
                (correlation,) = struct.unpack(">i", answer[:4])
                if correlation in offset_fetches:
                    offset_fetches.discard(correlation)
                    self.changed += 1
                    # version 3, which aiokafka uses: throttle time 0 ms, no topics, the error code
                    answer = struct.pack(">iiih", correlation, 0, 0, self.error)
                await _write_message(writer, answer)
        except (OSError, asyncio.IncompleteReadError):
            writer.transport.abort()


@contextmanager
def broker_behind_proxy(directory: Path) -> Iterator[tuple[KafkaBroker, OffsetFetchProxy]]:
    """A broker with a second port whose advertised address is that of a `OffsetFetchProxy`."""
    listeners, part, port = Listeners(), NodeRole(), free_port()
    with OffsetFetchProxy(port) as proxy:
        options = {
            "listeners": f"{listeners.addresses()},PROXIED://127.0.0.1:{port},"
            f"CONTROLLER://127.0.0.1:{part.controller_port}",
            "advertised.listeners": f"{listeners.addresses()},PROXIED://127.0.0.1:{proxy.port}",
            "listener.security.protocol.map": f"{listeners.protocols()},PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
        }
        with KafkaBroker(directory, with_options=options, listeners=listeners, part=part) as broker:
            yield broker, proxy


async def _read_message(reader: asyncio.StreamReader) -> bytes:
    (size,) = struct.unpack(">i", await reader.readexactly(4))
    return await reader.readexactly(size)


async def _write_message(writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(struct.pack(">i", len(message)) + message)
    await writer.drain()
