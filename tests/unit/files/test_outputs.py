"""The output writer: complete files or none, only over regular files, and streams to everything else."""

import os
import signal
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.errors import OutputError, ReaderGoneError
from streams.files.outputs import OutputFile, OutputGroup, write_file
from tests.kafka.waiting import LIMIT

UNPRIVILEGED = 65534


@contextmanager
def as_unprivileged_user() -> Iterator[Path]:
    """Return a directory that everyone may enter, with the rights of a user who owns nothing in it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        if os.geteuid() != 0:
            yield Path(folder)
            return
        os.seteuid(UNPRIVILEGED)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)


class FailedError(Exception):
    """The failure of a test."""


def names(folder: str | Path) -> list[str]:
    """Return the names in a directory, sorted."""
    return sorted(path.name for path in Path(folder).iterdir())


def fail_after(path: Path, content: bytes) -> None:
    with OutputFile(path) as file:
        file.write(content)
        raise FailedError


def write_both(*paths: Path) -> None:
    with OutputGroup() as outputs:
        for path in paths:
            outputs.add(OutputFile(path)).write(b"new")


class TestRegularFile:
    def test_it_appears_at_the_end(self, tmp_path: Path) -> None:
        """Until the end its name does not exist, or has the old contents."""
        with OutputFile(tmp_path / "out") as file:
            file.write(b"new")
            assert not (tmp_path / "out").exists()
        assert b"new" == (tmp_path / "out").read_bytes()
        assert ["out"] == names(tmp_path)

    @pytest.mark.parametrize("before", [None, b"old"])
    def test_a_failure_keeps_the_old_file(self, tmp_path: Path, before: bytes | None) -> None:
        """The old file is complete, or there is none; and no other file is left."""
        path = tmp_path / "out"
        if before is not None:
            path.write_bytes(before)
        with pytest.raises(FailedError):
            fail_after(path, b"new")
        assert before == (path.read_bytes() if path.exists() else None)
        assert ([] if before is None else ["out"]) == names(tmp_path)

    def test_a_full_disk_keeps_the_old_file(self, tmp_path: Path) -> None:
        """A limit on the size of files replaces the disk; the error names the file and the reason."""
        resource = pytest.importorskip("resource")
        path = tmp_path / "out"
        path.write_bytes(b"old")
        before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, before[1]))
        try:
            with pytest.raises(OutputError, match=r"/out: cannot be written: File too large"):
                write_file(path, bytes(1 << 20))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert b"old" == path.read_bytes()
        assert ["out"] == names(tmp_path)

    def test_the_mode_is_kept(self, tmp_path: Path) -> None:
        """A file that only its owner may read stays so."""
        path = tmp_path / "out"
        path.touch(mode=0o600)
        write_file(path, b"new")
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)

    def test_a_new_file_has_the_mode_of_the_umask(self, tmp_path: Path) -> None:
        """The mode is that of any new file."""
        (tmp_path / "other").touch()
        write_file(tmp_path / "out", b"new")
        assert (tmp_path / "other").stat().st_mode == (tmp_path / "out").stat().st_mode

    def test_the_longest_name(self, tmp_path: Path) -> None:
        """The name during the writing is not longer."""
        write_file(tmp_path / ("x" * 255), b"new")
        assert ["x" * 255] == names(tmp_path)

    def test_another_name_of_the_old_file_keeps_it(self, tmp_path: Path) -> None:
        """A hard link is a separate file from then on."""
        (tmp_path / "out").write_bytes(b"old")
        (tmp_path / "kept").hardlink_to(tmp_path / "out")
        write_file(tmp_path / "out", b"new")
        assert (b"new", b"old") == ((tmp_path / "out").read_bytes(), (tmp_path / "kept").read_bytes())

    def test_a_pipe_created_meanwhile_stays(self, tmp_path: Path) -> None:
        """The output does not replace a pipe that was created there after the beginning."""
        path = tmp_path / "out"
        with pytest.raises(OutputError, match="is no regular file any more, so it was not replaced"), OutputFile(path):
            os.mkfifo(path)
        assert path.is_fifo()
        assert ["out"] == names(tmp_path)


class TestLink:
    def test_its_target_is_replaced(self, tmp_path: Path) -> None:
        """The link stays a link."""
        (tmp_path / "far").mkdir()
        (tmp_path / "far" / "file").write_bytes(b"old")
        (tmp_path / "link").symlink_to("far/file")
        write_file(tmp_path / "link", b"new")
        assert (tmp_path / "link").is_symlink()
        assert b"new" == (tmp_path / "far" / "file").read_bytes()

    def test_its_missing_target_is_created(self, tmp_path: Path) -> None:
        """The link may name a file that does not exist yet."""
        (tmp_path / "link").symlink_to(tmp_path / "file")
        write_file(tmp_path / "link", b"new")
        assert (tmp_path / "link").is_symlink()
        assert b"new" == (tmp_path / "file").read_bytes()

    def test_a_circle_is_refused(self, tmp_path: Path) -> None:
        """The error has the system's reason."""
        (tmp_path / "one").symlink_to("two")
        (tmp_path / "two").symlink_to("one")
        with pytest.raises(OutputError, match="/one: cannot be written: Too many levels of symbolic links"):
            OutputFile(tmp_path / "one")


