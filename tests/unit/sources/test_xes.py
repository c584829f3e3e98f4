import gzip
import re
import tracemalloc
from pathlib import Path

import pytest

from schemas import hot
from schemas.instants import to_ms
from streams.errors import InputError
from streams.sources.logs import LogWriter
from streams.sources.mapped_log import convert_xes
from streams.sources.mapping import load_mapping
from streams.sources.report import ConversionReport
from streams.sources.xes import read_xes
from tests.unit.sources.mappings import ASSIGNED, KEY, event, from_xes, trace, xes

PERMITS = Path(__file__).parents[3] / "deploy" / "mappings" / "permits.toml"

MAPPING = """
source = "shop"
timezone = "Europe/Amsterdam"
[log]
case = "trace:concept:name"
activity = "concept:name"
timestamp = "time:timestamp"
transition = "lifecycle:transition"
[office]
from = "desk"
default = "MAIN"
[officer]
from = "org:resource"
[[events]]
emit = "case_opened"
on = "first"
set = { level = "standard" }
"""

ONE = trace("7", event("open", "2024-03-04T09:00:00.000+01:00"))


def refusal(folder: Path, log: str | bytes) -> str:
    """Return the error of a conversion, without the folder's name."""
    with pytest.raises(InputError) as refused:
        from_xes(folder, MAPPING, log)
    return str(refused.value).replace(f"{folder}/", "")


class TestReading:
    def test_a_trace_is_a_case(self, tmp_path: Path) -> None:
        """Its first event opens it, whatever the order in the file."""
        late, early = event("b", "2024-03-05T09:00:00Z"), event("a", "2024-03-04T09:00:00Z")
        converted = from_xes(tmp_path, MAPPING, xes(trace("7", late, early), trace("8", late)))
        assert [to_ms("2024-03-04T09:00:00Z"), to_ms("2024-03-05T09:00:00Z")] == [
            one.occurred_at for one in converted.of("case_opened")
        ]
        assert {"traces": 2, "events": 3} == converted.report.rows_read

    @pytest.mark.parametrize(
        "namespace", ["", ' xmlns="http://www.xes-standard.org/"', ' xmlns="http://code.deckfour.org/xes"']
    )
    def test_any_namespace(self, tmp_path: Path, namespace: str) -> None:
        """Tools use different ones."""
        assert 1 == from_xes(tmp_path, MAPPING, xes(ONE, namespace=namespace)).report.cases

    def test_gzip_is_recognised_by_its_bytes(self, tmp_path: Path) -> None:
        """The file may have any name."""
        assert 1 == from_xes(tmp_path, MAPPING, gzip.compress(xes(ONE).encode())).report.cases

    @pytest.mark.parametrize(
        ("time", "instant"),
        [
            ("2024-03-04T09:00:00.123456+01:00", "2024-03-04T08:00:00.123Z"),
            ("2024-03-04T09:00:00", "2024-03-04T08:00:00Z"),
            ("2024-03-04T09:00:00+0100", "2024-03-04T08:00:00Z"),
            ("2024-03-04", "2024-03-03T23:00:00Z"),
        ],
    )
    def test_times_with_and_without_an_offset(self, tmp_path: Path, time: str, instant: str) -> None:
        """Local time is that of the mapping's zone; digits beyond milliseconds are truncated."""
        assert to_ms(instant) == from_xes(tmp_path, MAPPING, xes(trace("7", event("a", time)))).events[0].occurred_at

    def test_another_encoding_is_read_from_the_file(self, tmp_path: Path) -> None:
        """XML declares it."""
        log = xes(trace("caf\u00e9", event("a", "2024-03-04"))).replace("UTF-8", "ISO-8859-1").encode("latin-1")
        plain = from_xes(tmp_path, MAPPING, xes(trace("caf\u00e9", event("a", "2024-03-04"))))
        assert plain.events == from_xes(tmp_path, MAPPING, log).events

    def test_attributes_of_the_event_precede_those_of_the_trace(self, tmp_path: Path) -> None:
        """A name without a place may be either's."""
        mapping = MAPPING.replace('level = "standard"', 'level = { from = "grade" }')
        mine = event("a", "2024-03-04", grade="low")
        log = xes(trace("7", mine, grade="annual"), trace("8", event("a", "2024-03-05"), grade="annual"))
        assert [("case_opened", "low"), ("case_opened", "annual")] == from_xes(tmp_path, mapping, log).values("level")

    def test_an_attribute_inside_another_has_a_path(self, tmp_path: Path) -> None:
        """The path is OUTER/NAME, through lists too."""
        mapping = MAPPING.replace('level = "standard"', 'level = { from = "trace:file/grade" }')
        nested = '<string key="file" value="x"><string key="grade" value="low"/></string>'
        listed = '<list key="file"><values><string key="grade" value="annual"/></values></list>'
        log = xes(
            ONE.replace("<event>", nested + "<event>"), ONE.replace('"7"', '"8"').replace("<event>", listed + "<event>")
        )
        found = {level for _, level in from_xes(tmp_path, mapping, log).values("level")}
        assert {"low", "annual"} == found

    def test_only_the_wanted_transitions_are_read(self, tmp_path: Path) -> None:
        """Their letters may have any case; the others are counted."""
        mapping = MAPPING.replace("[office]", 'transitions = ["complete"]\n[office]')
        done = event("a", "2024-03-04", **{"lifecycle:transition": "COMPLETE"})
        begun = event("a", "2024-03-01", **{"lifecycle:transition": "start"})
        converted = from_xes(tmp_path, mapping, xes(trace("7", begun, done)))
        assert [to_ms("2024-03-04T00:00:00+01:00")] == [one.occurred_at for one in converted.events]
        assert {"events: its transition is not among log.transitions": 1} == converted.skipped()

    def test_comments_and_elements_before_the_traces_are_ignored(self, tmp_path: Path) -> None:
        """They are extensions, globals and classifiers; defaults of globals are no values."""
        head = '<?pi x?><!-- c --><global scope="event"><string key="grade" value="UNKNOWN"/></global>'
        log = xes(ONE).replace("<trace>", head + "<trace><!-- c -->", 1)
        assert 1 == from_xes(tmp_path, MAPPING, log).report.cases

    def test_memory_does_not_grow_with_the_log(self, tmp_path: Path) -> None:
        """Elements are freed after reading, and records are on disk: 20,000 traces need no more than 2,000."""
        (tmp_path / "mapping.toml").write_text(MAPPING)
        mapping = load_mapping(tmp_path / "mapping.toml")
        peaks = []
        for traces in (2_000, 20_000):
            (tmp_path / "log.xes").write_text(xes(*[ONE.replace('"7"', f'"{n}"') for n in range(traces)]))
            tracemalloc.start()
            report = ConversionReport("x", "y")
            assert traces == sum(1 for _ in read_xes(tmp_path / "log.xes", mapping, report, chunk_bytes=1 << 16))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] - peaks[0] < 12_000_000, peaks


