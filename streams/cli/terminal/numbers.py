"""Reads the worker's numbers from its /metrics."""

import time
import urllib.request
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from streams.cli.terminal.facts import WorkerNumbers

__all__ = ["read_numbers"]

_SECONDS: Final = 1.0
_INTERNAL: Final = ".load-partials"


def read_numbers(url: str) -> WorkerNumbers | None:
    """Read the metrics once.

    Args:
        url: The URL of the metrics.

    Returns:
        The numbers, or None without an answer.
    """
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310  # our own worker, on loopback
            text = answer.read().decode()
    except OSError:
        return None
    events = refused = cases = 0
    clocks = []
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "docketwatch_events_read_total":
                events += 0 if sample.labels["topic"].endswith(_INTERNAL) else int(sample.value)
            elif sample.name == "docketwatch_events_refused_total":
                refused += int(sample.value)
            elif sample.name == "docketwatch_cases":
                cases = int(sample.value)
            elif sample.name == "docketwatch_clock_timestamp_seconds":
                clocks.append(int(sample.value * 1000))
    return WorkerNumbers(time.monotonic(), events, refused, cases, min(clocks, default=None))
