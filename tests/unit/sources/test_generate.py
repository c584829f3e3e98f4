"""Generated logs: equal bytes for equal options, valid lines in order, and every type and value of the contract."""

import gzip
import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Literal, get_args, get_origin

import pytest
import zstandard
from msgspec.structs import fields

from schemas import hot
from schemas.causes import Cause
from schemas.decode import decode
from schemas.durations import Duration
from schemas.ids import looks_like_a_number
from schemas.instants import to_ms
from schemas.policy import load_policy
from streams.errors import OutputError, UsageError
from streams.sources import external_sort, log_writer
from streams.sources.generate import MANIFEST, TRUTH, Options, Stage, generate, run
from streams.sources.generate.offices import offices_of
from streams.sources.generate.staff import Staff
from streams.sources.log_order import survey

SMALL = Options(cases=1_000, days=120, seed=1)
HOUR = 3_600_000
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """Generate a small log with every kind of event."""
    out = tmp_path_factory.mktemp("generated")
    generate(SMALL, out)
    return out


def lines(out: Path) -> list[bytes]:
    return (out / "events.jsonl").read_bytes().splitlines()


def events(out: Path) -> list[hot.AnyEvent]:
    return [decode(line) for line in lines(out)]


def truth(out: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (out / TRUTH).read_bytes().splitlines()]


def enumerated() -> Iterator[tuple[str, str, str]]:
    """Return type of event, field and value for every value of the contract's enumerations."""
    for name, kind in hot.EVENTS.items():
        for field in fields(kind):
            if get_origin(field.type) is Literal and field.name != "v" and name != "clock":
                yield from ((name, field.name, value) for value in get_args(field.type))


def contents(out: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in out.iterdir()}


class TestLog:
    def test_every_line_is_an_event(self, made):
        """The decoder of the hot path accepts every line."""
        assert len(events(made)) > 10 * SMALL.cases

    def test_in_order(self, made):
        """recorded_at never goes back."""
        assert survey(made / "events.jsonl").in_order

    def test_every_type(self, made):
        """Every type of event occurs except clock, which a file does not need."""
        assert set(hot.EVENTS) - {"clock"} == {event.type for event in events(made)}

    def test_every_value(self, made):
        """Every reason, level, channel and so on of the contract occurs."""
        seen = {(event.type, name, getattr(event, name)) for event in events(made) for name in event.__struct_fields__}
        assert [] == [each for each in enumerated() if each not in seen]

    def test_event_ids_differ(self, made):
        """No two events share an id."""
        ids = Counter(event.event_id for event in events(made))
        assert 1 == max(ids.values())

    def test_pseudonyms(self, made):
        """Ids name their kind and nothing else: no number of a case, no shape of an A-number."""
        case_ids = {event.case_id for event in events(made) if isinstance(event, hot.CaseEvent)}
        assert SMALL.cases == len(case_ids)
        assert all(len(each) == 18 and each.startswith("c-") for each in case_ids)
        assert len({each[2:10] for each in case_ids}) == len(case_ids)
        assert not any(looks_like_a_number(each) or looks_like_a_number(each[2:]) for each in case_ids)

    def test_history_is_loaded_by_case(self, made):
        """Events before the window are recorded at one instant per case, within the first six hours."""
        loaded = {}
        for event in events(made):
            if event.source == "feed-load" and isinstance(event, hot.CaseEvent):
                loaded.setdefault(event.case_id, set()).add(event.recorded_at)
        assert len(loaded) > 0.8 * SMALL.cases
        assert {1} == {len(instants) for instants in loaded.values()}
        assert max(max(instants) for instants in loaded.values()) <= SMALL.start_ms + 6 * HOUR

    def test_window(self, made):
        """No event is recorded before the window or after it."""
        recorded = [event.recorded_at for event in events(made)]
        assert SMALL.start_ms <= min(recorded)
        assert max(recorded) <= SMALL.end_ms

    def test_first_known_of_a_case(self, made):
        """The opening is the first event of every case."""
        first = {}
        for event in sorted(events(made), key=lambda each: (each.occurred_at, each.type != "case_opened")):
            if isinstance(event, hot.CaseEvent):
                first.setdefault(event.case_id, event.type)
        assert {"case_opened"} == set(first.values())

    def test_the_size_of_the_audit(self):
        """At full size an officer has 1,700 to 10,156 cases on the average of the office."""
        staff_options = Options(cases=2_300_000, days=30)
        staff = Staff(staff_options)
        sizes = [len(officers) for officers in staff.of_office]
        averages = [
            2_300_000 * shape.share / size for shape, size in zip(offices_of(staff_options), sizes, strict=True)
        ]
        assert [5_200, 1_700, 2_900, 10_156] == pytest.approx(averages, rel=0.01)


