"""The log of a process: one JSON object per line, with the place of the work."""

import asyncio
import json
import logging
from collections.abc import Iterator

import pytest

from streams.logs import LogPosition, announce, at, log_to_stderr, work_at

LOG = logging.getLogger("tests.logs")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Restore handlers and levels of the whole process."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    levels = {
        name: logging.getLogger(name).level for name in ("aiokafka", "aiokafka.producer", "faust", "mode", "kafka")
    }
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, its in levels.items():
        logging.getLogger(name).setLevel(its)


def logged(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """Return each line, parsed."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


class TestJson:
    def test_a_line_is_an_object(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The message may have anything; the time is an instant in UTC."""
        log_to_stderr("json")
        LOG.warning("two\nlines, and %s", '"quotes"')
        [line] = logged(capsys)
        assert str(line.pop("time")).endswith("Z")
        assert line == {"level": "warning", "logger": "tests.logs", "message": 'two\nlines, and "quotes"'}

    def test_the_place_of_the_work_is_logged(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Topic, partition and offsets are fields where they are known, and nowhere else."""
        log_to_stderr("json")
        with at(LogPosition("docket.cases", 3, 120, 140)):
            LOG.info("in")
        with at(LogPosition("docket.case-state", 3)):
            LOG.info("restoring")
        LOG.info("out")
        inside, restoring, outside = logged(capsys)
        assert ("docket.cases", 3, 120, 140) == tuple(
            inside[name] for name in ("topic", "partition", "offset", "through")
        )
        assert {"time", "level", "logger", "message", "topic", "partition"} == set(restoring)
        assert {"time", "level", "logger", "message"} == set(outside)

    def test_a_task_has_the_place_of_its_start(self, capsys: pytest.CaptureFixture[str]) -> None:
        """A flush continues while its starter is at the next batch."""

        async def flush() -> None:
            await asyncio.sleep(0)
            LOG.info("flushed")

        async def run() -> None:
            work_at(LogPosition("docket.cases", 0, 1, 9))
            task = asyncio.create_task(flush())
            work_at(LogPosition("docket.cases", 1, 5, 5))
            await task

        log_to_stderr("json")
        asyncio.run(run())
        assert [0] == [line["partition"] for line in logged(capsys)]

    def test_an_exception_is_part_of_the_object(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Its traceback is on the same line."""
        log_to_stderr("json")
        try:
            raise ValueError("wrong")
        except ValueError:
            LOG.critical("it ends", exc_info=True)
        [line] = logged(capsys)
        assert str(line["exception"]).endswith("ValueError: wrong")

    def test_an_announcement_is_an_object_too(self, capsys: pytest.CaptureFixture[str]) -> None:
        """stderr has nothing else."""
        log_to_stderr("json")
        announce("ready: worker", "json")
        assert ["ready: worker"] == [line["message"] for line in logged(capsys)]


class TestText:
    def test_lines_for_a_person(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The line has level, logger and message."""
        log_to_stderr()
        LOG.warning("beware")
        announce("ready: worker", "text")
        first, second = capsys.readouterr().err.splitlines()
        assert first.endswith("WARNING tests.logs: beware")
        assert second == "ready: worker"

    @pytest.mark.parametrize(("verbose", "found"), [(False, 0), (True, 1)])
    def test_the_clients_log_is_optional(self, capsys: pytest.CaptureFixture[str], verbose: bool, found: int) -> None:
        """By default only its warnings and errors are logged."""
        log_to_stderr(verbose=verbose)
        logging.getLogger("aiokafka.consumer").info("chatter")
        assert found == capsys.readouterr().err.count("chatter")