class TestSkipped:
    @pytest.mark.parametrize(
        ("bad", "reason"),
        [
            (event("", "2024-03-04"), "no value for log.activity"),
            (event("a", ""), "no value for log.timestamp"),
            (
                event("a", "soon"),
                (
                    "the value for log.timestamp is no date and time of a known form; its shape is AAAA: name its form "
                    "in log.timestamp_format"
                ),
            ),
        ],
    )
    def test_an_incomplete_event(self, tmp_path: Path, bad: str, reason: str) -> None:
        """It is counted, with its line; the others of the trace are read."""
        converted = from_xes(tmp_path, MAPPING, xes(trace("7", "\n", bad, event("a", "2024-03-04"))))
        assert {f"events: {reason}": 1} == converted.skipped()
        assert 2 == converted.report.skipped[0].first_line
        assert 1 == converted.report.cases

    def test_a_trace_without_a_usable_event(self, tmp_path: Path) -> None:
        """It has no time."""
        assert {"traces: the trace has no event that can be used": 1} == from_xes(
            tmp_path, MAPPING, xes(trace("7"), ONE)
        ).skipped()

    def test_a_trace_without_a_name(self, tmp_path: Path) -> None:
        """An event without a case is skipped."""
        nameless = ONE.replace('<string key="concept:name" value="7"/>', "", 1)
        assert 1 == from_xes(tmp_path, MAPPING, xes(nameless, ONE)).skipped()["events: no value for log.case"]

    def test_an_event_outside_a_trace(self, tmp_path: Path) -> None:
        """The standard allows it; it belongs to no case."""
        log = xes(ONE, event("a", "2024-03-04"))
        assert {"events: an event outside a trace": 1} == from_xes(tmp_path, MAPPING, log).skipped()

    def test_two_traces_of_one_case_are_both_converted(self, tmp_path: Path) -> None:
        """The report notes it."""
        converted = from_xes(tmp_path, MAPPING, xes(ONE, trace("7", event("b", "2024-05-01"))))
        assert {"traces: a trace of a case that has had one: both are read": 1} == converted.noted()
        assert 1 == len({one.case_id for one in converted.events if isinstance(one, hot.CaseEvent)})
        assert 1 == converted.report.cases


