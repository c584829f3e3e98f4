"""The data directory: one worker's alone, and none is no reason not to start."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from streams.kafka.state.data_directory import DataDirectory


@pytest.fixture
def directory_at() -> Iterator[Callable[[Path], DataDirectory]]:
    """Makes them, and lets go of all in the end."""
    made: list[DataDirectory] = []

    def directory(path: Path) -> DataDirectory:
        made.append(DataDirectory(path))
        return made[-1]

    yield directory
    for each in made:
        each.release()


class TestDataDirectory:
    def test_it_is_made_for_its_owner(self, tmp_path: Path, directory_at: Callable[[Path], DataDirectory]) -> None:
        """Nobody else reads the state of cases."""
        path = tmp_path / "some" / "where"
        assert path == directory_at(path).acquire()
        assert 0o700 == path.stat().st_mode & 0o777

    def test_a_second_worker_goes_without(
        self, tmp_path: Path, directory_at: Callable[[Path], DataDirectory], caplog: pytest.LogCaptureFixture
    ) -> None:
        """One sentence says which directory, and what would be right."""
        first = directory_at(tmp_path)
        assert tmp_path == first.acquire()
        assert directory_at(tmp_path).acquire() is None
        advice = "give each one on a machine a directory of its own; this worker keeps no checkpoints"
        assert [f"DOCKETWATCH_DATA_DIR: {tmp_path} is used by another worker: {advice}"] == caplog.messages
        first.release()
        assert tmp_path == directory_at(tmp_path).acquire()

    def test_a_worker_that_was_killed_lets_go(
        self, tmp_path: Path, directory_at: Callable[[Path], DataDirectory]
    ) -> None:
        """The lock is the process's, not the file's."""
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
            holder.wait(120)
            assert tmp_path == directory_at(tmp_path).acquire()

    def test_one_that_cannot_be_written_to(
        self, tmp_path: Path, directory_at: Callable[[Path], DataDirectory], caplog: pytest.LogCaptureFixture
    ) -> None:
        """As on a read-only disk, or under a file."""
        (tmp_path / "file").write_bytes(b"")
        path = tmp_path / "file" / "data"
        assert directory_at(path).acquire() is None
        assert [
            f"DOCKETWATCH_DATA_DIR: {path} cannot be written to (Not a directory); this worker keeps no checkpoints"
        ] == caplog.messages