class TestTruth:
    def test_every_cause(self, made):
        """Every cause of the contract is open for a case at the end."""
        assert {cause.value for cause in Cause} == {line["cause"] for line in truth(made)}

    def test_fields(self, made):
        """A line has the case, the reason in both languages, the beginning and the office."""
        fields = {"case_id", "cause", "instance", "since", "deadline", "office", "why"}
        assert {frozenset(fields)} == {frozenset(line) for line in truth(made)}
        assert all(line["office"] in ("ATL", "STP", "SEA", "WAS") for line in truth(made))

    def test_instance(self, made):
        """The line names a hearing or check-in where the cause is about one, and only there."""
        about_one = {line["cause"] for line in truth(made) if line["instance"] is not None}
        assert {"hearing_unresolved", "hearing_missed", "check_in_overdue"} == about_one

    def test_passed(self, made):
        """The anchor lies before the deadline, and the deadline within the window."""
        assert all(line["since"] <= line["deadline"] for line in truth(made))
        assert all(to_ms(line["deadline"]) <= SMALL.end_ms for line in truth(made))

    def test_share_of_the_lost(self, tmp_path):
        """--lost is the share of cases with an open alert, over all causes alike."""
        found = generate(replace(SMALL, lost=0.09), tmp_path)
        assert 90 <= found.lost_cases <= 91
        assert all(found.standing[cause] >= 10 for cause in Cause)

    def test_no_lost_case(self, tmp_path):
        """Without planned losses no alert is open: all cases are handled in time."""
        assert 0 == generate(replace(SMALL, lost=0.0), tmp_path).lost_cases

    def test_under_another_policy(self, tmp_path):
        """The truth is that of the given policy."""
        policy = load_policy()
        causes = {
            **policy.causes,
            Cause.IN_TRANSIT: policy.causes[Cause.IN_TRANSIT].model_copy(update={"enabled": False}),
        }
        generate(SMALL, tmp_path, policy=policy.model_copy(update={"causes": causes}))
        assert "in_transit" not in {line["cause"] for line in truth(tmp_path)}


class TestDeterminism:
    def test_same_bytes(self, made, tmp_path):
        """Equal options give equal files."""
        generate(SMALL, tmp_path)
        assert contents(made) == contents(tmp_path)

    def test_memory_for_sorting_changes_nothing(self, made, tmp_path):
        """The size of the chunks does not change the files."""
        generate(SMALL, tmp_path, chunk_bytes=10_000)
        assert contents(made) == contents(tmp_path)

    def test_another_seed(self, made, tmp_path):
        """Another seed gives other cases."""
        generate(replace(SMALL, seed=2), tmp_path)
        ids = [{event.event_id for event in events(out)} for out in (made, tmp_path)]
        assert set() == ids[0] & ids[1]

    @pytest.mark.parametrize("compress", ["gz", "zst"])
    def test_compressed(self, made, tmp_path, compress):
        """A compressed log has the same lines, and the same bytes every time."""
        for name in ("a", "b"):
            generate(replace(SMALL, compress=compress), tmp_path / name)
        stored = (tmp_path / "a" / f"events.jsonl.{compress}").read_bytes()
        inflated = (
            gzip.decompress(stored)
            if compress == "gz"
            else zstandard.ZstdDecompressor().decompressobj().decompress(stored)
        )
        assert (made / "events.jsonl").read_bytes() == inflated
        assert contents(tmp_path / "a") == contents(tmp_path / "b")


class TestDisturbances:
    def test_duplicates(self, made, tmp_path):
        """So many lines occur twice; without them the log is the same."""
        generate(replace(SMALL, duplicates=0.2), tmp_path)
        assert lines(made) == list(dict.fromkeys(lines(tmp_path)))
        assert 0.17 < len(lines(tmp_path)) / len(lines(made)) - 1 < 0.23
        assert survey(tmp_path / "events.jsonl").in_order

    def test_disorder(self, made, tmp_path):
        """So many lines come later than in order; the lines are the same."""
        generate(replace(SMALL, disorder=0.1), tmp_path)
        assert sorted(lines(made)) == sorted(lines(tmp_path))
        assert not survey(tmp_path / "events.jsonl").in_order
        assert contents(made)[TRUTH] == contents(tmp_path)[TRUTH]

    def test_late(self, tmp_path):
        """So many live records are late, by at most so much; none comes after the end."""
        generate(replace(SMALL, late=0.25, late_by=Duration(milliseconds=10 * DAY)), tmp_path)
        live = [each for each in events(tmp_path) if each.occurred_at > SMALL.start_ms + 6 * HOUR]
        delays = [each.recorded_at - each.occurred_at for each in live]
        assert 0.2 < sum(delay > HOUR for delay in delays) / len(delays) < 0.3
        assert 9 * DAY < max(delays) <= 10 * DAY + HOUR

    def test_never_late(self, tmp_path):
        """Without them every live record comes within minutes."""
        generate(replace(SMALL, late=0.0), tmp_path)
        live = [each for each in events(tmp_path) if each.occurred_at > SMALL.start_ms + 6 * HOUR]
        assert max(each.recorded_at - each.occurred_at for each in live) < 2 * 60_000


