"""The measurements and checks of the benchmark with peers, without running it."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.load.peers.contents import FORMATS
from tests.load.peers.docketwatch_kernel import MARK, history
from tests.load.peers.events import events, expected
from tests.load.peers.kernel import advance_all, unpack
from tests.load.peers.meter import Sample, cpu_seconds, peak_mib, window
from tests.load.peers.systems import SYSTEMS
from tests.load.peers.task import Task


def samples(*commits: tuple[float, int]) -> list[Sample]:
    """Return committed counts over time; the system used half a core, the broker a tenth."""
    return [Sample(at, at / 2, at / 10, committed) for at, committed in commits]


class TestWindow:
    def test_it_lies_between_two_commits(self) -> None:
        """The warm-up, the final commit and the samples between two commits do not count."""
        seen = samples((0, 0), (1, 10), (3, 50), (4, 50), (5, 60), (6, 70), (7, 80), (7.5, 80), (30, 100))
        found = window(seen, 50, 100)
        assert found.events == 30
        assert found.per_second == pytest.approx(30 / 4)
        assert found.cpu_us == pytest.approx(2 / 30 * 1e6)
        assert found.broker_cpu_us == pytest.approx(0.4 / 30 * 1e6)

    def test_too_few_commits_are_an_error(self) -> None:
        """The error says what to do."""
        with pytest.raises(ValueError, match="3 commits were seen between 50 and 100 events: give it more events"):
            window(samples((0, 0), (1, 50), (2, 60), (3, 70), (4, 100)), 50, 100)


class TestMeter:
    def test_the_cpu_time_of_a_process_is_its_own(self) -> None:
        """The value read from outside equals the process's own."""
        program = "import time\nwhile time.process_time() < 0.3: pass\nprint(time.process_time(), flush=True)\ninput()"
        command = [sys.executable, "-c", program]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            own = float(process.stdout.readline())
            assert own <= cpu_seconds(process.pid) <= own + 0.1
            process.communicate("\n")

    def test_memory(self) -> None:
        """It is the most resident memory in MiB."""
        assert 10 < peak_mib(os.getpid()) < 100_000


class TestKernel:
    def test_its_history_has_its_flush_marker(self, tmp_path: Path) -> None:
        """The kernel passes to the product what the product takes today."""
        task = Task("127.0.0.1:9", "events", "group", "changelog", 4, 1_000, tmp_path)
        assert MARK == history(task, is_exact=True).flush_marker.key

    def test_it_keeps_what_is_expected(self) -> None:
        """The shared kernel of the Python systems gives the records by which all are checked."""
        cases: dict[bytes, bytes] = {}
        advance_all(cases, [(case.encode(), json) for case, *_, json in events(5_000)])
        read = FORMATS["msgpack"]
        assert dict(read(key, packed) for key, packed in cases.items()) == expected(5_000)

    def test_the_changelog_has_every_changed_case(self) -> None:
        """The last record of a key counts."""
        cases: dict[bytes, bytes] = {}
        changelog = advance_all(cases, [(case.encode(), json) for case, *_, json in events(100)])
        assert dict(changelog) == cases
        assert sum(unpack(packed).count for packed in cases.values()) == 100


class TestFormats:
    KEPT = ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", "o-0001", 7)

    @pytest.mark.parametrize(
        ("form", "key", "value"),
        [
            (
                "kafka streams",
                b"c-1",
                b"".join(bytes([len(text)]) + text.encode() for text in KEPT[:3]) + struct.pack(">i", 7),
            ),
            ("quix", b'"c-1"|"case"', json.dumps(KEPT).encode()),
            (
                "faust",
                b'"c-1"',
                json.dumps(dict(zip(["last_contact", "last_event", "officer", "count"], KEPT, strict=True))).encode(),
            ),
        ],
    )
    def test_each_is_read(self, form: str, key: bytes, value: bytes) -> None:
        """The form is that of the system."""
        assert FORMATS[form](key, value) == ("c-1", self.KEPT)


class TestSystems:
    def test_names_can_be_selected(self) -> None:
        """The command line separates them by commas."""
        names = [system.name for system in SYSTEMS]
        assert len(set(names)) == len(names)
        assert not [name for name in names if "," in name or " " in name]