class TestTracesOfOneCase:
    """Their records follow the file, as the rows of one case in a CSV log do."""

    MAPPED = MAPPING.replace('default = "MAIN"', 'names = { "a" = "A", "b" = "B", "c" = "C", "d" = "D" }') + ASSIGNED

    def offices(self, folder: Path, *traces: tuple[tuple[str, str], ...]) -> list[str]:
        """Return the office of each assignment, by time; a trace is given by desks and times."""
        events = [[event("a", time, desk=desk, **{"org:resource": "ann"}) for desk, time in own] for own in traces]
        assigned = from_xes(folder, self.MAPPED, xes(*(trace("7", *own) for own in events))).of("officer_assigned")
        return [str(getattr(one, "office", "")) for one in sorted(assigned, key=lambda one: one.occurred_at)]

    def test_records_of_one_instant_follow_the_file(self, tmp_path: Path) -> None:
        """Each is a millisecond after its predecessor, over all traces."""
        at = "2024-03-04T09:00:00Z"
        traces = ((("c", at), ("a", at)), (("b", at),), (("d", at), ("a", at)))
        assert ["C", "A", "B", "D", "A"] == self.offices(tmp_path, *traces)

    def test_a_trace_with_the_newest_first_is_reversed(self, tmp_path: Path) -> None:
        """The other traces are not."""
        late, early = "2024-03-05T09:00:00Z", "2024-03-04T09:00:00Z"
        traces = ((("d", late), ("b", early), ("a", early)), (("c", early), ("b", late)))
        assert ["A", "B", "C", "D", "B"] == self.offices(tmp_path, *traces)

    def test_a_log_with_the_newest_first_is_reversed(self, tmp_path: Path) -> None:
        """The last trace is the first then."""
        late, early = "2024-03-05T09:00:00Z", "2024-03-04T09:00:00Z"
        assert ["A", "B", "C"] == self.offices(tmp_path, (("c", late), ("b", early)), (("a", early),))

    def test_only_the_first_record_of_the_case_is_its_first(self, tmp_path: Path) -> None:
        """A later trace does not open it again, and a value that it had before is no change."""
        again = event("a", "2024-05-01", desk="a", **{"org:resource": "ann"})
        once = event("a", "2024-03-04", desk="a", **{"org:resource": "ann"})
        converted = from_xes(tmp_path, self.MAPPED, xes(trace("7", once), ONE.replace('"7"', '"8"'), trace("7", again)))
        case = converted.of("officer_assigned")[0].case_id
        assert ["case_opened", "officer_assigned"] == [
            one.type for one in converted.events if getattr(one, "case_id", "") == case
        ]

    def test_a_repeated_record_is_counted(self, tmp_path: Path) -> None:
        """It may be in another trace."""
        noted = from_xes(tmp_path, MAPPING, xes(ONE, ONE)).noted()
        assert 1 == noted["records: repeats a record of the case before it: both are read"]


class TestRefused:
    def test_no_xml(self, tmp_path: Path) -> None:
        """The error names the line and none of the content."""
        assert "log.xes:1: is not well-formed XML up to its end" == refusal(tmp_path, "case,activity\n")

    def test_truncated_xml(self, tmp_path: Path) -> None:
        """There is no output file, not even half a log."""
        assert "is not well-formed XML up to its end" in refusal(tmp_path, xes(ONE, ONE)[:-20])
        assert not (tmp_path / "out.jsonl").exists()

    def test_a_truncated_gzip_stream(self, tmp_path: Path) -> None:
        """Its end is missing."""
        content = gzip.compress(xes(*[ONE] * 500).encode())
        assert "log.xes: the gzip stream is cut off or damaged" == refusal(tmp_path, content[:-40])

    def test_no_trace(self, tmp_path: Path) -> None:
        """It is some other XML."""
        assert refusal(tmp_path, "<html/>").startswith("log.xes: holds no trace: an XES log is <log> with a <trace>")

    def test_a_document_type(self, tmp_path: Path) -> None:
        """It could name a file of the machine, or expand without limit."""
        bomb = '<!DOCTYPE log [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
        log = xes(trace("&b;", event("a", "2024-03-04"))).replace("<log", bomb + "<log")
        assert refusal(tmp_path, log).startswith("log.xes:1: declares a document type (<!DOCTYPE>): XES has none")

    def test_nothing_is_fetched(self, tmp_path: Path) -> None:
        """No document type is loaded from the network and no entity from the disk."""
        (tmp_path / "secret").write_text("7 sesame")
        doctype = f'<!DOCTYPE log [<!ENTITY s SYSTEM "file://{tmp_path}/secret">]>'
        log = xes(ONE.replace("<event>", "<event>&s;")).replace("<log", doctype + "<log")
        assert "sesame" not in refusal(tmp_path, log)


