"""A connection to the broker that is slow, drops what it gets, or breaks, in the middle of transactions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.conftest import StartFleet
from tests.chaos.proxy import Proxy
from tests.chaos.scale import Scale
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.brokers import KafkaBroker, NodeRole
from tests.kafka.deployment import Deployment
from tests.kafka.listeners import Listeners
from tests.kafka.waiting import free_port

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(1800)]

SLOW_SECONDS = 0.15
SHORT_PAUSE, LONG_PAUSE = 2.0, 12.0  # the workers' session timeout lies between them


@pytest.fixture
def line(kafka_needed: None, tmp_path: Path) -> Iterator[tuple[KafkaBroker, Proxy]]:
    """A broker with a second port whose advertised address is the proxy's."""
    listeners, part, port = Listeners(), NodeRole(), free_port()
    with Proxy(port) as proxy:
        options = {
            "listeners": f"{listeners.addresses()},PROXIED://127.0.0.1:{port},"
            f"CONTROLLER://127.0.0.1:{part.controller_port}",
            "advertised.listeners": f"{listeners.addresses()},PROXIED://127.0.0.1:{proxy.port}",
            "listener.security.protocol.map": f"{listeners.protocols()},PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT",
        }
        with KafkaBroker(tmp_path / "kafka", with_options=options, listeners=listeners, part=part) as broker:
            yield broker, proxy


class TestNetwork:
    def test_slow_paused_and_cut(
        self, line: tuple[KafkaBroker, Proxy], namespace: str, fleets: StartFleet, scale: Scale, result: ScenarioResult
    ) -> None:
        """A worker repeats writes that are not known to be durable, and no output occurs twice."""
        broker, proxy = line
        direct = Deployment(broker.bootstrap, namespace).create()
        fleet = fleets(Deployment(f"127.0.0.1:{proxy.port}", namespace), seen_from=direct, broker_may_be_away=True)
        fleet.await_ready()
        fleet.feed(scale.faults * 20)
        for _ in range(scale.faults):
            proxy.slow(SLOW_SECONDS)
            fleet.run_up_to(2 * scale.gap)
            proxy.slow(0)
            for seconds in (SHORT_PAUSE, LONG_PAUSE):
                proxy.pause()
                fleet.run_for(seconds)
                proxy.resume()
                fleet.run_up_to(scale.gap)
            proxy.cut()
            fleet.run_up_to(scale.gap)
            result.faults += 4
        fleet.finish()
        assert proxy.cuts >= scale.faults
