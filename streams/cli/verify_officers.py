"""The comparison of officer alerts and officer loads in `docketwatch verify`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.topics import topic
from streams.cli.endings import run_loop
from streams.errors import BrokerError

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings
    from streams.tools.verify.alert_comparison import AlertComparison, AlertDifference
    from streams.tools.verify.load_comparison import LoadDifference

    Differences = Sequence[AlertDifference | LoadDifference]

__all__ = ["OfficerExpectation", "in_short"]

Lines = Callable[[Path], Iterable[tuple[int, bytes]]]
"""Reads a file: line number and line."""


class OfficerExpectation:
    """The expected officer alerts and loads.

    Args:
        alerts: Output of `docketwatch evaluate --officer-alerts`, or None.
        loads: Output of `docketwatch evaluate --loads`, or None.
        lines: Reads such a file.

    Raises:
        InputError: A line is not such a record.
    """

    def __init__(self, alerts: Path | None, loads: Path | None, lines: Lines) -> None:
        # imported late: the Kafka client is slow to import, and --help does not need it
        from streams.tools.verify.alert_comparison import AlertComparison, Expectation
        from streams.tools.verify.load_comparison import LoadComparison

        self._alerts = self._loads = None
        if alerts is not None:
            self._alerts = AlertComparison(Expectation(str(alerts), lines(alerts), of_officers=True))
        if loads is not None:
            self._loads = LoadComparison(str(loads), lines(loads))

    @property
    def is_any(self) -> bool:
        """Whether there are any."""
        return self._alerts is not None or self._loads is not None

    def compare(self, settings: "Settings") -> "Iterator[tuple[Differences, str]]":
        """Yield the differences of each kind of record, with a summary.

        Raises:
            BrokerError: The broker does not answer, or answers with an error.
        """
        from streams.tools.verify.alert_reader import compare_records

        if self._alerts is not None:
            gone = run_loop(compare_records(settings, _partitions(settings, "officer-alerts"), self._alerts))
            alerts = self._alerts.differences(gone)
            yield alerts, in_short("officer alert revisions", self._alerts, len(alerts))
        if self._loads is not None:
            run_loop(compare_records(settings, _partitions(settings, "officer-load"), self._loads))
            loads = self._loads.differences()
            yield loads, f"{self._loads.found:,} loads found, {len(self._loads):,} expected{_verdict(len(loads))}"


def _partitions(settings: "Settings", short: str) -> "Mapping[str, int]":
    from streams.kafka.client.admin import AdminClient

    name = topic(short, settings.prefix).name
    with AdminClient(settings) as admin:
        found = admin.partitions([name])
    if name not in found:
        raise BrokerError(f"the broker at {settings.brokers} lacks {name}: `docketwatch topics create` makes it")
    return found


def in_short(what: str, comparison: "AlertComparison", differences: int) -> str:
    """A summary: alerts found, expected and different."""
    compacted = comparison.compacted
    return (
        f"{comparison.found:,} {what} found, {comparison.expected:,} expected"
        + (f", {compacted:,} superseded ones compacted away by the broker" if compacted else "")
        + _verdict(differences)
    )


def _verdict(differences: int) -> str:
    return f": {differences:,} differences" if differences else ": equal"
