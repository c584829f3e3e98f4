"""Makes metric families of counts: one prefix, one way to add a sample."""

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeHistogramMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

from streams.metrics.buckets import Buckets

__all__ = ["PREFIX", "Labelled", "counter", "gauge", "histogram", "single", "spreads", "without_unknown"]

PREFIX: Final = "docketwatch_"

Labelled = Iterable[tuple[tuple[str, ...], float]]
"""Samples: the values of the labels, and the number."""


def counter(name: str, help_: str, labels: tuple[str, ...], samples: Labelled) -> CounterMetricFamily:
    """A counter, which only grows while the process lives; its name gets the suffix `_total`."""
    family = CounterMetricFamily(f"{PREFIX}{name}", help_, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def gauge(name: str, help_: str, labels: tuple[str, ...], samples: Labelled) -> GaugeMetricFamily:
    """A gauge of current values."""
    family = GaugeMetricFamily(f"{PREFIX}{name}", help_, labels=labels)
    for values, number in samples:
        family.add_metric(values, number)
    return family


def histogram(name: str, help_: str, buckets: Buckets) -> HistogramMetricFamily:
    """A histogram of sizes since the process started."""
    family = HistogramMetricFamily(f"{PREFIX}{name}", help_)
    family.add_metric([], buckets.cumulative(), sum_value=buckets.total)
    return family


def spreads(name: str, help_: str, label: str, numbers: Mapping[str, Buckets]) -> GaugeHistogramMetricFamily:
    """A gauge histogram by one label: the current distribution, which adds up over workers as quantiles do not."""
    family = GaugeHistogramMetricFamily(f"{PREFIX}{name}", help_, labels=(label,))
    for value, buckets in numbers.items():
        family.add_metric([value], buckets.cumulative(), gsum_value=buckets.total)
    return family


def single(counts: Mapping[str, float]) -> Labelled:
    """Samples of one label."""
    return [((name,), count) for name, count in list(counts.items())]


def without_unknown(samples: Iterable[tuple[tuple[str, ...], float | None]]) -> Labelled:
    """Samples without those of an unknown number."""
    return [(labels, number) for labels, number in samples if number is not None]
