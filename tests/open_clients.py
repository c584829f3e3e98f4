"""Kafka clients that a test, or a fixture of several tests, has opened and not closed.

An unclosed client runs code when it is collected, at a random moment: its warning is an error in another test,
and once it ended pytest itself, within a parser that was not made to be interrupted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient

from streams.kafka.client.admin import KafkaAdminClient

__all__ = ["OpenClients"]

_KINDS: Final[tuple[type[Any], ...]] = (AIOKafkaConsumer, AIOKafkaProducer, AIOKafkaAdminClient, KafkaAdminClient)


class OpenClients:
    """Records the Kafka clients that are created in a block, and finds those that are still open.

    An owner is what must close a client: a test (None), or a fixture that several tests share.
    """

    def __init__(self) -> None:
        self._created: list[tuple[object, Any]] = []
        self._owners: list[object] = [None]

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Record every client that any thread creates in the block."""
        before = {kind: kind.__init__ for kind in _KINDS}
        try:
            for kind, init in before.items():
                kind.__init__ = self._recording(init)
            yield
        finally:
            for kind, init in before.items():
                kind.__init__ = init

    @contextmanager
    def owned_by(self, owner: object) -> Iterator[None]:
        """Record the clients that are created in the block as those of an owner."""
        self._owners.append(owner)
        try:
            yield
        finally:
            self._owners.pop()

    def _recording(self, init: Callable[..., None]) -> Callable[..., None]:
        @wraps(init)
        def recorded(client: Any, *args: Any, **kwargs: Any) -> None:
            init(client, *args, **kwargs)
            self._created.append((self._owners[-1], client))

        return recorded

    def pop_open(self, owner: object = None) -> list[str]:
        """Return the kinds of the open clients of an owner, and forget all of its clients.

        They raise no warning when they are collected.
        """
        left = [client for of, client in self._created if of is owner and client._closed is False]
        self._created = [(of, client) for of, client in self._created if of is not owner]
        for client in left:
            _silence(client)
        return [type(client).__name__ for client in left]


def _silence(client: Any) -> None:
    """Release what a client holds without its event loop, which may be closed."""
    client._closed = True
    connections = getattr(getattr(client, "client", getattr(client, "_client", None)), "_conns", {})
    for connection in connections.values():
        transport = getattr(getattr(connection, "_writer", None), "transport", None)
        held = getattr(transport, "_sock", None)
        if held is not None:
            held.close()
            transport._sock = None
        connection._reader = None
