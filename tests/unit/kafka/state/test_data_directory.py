"""The data directory belongs to one worker; a worker starts without one, too."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.kafka.state.data_directory import DataDirectory
from tests.kafka.waiting import LIMIT


@pytest.fixture
def directory_at() -> Iterator[Callable[[Path], DataDirectory]]:
    """Make directories, and release all of them in the end."""
    made: list[DataDirectory] = []

    def directory(path: Path) -> DataDirectory:
        made.append(DataDirectory(path))
        return made[-1]

    yield directory
    for each in made:
        each.release()


class TestDataDirectory:
    def test_only_its_owner_may_read_it(self, tmp_path: Path, directory_at: Callable[[Path], DataDirectory]) -> None:
        """It has the state of cases."""
        path = tmp_path / "some" / "where"
        assert path == directory_at(path).acquire()
        assert 0o700 == path.stat().st_mode & 0o777

    def test_a_second_worker_works_without_it(
        self, tmp_path: Path, directory_at: Callable[[Path], DataDirectory], caplog: pytest.LogCaptureFixture
    ) -> None:
        """One sentence names the directory and what would be right."""
        first = directory_at(tmp_path)
        assert tmp_path == first.acquire()
        assert directory_at(tmp_path).acquire() is None
        advice = "give each one on a machine a directory of its own; this worker keeps no checkpoints"
        assert [f"DOCKETWATCH_DATA_DIR: {tmp_path} is used by another worker: {advice}"] == caplog.messages
        first.release()
        assert tmp_path == directory_at(tmp_path).acquire()

    def test_a_killed_worker_releases_it(self, tmp_path: Path, directory_at: Callable[[Path], DataDirectory]) -> None:
        """The lock belongs to the process and not to the file."""
        holding = (
            "import sys, pathlib\n"
            "from streams.kafka.state.data_directory import DataDirectory\n"
            f"held = DataDirectory(pathlib.Path({str(tmp_path)!r}))\n"
            "assert held.acquire()\n"
            "print('taken', flush=True)\n"
            "sys.stdin.read()\n"
        )
        holder = subprocess.Popen(
            [sys.executable, "-c", holding], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        with holder:
            assert holder.stdout is not None
            assert "taken\n" == holder.stdout.readline()
            assert directory_at(tmp_path).acquire() is None
            holder.kill()
            holder.wait(LIMIT)
            assert tmp_path == directory_at(tmp_path).acquire()

    def test_one_that_cannot_be_written_to(
        self, tmp_path: Path, directory_at: Callable[[Path], DataDirectory], caplog: pytest.LogCaptureFixture
    ) -> None:
        """It is on a read-only disk, or below a file."""
        (tmp_path / "file").write_bytes(b"")
        path = tmp_path / "file" / "data"
        assert directory_at(path).acquire() is None
        assert [
            f"DOCKETWATCH_DATA_DIR: {path} cannot be written to (Not a directory); this worker keeps no checkpoints"
        ] == caplog.messages
