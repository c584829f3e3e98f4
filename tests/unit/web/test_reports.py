"""Reports of the console: made by the command, kept while the log is as it was, one at a time."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.instants import to_ms
from streams.web.own_command import CommandFailedError
from streams.web.pages.report import requested
from streams.web.reports import ReportRequest, Reports, weeks_before

REQUEST = ReportRequest("ATL", "2026-W10")


class Command:
    """A command that writes a page and names a case when it is asked for."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    async def __call__(self, words: Sequence[str]) -> bytes:
        self.calls.append(list(words))
        await asyncio.sleep(0)
        if "--office=NONE" in words:
            raise CommandFailedError("--office: no case and no officer of the log is at the office NONE")
        Path(words[words.index("--out") + 1]).write_text(f"page {len(self.calls)}")
        cases = [{"case_id": "c-1", "cause": "no_officer"}, {"case_id": "c-1", "cause": "in_transit"}]
        return json.dumps({"cases": cases} if "--ids" in words else {}).encode()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return a log."""
    file = tmp_path / "log.jsonl"
    file.write_text("{}\n")
    return file


class TestReports:
    def test_the_command_makes_the_page(self, log: Path) -> None:
        """It gets the office, the week, the policy and the log."""
        command = Command()
        reports = Reports([log], ["--policy", "p.toml"], command, lambda: 7)
        assert reports.find(REQUEST) is None
        made = asyncio.run(reports.make(REQUEST))
        assert (b"page 1", [], 7) == (made.html, made.case_ids, made.made_at)
        assert made is reports.find(REQUEST)
        words = command.calls[0]
        assert ["report", "--office=ATL", "--week=2026-W10", "--json", "--out"] == words[:5]
        assert ["--policy", "p.toml", "--", str(log)] == words[6:]

    def test_it_names_each_case_once(self, log: Path) -> None:
        """The audit gets the cases of the page."""
        made = asyncio.run(Reports([log], [], Command(), lambda: 7).make(REQUEST._replace(with_ids=True)))
        assert ["c-1"] == made.case_ids

    def test_a_page_is_made_again_when_the_log_has_grown(self, log: Path) -> None:
        """While the log is as it was the page is kept."""
        command = Command()
        reports = Reports([log], [], command, lambda: 7)

        async def make() -> list[bytes]:
            before = [await reports.make(REQUEST), await reports.make(REQUEST)]
            log.write_text("{}\n{}\n")
            return [each.html for each in (*before, await reports.make(REQUEST))]

        assert [b"page 1", b"page 1", b"page 2"] == asyncio.run(make())

    def test_a_page_of_the_topics_is_made_again(self) -> None:
        """Without a log nothing says whether there are new events; the command gets no file."""
        command = Command()
        reports = Reports([], [], command, lambda: 7)

        async def make() -> list[bytes]:
            return [(await reports.make(REQUEST)).html for _ in range(2)]

        assert [b"page 1", b"page 2"] == asyncio.run(make())
        assert "--" == command.calls[0][-1]

    def test_two_requests_at_once_make_one_page(self, log: Path) -> None:
        """The second one waits, and takes the page of the first."""
        command = Command()
        reports = Reports([log], [], command, lambda: 7)

        async def make() -> None:
            await asyncio.gather(reports.make(REQUEST), reports.make(REQUEST))

        asyncio.run(make())
        assert 1 == len(command.calls)
        assert not reports.is_busy

    def test_the_last_pages_are_kept(self, log: Path) -> None:
        """The oldest of more than 16 is dropped."""
        reports = Reports([log], [], Command(), lambda: 7)
        requests = [ReportRequest("ATL", f"2026-W{week}") for week in range(10, 27)]

        async def make() -> None:
            for request in requests:
                await reports.make(request)

        asyncio.run(make())
        assert [False, *[True] * 16] == [reports.find(request) is not None for request in requests]

    def test_a_failure_is_the_sentence_of_the_command(self, log: Path) -> None:
        """Nothing is kept of it."""
        reports = Reports([log], [], Command(), lambda: 7)
        with pytest.raises(CommandFailedError, match="at the office NONE"):
            asyncio.run(reports.make(ReportRequest("NONE", "2026-W10")))
        assert reports.find(ReportRequest("NONE", "2026-W10")) is None


class TestRequested:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({"office": "ATL", "week": "2026-W10"}, REQUEST),
            ({"office": "ATL", "week": "2026-W10", "ids": "yes"}, REQUEST._replace(with_ids=True)),
            ({"office": "ATL", "week": "last"}, None),
            ({"week": "2026-W10"}, None),
            ({"office": "A\0L", "week": "2026-W10"}, None),
        ],
    )
    def test_url(self, fields: dict[str, str], expected: ReportRequest | None) -> None:
        """A URL names an office and a week, or nothing is asked for."""
        assert expected == requested(fields)


class TestWeeksBefore:
    def test_the_year_of_a_week_is_that_of_iso_8601(self) -> None:
        """The latest week is first; 3 January 2027 lies in the last week of 2026."""
        weeks = weeks_before(to_ms("2027-01-03T12:00:00Z"))
        assert (["2026-W53", "2026-W52"], 26) == (weeks[:2], len(weeks))