class TestPermits:
    """The repository's mapping, on a log of the form that it is made for."""

    def event(self, activity: str, time: str, clerk: str, number: int) -> str:
        own = {"org:group": "Group 1", "concept:instance": f"task-{number}", "org:resource": clerk}
        return event(activity, time, **own, **{"lifecycle:transition": "complete"})

    def log(self) -> str:
        dates = (
            '<date key="startdate" value="2011-10-06T01:06:40.020+02:00"/>'
            '<date key="deadline" value="2011-12-01T01:06:40.000+01:00"/>'
        )
        end = '<date key="enddate" value="2011-11-17T07:53:06.189+01:00"/>'
        own = '<string key="responsible" value="Resource11"/><string key="department" value="General"/>'
        events = (
            self.event("Confirmation of receipt", "2011-10-18T15:53:19.732+02:00", "Resource03", 1),
            self.event("T02 Check confirmation of receipt", "2011-10-18T15:54:38.108+02:00", "admin1", 2),
            self.event("T08 Draft and send request for advice", "2011-10-19T10:00:00+02:00", "Resource07", 3),
            self.event(
                "T09-3 Process or receive external advice from party 3", "2011-10-20T10:00:00+02:00", "Resource07", 4
            ),
        )
        return xes(trace("case-10024", own, dates, end, *events), trace("case-10025", own, dates, *events[:1]))

    def converted(self, folder: Path) -> list[hot.AnyEvent]:
        return from_xes(folder, PERMITS.read_text(), self.log()).events

    def test_a_case_is_converted_in_order(self, tmp_path: Path) -> None:
        """It is opened, assigned, has a date for the decision, steps, advice requested and received, and is closed."""
        first = self.converted(tmp_path)
        case = next(one.case_id for one in first if isinstance(one, hot.CaseClosed))
        found = sorted(
            (one.occurred_at, one.type) for one in first if isinstance(one, hot.CaseEvent) and one.case_id == case
        )
        assert [
            "case_opened",
            "check_in_completed",
            "hearing_scheduled",
            "officer_assigned",
            "check_in_completed",
            "check_in_completed",
            "hearing_scheduled",
            "officer_assigned",
            "check_in_completed",
            "hearing_held",
            "case_closed",
        ] == [event_type for _, event_type in found]

    def test_the_date_of_the_decision_is_the_legal_deadline(self, tmp_path: Path) -> None:
        """It is a hearing, because no one has to attend."""
        due = {one.due_at for one in self.converted(tmp_path) if isinstance(one, hot.HearingScheduled)}
        assert {to_ms("2011-12-01T01:06:40+01:00"), to_ms("2011-11-16T10:00:00+02:00")} == due

    def test_a_case_without_an_end_stays_open(self, tmp_path: Path) -> None:
        """It was pending when the log ended."""
        assert 1 == sum(isinstance(one, hot.CaseClosed) for one in self.converted(tmp_path))

    def test_nothing_of_the_source_is_in_the_log_or_the_report(self, tmp_path: Path) -> None:
        """It has no cases, tasks, clerks, groups, departments or activities."""
        text = from_xes(tmp_path, PERMITS.read_text(), self.log()).text
        assert re.search(r"Resource\d|case-\d|task-\d|Group \d|admin\d|General\b|advice|10024", text) is None

    def test_two_conversions_are_equal(self, tmp_path: Path) -> None:
        """Both have the same key."""
        log, mapping = tmp_path / "log.xes", load_mapping(PERMITS)
        log.write_text(self.log())
        for name in ("one", "two"):
            with LogWriter(tmp_path / f"{name}.jsonl.gz") as out:
                convert_xes(log, mapping, KEY, out)
        assert (tmp_path / "one.jsonl.gz").read_bytes() == (tmp_path / "two.jsonl.gz").read_bytes()

    def test_officer_changes_follow_the_time_of_the_events(self, tmp_path: Path) -> None:
        """Their order in the file does not matter."""
        log = xes(
            trace(
                "7",
                event("b", "2024-03-05T09:00:00Z", **{"org:resource": "bob"}),
                event("a", "2024-03-04T09:00:00Z", **{"org:resource": "ann"}),
            )
        )
        assigned = from_xes(tmp_path, MAPPING + ASSIGNED, log).of("officer_assigned")
        assert [to_ms("2024-03-04T09:00:00Z"), to_ms("2024-03-05T09:00:00Z")] == [one.occurred_at for one in assigned]
