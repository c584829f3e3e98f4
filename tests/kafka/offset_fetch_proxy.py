"""A proxy before a broker that turns some answers to OffsetFetch into an error of the group's coordinator."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.kafka.answers_proxy import AnswersProxy
from tests.kafka.brokers import KafkaBroker, NodeRole
from tests.kafka.listeners import Listeners
from tests.kafka.waiting import free_port

__all__ = ["LOAD_IN_PROGRESS", "NOT_COORDINATOR", "OffsetFetchProxy", "broker_behind_proxy"]

LOAD_IN_PROGRESS: Final = 14
NOT_COORDINATOR: Final = 16


class OffsetFetchProxy(AnswersProxy):
    """A proxy that changes answers to OffsetFetch.

    Args:
        target: Port of 127.0.0.1 that it forwards to.

    Attributes:
        error: The error code of the changed answers.
    """

    api_key = 9
    newest_version = 3

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.error = NOT_COORDINATOR

    def _change(self, answer: bytes, version: int) -> bytes:
        # version 3, which aiokafka uses: throttle time 0 ms, no topics, the error code
        return answer[:4] + struct.pack(">iih", 0, 0, self.error)


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
