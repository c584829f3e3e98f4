"""Dockets of other sizes: officers per office, cases per officer, and arrivals of new cases."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from schemas import hot
from schemas.decode import decode
from schemas.policy import load_policy
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.errors import UsageError
from streams.sources.generate import Options, generate
from streams.sources.generate.arrivals import Arrivals
from streams.sources.generate.offices import office_sizes, offices_of
from streams.sources.generate.options import DAY_MS

MANY = Options(cases=6_000, days=60, seed=4, offices=25, officers=300, skew=6)


def events(out: Path) -> list[hot.AnyEvent]:
    return [decode(line) for line in (out / "events.jsonl").read_bytes().splitlines()]


class TestSizes:
    @pytest.mark.parametrize(("offices", "officers"), [(2, 6), (4, 12), (4, 204), (25, 75), (25, 6_000)])
    def test_the_number_of_officers(self, offices: int, officers: int) -> None:
        """An office has three or more, and all offices have as many as asked for."""
        sizes = office_sizes(Options(cases=100_000, days=30, offices=offices, officers=officers))
        assert (len(sizes), sum(sizes)) == (offices, officers)
        assert min(sizes) >= 3

    def test_caseloads_differ_as_in_the_audit(self) -> None:
        """Cases per officer fall from 10,156 to 1,700."""
        options = Options(cases=2_300_000, days=30, offices=25)
        shapes, sizes = offices_of(options), office_sizes(options)
        whole = sum(shape.share for shape in shapes)
        loads = [2_300_000 * shape.share / whole / size for shape, size in zip(shapes, sizes, strict=True)]
        assert loads == sorted(loads, reverse=True)
        assert (loads[0], loads[-1]) == (pytest.approx(10_156, rel=0.02), pytest.approx(1_700, rel=0.1))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Generate 25 offices and 300 officers, some with six times the cases."""
    out = tmp_path_factory.mktemp("offices")
    generate(MANY, out)
    return out


class TestDocket:
    def test_offices_and_officers(self, made: Path) -> None:
        """Each of them is in the log, each officer with an office."""
        updated = {event.officer_id: event.office for event in events(made) if isinstance(event, hot.OfficerUpdated)}
        assert (len(updated), len(set(updated.values()))) == (300, 25)

    def test_caseloads_are_skewed(self, made: Path) -> None:
        """In the largest office some officers have several times the cases of others."""
        evaluation = Evaluation(Rules(load_policy()))
        for _ in evaluation.run(events(made), MANY.end_ms):
            pass
        loads = evaluation.loads()
        largest = Counter(load.office for load in loads).most_common(1)[0][0]
        cases = sorted(load.open_cases for load in loads if load.office == largest and load.status == "active")
        tenth = len(cases) // 10
        assert sum(cases[-tenth:]) > 3 * sum(cases[:tenth])


class TestArrivals:
    def test_evenly(self) -> None:
        """Without a trend and a season a random number is a share of the window."""
        arrivals = Arrivals(Options(cases=1, days=100), 1_000, 1_000 + 100 * DAY_MS)
        assert [1_000, 1_000 + 50 * DAY_MS] == [arrivals.instant(0.0), arrivals.instant(0.5)]

    def test_a_trend(self) -> None:
        """At twice as many per day after a year, a bit more than two fifths arrive in the first half."""
        options = replace(Options(cases=1, days=365), trend=1.0)
        arrivals = Arrivals(options, 0, 365 * DAY_MS)
        early = sum(arrivals.instant(number / 10_000) < 182.5 * DAY_MS for number in range(10_000))
        assert early / 10_000 == pytest.approx(0.4167, abs=0.002)

    def test_a_season(self) -> None:
        """With a swing of 0.5 the first half of the year gets 0.5 + 0.5 / pi of the cases."""
        options = replace(Options(cases=1, days=365), season=0.5)
        arrivals = Arrivals(options, 0, 365 * DAY_MS)
        early = sum(arrivals.instant(number / 10_000) < 182.5 * DAY_MS for number in range(10_000))
        assert early / 10_000 == pytest.approx(0.5 + 0.5 / 3.1416, abs=0.02)

    def test_they_come_in_order(self) -> None:
        """A greater number never gives an earlier instant, and none lies outside the window."""
        options = replace(Options(cases=1, days=800), season=1.0, trend=-1.0)
        instants = [Arrivals(options, 5, 5 + 800 * DAY_MS).instant(number / 1_000) for number in range(1_000)]
        assert instants == sorted(instants)
        assert (instants[0], instants[-1] <= 5 + 800 * DAY_MS) == (5, True)


class TestRefusals:
    @pytest.mark.parametrize(("change", "sentence"), [
        ({"offices": 1}, "--offices must be 2 to 25"),
        ({"offices": 26}, "--offices must be 2 to 25"),
        ({"officers": 11}, "--officers must be 12 to 1,000,000: three or more an office"),
        ({"skew": 0.5}, "--skew must be 1 to 100"),
        ({"trend": 11.0}, "--trend must be -1 to 10"),
        ({"season": 2.0}, "--season must be a share of 0 to 1"),
    ])  # fmt: skip
    def test_an_option(self, change: dict[str, float], sentence: str) -> None:
        """The error says what would be valid."""
        with pytest.raises(UsageError, match=sentence):
            Options(cases=10, days=10, **change)  # type: ignore[arg-type]
