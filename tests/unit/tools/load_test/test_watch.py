"""The watermarks that a load test reads from load partials."""

from typing import Any, cast

import msgspec

from streams.core.load.partials import OfficerProgress, Partial
from streams.kafka.client.settings import Settings
from streams.tools.load_test.watch import AlertWatch


class TestClocks:
    def test_an_officer_partition_moves_no_watermark(self) -> None:
        """Its progress is on the same topic; a case partition of its number has judged nothing by that."""
        found: list[tuple[int, int]] = []
        watch = AlertWatch(Settings.load(), {"docket.cases": 1}, 1)
        watch.on_clock = lambda partition, at, _: found.append((partition, at))
        for partial in (OfficerProgress(0, 5_000, None, 4_000).carried(), Partial(0, 1_000, False, [])):
            cast(Any, watch)._read_clock(msgspec.json.encode(partial), 0.0)

        assert [(0, 1_000)] == found
