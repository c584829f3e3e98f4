"""The inputs of a command: files, pipes, and descriptors from their current position."""

import os
from pathlib import Path

import pytest

from streams.errors import InputError
from streams.files.inputs import read_input, rereadable


class TestReadInput:
    def test_a_descriptor_is_read_from_its_position(self, tmp_path: Path) -> None:
        """`{ read line; docketwatch evaluate - ...; } < file` needs this."""
        (tmp_path / "log").write_bytes(b"head\nrest\n")
        with (tmp_path / "log").open("rb", buffering=0) as file:
            file.read(5)
            assert b"rest\n" == read_input(Path(f"/dev/fd/{file.fileno()}"))


class TestRereadable:
    def test_a_file_is_not_copied(self, tmp_path: Path) -> None:
        """The path is used as it is."""
        (tmp_path / "log").touch()
        with rereadable([tmp_path / "log"]) as paths:
            assert (tmp_path / "log",) == paths

    def test_a_pipe_is_copied(self, tmp_path: Path) -> None:
        """The copy can be read any number of times, and is deleted afterwards."""
        reading, writing = os.pipe()
        os.write(writing, b"line\n")
        os.close(writing)
        (tmp_path / "log").touch()
        with rereadable([tmp_path / "log", Path(f"/dev/fd/{reading}")]) as (log, copy):
            assert tmp_path / "log" == log
            assert [b"line\n"] * 2 == [copy.read_bytes(), copy.read_bytes()]
        assert not copy.exists()
        os.close(reading)

    def test_an_unreadable_input(self) -> None:
        """The error names it with the system's reason."""
        copies = rereadable([Path("/dev/fd/999")])
        with pytest.raises(InputError, match="/dev/fd/999: cannot be kept to be read again: Bad file descriptor"):
            copies.__enter__()