class TestOptions:
    def test_prefix(self, tmp_path):
        """Every id except those of offices, feeds and courses begins with the prefix."""
        generate(replace(SMALL, cases=60, prefix="eu.1-"), tmp_path)
        for event in events(tmp_path):
            id_fields = {"event_id", "case_id", "officer_id", "check_in_id", "hearing_id"}
            names = [name for name in id_fields if getattr(event, name, None) is not None]
            assert all(getattr(event, name).startswith("eu.1-") for name in names)

    def test_start(self, tmp_path):
        """The window begins on the day given."""
        found = generate(replace(SMALL, cases=60, start=date(2031, 5, 1), days=30), tmp_path)
        assert "2031-05-31T00:00:00.000Z" == found.until
        assert to_ms("2031-05-01T00:00:00Z") == min(event.recorded_at for event in events(tmp_path))

    @pytest.mark.parametrize(("cases", "days"), [(1, 1), (9, 3), (60, 1), (40, 1500)])
    def test_small_and_long(self, tmp_path, cases, days):
        """Any number of cases and days is valid."""
        found = generate(Options(cases=cases, days=days, lost=0.3), tmp_path)
        assert cases == found.events["case_opened"] == sum(found.cases_by_office.values())
        assert len(lines(tmp_path)) == sum(found.events.values())

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"cases": 0}, "--cases must be 1 to 100,000,000"),
            ({"days": 0}, "--days must be 1 to 3,650"),
            ({"start": date(1999, 12, 31)}, "--start must be 2000-01-01 to 2090-01-01"),
            ({"lost": 0.6}, "--lost must be a share of 0 to 0.5"),
            ({"late": 1.1}, "--late must be a share of 0 to 1"),
            ({"duplicates": -0.1}, "--duplicates must be a share of 0 to 1"),
            ({"disorder": 2.0}, "--disorder must be a share of 0 to 1"),
            ({"late_by": Duration(business_days=1)}, "--late-by must be in h, d, m or s: records know no weekend"),
            ({"compress": "zip"}, "--compress must be gz or zst"),
            (
                {"prefix": "a b"},
                "--prefix must be at most 16 letters, digits, dots, colons, hyphens or underscores",
            ),
        ],
    )
    def test_invalid(self, wrong, sentence):
        """An invalid option is refused, and the error says what would be valid."""
        with pytest.raises(UsageError) as refused:
            replace(SMALL, **wrong)
        assert sentence == str(refused.value)


class TestFiles:
    def test_manifest(self, made):
        """The manifest has the contents of the files and the options of their generation."""
        manifest = json.loads((made / MANIFEST).read_bytes())
        kinds = Counter(event.type for event in events(made))
        assert dict(kinds) == manifest["events"]
        assert (1, 1_000, 120, "2026-01-05", "default@1") == tuple(
            manifest[key] for key in ("seed", "cases", "days", "start", "policy")
        )
        assert Counter(line["cause"] for line in truth(made)) == manifest["standing"]
        assert len({line["case_id"] for line in truth(made)}) == manifest["lost_cases"]
        for file in manifest["files"]:
            content = (made / file["name"]).read_bytes()
            assert (content.count(b"\n"), len(content), sha256(content).hexdigest()) == (
                file["lines"],
                file["bytes"],
                file["sha256"],
            )

    def test_an_earlier_run_is_replaced(self, tmp_path):
        """A log of an earlier run does not stay beside the truth of another one."""
        generate(replace(SMALL, cases=9, compress="gz"), tmp_path)
        generate(replace(SMALL, cases=9), tmp_path)
        assert ["events.jsonl", "manifest.json", "truth.jsonl"] == sorted(path.name for path in tmp_path.iterdir())

    def test_not_a_directory(self, tmp_path):
        """The error names a file in the place of the directory."""
        (tmp_path / "file").write_text("")
        with pytest.raises(OutputError, match=r"/file: cannot be written to: File exists"):
            generate(SMALL, tmp_path / "file")

    def test_progress(self, tmp_path):
        """Progress names the stage and ends at its total."""
        result = []
        generate(replace(SMALL, cases=9), tmp_path, on_progress=lambda *each: result.append(each))
        assert [Stage.CASES, Stage.MERGE] == list(dict.fromkeys(stage for stage, _, _ in result))
        assert (Stage.CASES, 9, 9) in result
        assert result[-1][1] == result[-1][2]


class TestMemory:
    def test_does_not_grow(self, tmp_path, monkeypatch):
        """Six times the cases take hardly more memory."""
        monkeypatch.setattr(run, "encode_event", lambda _: b"x" * 250)  # the real one keeps a bounded table of minutes
        monkeypatch.setattr(log_writer, "_FLUSH_BYTES", 10_000)
        monkeypatch.setattr(external_sort, "_READ_BUFFER", 1_000)
        small, large = _peak(tmp_path, 200), _peak(tmp_path, 1200)
        assert large < 1.2 * small


def _peak(out: Path, cases: int) -> int:
    tracemalloc.start()
    try:
        generate(Options(cases=cases, days=60), out, chunk_bytes=64 << 10)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