class TestStream:
    @pytest.mark.parametrize("is_link", [False, True])
    def test_a_pipe_stays_one(self, tmp_path: Path, is_link: bool) -> None:
        """Its reader gets every byte."""
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        (tmp_path / "link").symlink_to("pipe")
        got: list[bytes] = []
        reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
        reader.start()
        write_file(tmp_path / "link" if is_link else pipe, bytes(300_000))
        reader.join(LIMIT)
        assert [bytes(300_000)] == got
        assert pipe.is_fifo()
        assert {"link", "pipe"} == set(names(tmp_path))

    def test_a_pipe_that_its_reader_closed(self, tmp_path: Path) -> None:
        """The error names it; the exit code is that of SIGPIPE."""
        reading, writing = os.pipe()
        os.close(reading)
        try:
            with pytest.raises(ReaderGoneError, match="the reader of the pipe went away") as error:
                write_file(Path(f"/dev/fd/{writing}"), b"x")
        finally:
            os.close(writing)
        assert 141 == error.value.exit_code

    @pytest.mark.parametrize("folder", ["/dev/fd", "/proc/self/fd", "/proc/{pid}/fd"])
    def test_a_descriptor_is_written_from_its_position(self, tmp_path: Path, folder: str) -> None:
        """Earlier output of the shell or another program stays, and later output follows."""
        with (tmp_path / "out").open("wb", buffering=0) as file:
            file.write(b"before ")
            write_file(Path(folder.format(pid=os.getpid()), str(file.fileno())), b"ours ")
            file.write(b"after")
        assert b"before ours after" == (tmp_path / "out").read_bytes()

    def test_a_link_to_the_standard_output(self, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
        """It is followed like any other link."""
        (tmp_path / "link").symlink_to("/dev/stdout")
        write_file(tmp_path / "link", b"out\n")
        assert (tmp_path / "link").is_symlink()
        assert "out\n" == capfd.readouterr().out

    def test_a_device_stays_one(self, tmp_path: Path) -> None:
        """The test makes another null device, because it must not risk the machine's."""
        device = tmp_path / "null"
        try:
            os.mknod(device, stat.S_IFCHR | 0o666, Path(os.devnull).stat().st_rdev)
            device.write_bytes(b"")
        except PermissionError:
            pytest.skip("only root makes devices, where the file system has them")
        write_file(device, b"x")
        assert device.is_char_device()

    def test_a_full_device(self, tmp_path: Path) -> None:
        """The error has the system's reason; the test uses a link, so that a faulty writer would do no harm."""
        (tmp_path / "full").symlink_to("/dev/full")
        with pytest.raises(OutputError, match="/full: cannot be written: No space left on device"):
            write_file(tmp_path / "full", b"x")

    def test_a_disk_is_refused(self, tmp_path: Path) -> None:
        """A disk would be overwritten from its first byte."""
        disk = tmp_path / "disk"
        try:
            os.mknod(disk, stat.S_IFBLK | 0o600, os.makedev(7, 254))
        except PermissionError:
            pytest.skip("only root makes devices")
        with pytest.raises(OutputError, match="/disk: is a disk: writing there would destroy what is on it"):
            OutputFile(disk)


class TestRefusals:
    def test_a_directory(self, tmp_path: Path) -> None:
        """The output must be a file."""
        with pytest.raises(OutputError, match=f"^{tmp_path}: is a directory: name a file in it$"):
            OutputFile(tmp_path)

    def test_no_such_directory(self, tmp_path: Path) -> None:
        """The error has the system's reason."""
        with pytest.raises(OutputError, match=r"absent/out: cannot be written: No such file or directory"):
            OutputFile(tmp_path / "absent" / "out")

    def test_a_file_that_is_read_only(self) -> None:
        """It is refused although its directory would let it be replaced."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o777)
            path = Path(folder, "out")
            path.write_bytes(b"old")
            path.chmod(0o444)
            if os.geteuid() == 0:
                os.seteuid(UNPRIVILEGED)
            try:
                with pytest.raises(OutputError, match="/out: cannot be written: it is read-only"):
                    write_file(path, b"new")
            finally:
                if os.getuid() == 0:
                    os.seteuid(0)
            assert b"old" == path.read_bytes()
            assert ["out"] == names(folder)

    def test_a_directory_that_is_read_only(self) -> None:
        """The error comes before any computation."""
        with as_unprivileged_user() as folder:
            if os.geteuid() != UNPRIVILEGED:
                folder.chmod(0o555)
            with pytest.raises(OutputError, match="/out: cannot be written: Permission denied"):
                OutputFile(folder / "out")

    def test_a_closed_descriptor(self) -> None:
        """`>&-` closes it."""
        reading, writing = os.pipe()
        os.close(reading)
        os.close(writing)
        with pytest.raises(OutputError, match="cannot be written: Bad file descriptor"):
            OutputFile(Path(f"/dev/fd/{writing}"))


class TestOutputGroup:
    def test_all_appear_together(self, tmp_path: Path) -> None:
        """No output appears before the last one is complete."""
        with OutputGroup() as outputs:
            for name in "ab":
                outputs.add(OutputFile(tmp_path / name)).write(name.encode())
            assert not {"a", "b"} & set(names(tmp_path))
        assert ["a", "b"] == names(tmp_path)

    def test_one_failure_keeps_all_old_files(self, tmp_path: Path) -> None:
        """Complete outputs are discarded, too."""
        (tmp_path / "a").write_bytes(b"old")
        (tmp_path / "full").symlink_to("/dev/full")
        with pytest.raises(OutputError, match="/full: cannot be written: No space left"):
            write_both(tmp_path / "a", tmp_path / "full")
        assert b"old" == (tmp_path / "a").read_bytes()
        assert ["a", "full"] == names(tmp_path)

    def test_one_that_cannot_be_opened(self, tmp_path: Path) -> None:
        """Nothing is left of those that were opened before."""
        with pytest.raises(OutputError, match="is a directory"):
            write_both(tmp_path / "a", tmp_path)
        assert [] == names(tmp_path)
