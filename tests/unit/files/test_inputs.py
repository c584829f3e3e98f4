"""What a command reads: files, pipes, and descriptors from where they stand."""

import os
from pathlib import Path

import pytest

from streams.errors import InputError
from streams.files.inputs import read_input, rereadable


class TestReadInput:
    def test_a_descriptor_is_read_from_where_it_stands(self, tmp_path: Path) -> None:
        """As `{ read line; docketwatch evaluate - ...; } < file` wants it."""
        (tmp_path / "log").write_bytes(b"head\nrest\n")
        with (tmp_path / "log").open("rb", buffering=0) as file:
            file.read(5)
            assert b"rest\n" == read_input(Path(f"/dev/fd/{file.fileno()}"))


class TestRereadable:
    def test_files_stay_where_they_are(self, tmp_path: Path) -> None:
        """Nothing is copied."""
        (tmp_path / "log").touch()
        with rereadable([tmp_path / "log"]) as paths:
            assert (tmp_path / "log",) == paths

    def test_a_pipe_is_copied(self, tmp_path: Path) -> None:
        """It can be read as often as need be, and the copy goes away."""
        reading, writing = os.pipe()
        os.write(writing, b"line\n")
        os.close(writing)
        (tmp_path / "log").touch()
        with rereadable([tmp_path / "log", Path(f"/dev/fd/{reading}")]) as (log, copy):
            assert tmp_path / "log" == log
            assert [b"line\n"] * 2 == [copy.read_bytes(), copy.read_bytes()]
        assert not copy.exists()
        os.close(reading)

    def test_what_cannot_be_read(self) -> None:
        """Is named, with the system's reason."""
        copies = rereadable([Path("/dev/fd/999")])
        with pytest.raises(InputError, match="/dev/fd/999: cannot be kept to be read again: Bad file descriptor"):
            copies.__enter__()
