"""`docketwatch convert`: its outputs, its report and its refusals."""

import json
import stat
from pathlib import Path

import pytest

from schemas.decode import decode
from streams.cli.main import main
from tests.unit.sources.eoir_files import Release
from tests.unit.sources.mappings import HEAD, write_mapping

KEY = "00112233445566778899aabbccddeeff" * 2
ROWS = "case,activity,time,desk,clerk\n1,open,2024-03-04 09:00,front,ann\n"


def run(*words: object) -> int | str | None:
    """Return the exit code of a command."""
    with pytest.raises(SystemExit) as ended:
        main(["convert", *map(str, words)])
    return ended.value.code


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the key of the user who runs the tests."""
    monkeypatch.delenv("DOCKETWATCH_PSEUDONYM_KEY", raising=False)
    monkeypatch.delenv("DOCKETWATCH_PSEUDONYM_KEY_FILE", raising=False)


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """Return a key file."""
    (tmp_path / "key").write_text(KEY)
    return tmp_path / "key"


@pytest.fixture
def csv(tmp_path: Path) -> Path:
    """Return a CSV log with its mapping."""
    write_mapping(tmp_path, HEAD)
    (tmp_path / "log.csv").write_text(ROWS)
    return tmp_path / "log.csv"


class TestConversions:
    def test_eoir(self, tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """It converts a folder to a log, with a report on the terminal and as JSON."""
        folder = Release().case(7).proceeding(1, 7).hearing(1, 1, 7).write(tmp_path / "release")
        assert 0 == run(
            "eoir", folder, "--out", tmp_path / "log.jsonl", "--key-file", key, "--report", tmp_path / "r.json"
        )
        events = [decode(line) for line in (tmp_path / "log.jsonl").read_bytes().splitlines()]
        assert {"case_opened", "officer_assigned", "hearing_scheduled"} == {event.type for event in events}
        report = json.loads((tmp_path / "r.json").read_text())
        assert {"A_TblCase": 1, "B_TblProceeding": 1, "tbl_schedule": 1} == report["rows_read"]
        assert f"eoir.{report['key_id']}" == report["source"] == events[0].source
        assert capsys.readouterr().out.startswith(f"3 events of 1 cases, source {report['source']}\n")

    def test_courts_have_the_zones_of_the_policy(self, tmp_path: Path, key: Path) -> None:
        """The default is the packaged policy `eoir`."""
        folder = Release().case(7).proceeding(1, 7).write(tmp_path / "release")
        policy = tmp_path / "mine.toml"
        policy.write_text('name = "mine"\nversion = "1"\nreview_by = 2030-01-01\n[offices.ATL]\ntz = "Asia/Tokyo"\n')
        for words in ([], ["--policy", policy]):
            run("eoir", folder, "--out", tmp_path / f"{len(words)}.jsonl", "--key-file", key, *words)
        assert b"2020-01-10T05:00:00.000Z" in (tmp_path / "0.jsonl").read_bytes()
        assert b"2020-01-09T15:00:00.000Z" in (tmp_path / "2.jsonl").read_bytes()

    def test_csv(self, tmp_path: Path, csv: Path, key: Path) -> None:
        """It converts a log with its mapping."""
        assert 0 == run(
            "csv", csv, "--mapping", tmp_path / "mapping.toml", "--out", tmp_path / "o.jsonl.zst", "--key-file", key
        )
        assert (tmp_path / "o.jsonl.zst").stat().st_size

    def test_xes(self, tmp_path: Path, key: Path) -> None:
        """It converts a log with its mapping."""
        write_mapping(tmp_path, HEAD)
        log = tmp_path / "log.xes"
        log.write_text(
            '<log><trace><string key="case" value="1"/><event><string key="activity" value="a"/>'
            '<string key="desk" value="front"/><date key="time" value="2024-03-04"/></event></trace></log>'
        )
        assert 0 == run(
            "xes", log, "--mapping", tmp_path / "mapping.toml", "--out", tmp_path / "o.jsonl", "--key-file", key
        )
        assert 1 == len((tmp_path / "o.jsonl").read_text().splitlines())


class TestKeys:
    def test_a_new_key_is_written_and_can_be_used_again(self, tmp_path: Path, csv: Path) -> None:
        """The same key gives the same bytes."""
        words = ("csv", csv, "--mapping", tmp_path / "mapping.toml", "--out")
        assert 0 == run(*words, tmp_path / "one.jsonl", "--new-key", tmp_path / "new")
        assert 0o600 == stat.S_IMODE((tmp_path / "new").stat().st_mode)
        assert 0 == run(*words, tmp_path / "two.jsonl", "--key-file", tmp_path / "new")
        assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()

    def test_without_a_key_it_says_how_to_make_one(
        self, tmp_path: Path, csv: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The exit code is 2, and there is no output file."""
        assert 2 == run("csv", csv, "--mapping", tmp_path / "mapping.toml", "--out", tmp_path / "o.jsonl")
        assert "`openssl rand -hex 32 > FILE`" in capsys.readouterr().err
        assert not (tmp_path / "o.jsonl").exists()

    def test_only_one_of_two_keys_may_be_given(
        self, tmp_path: Path, csv: Path, key: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The command does not guess."""
        words = ("--out", tmp_path / "o", "--key-file", key, "--new-key", tmp_path / "new")
        assert 2 == run("csv", csv, "--mapping", tmp_path / "mapping.toml", *words)
        assert "--key-file names a key and --new-key makes one" in capsys.readouterr().err

    def test_the_key_is_in_no_output(
        self, tmp_path: Path, csv: Path, key: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Log, report and terminal do not have it."""
        run(
            "csv",
            csv,
            "--mapping",
            tmp_path / "mapping.toml",
            "--out",
            tmp_path / "o",
            "--key-file",
            key,
            "--report",
            tmp_path / "r",
        )
        printed = capsys.readouterr()
        assert KEY not in printed.out + printed.err + (tmp_path / "o").read_text() + (tmp_path / "r").read_text()

    def test_no_key_is_made_for_an_empty_folder(self, tmp_path: Path) -> None:
        """Otherwise the next run would refuse the key file."""
        (tmp_path / "release").mkdir()
        assert 2 == run("eoir", tmp_path / "release", "--out", tmp_path / "o", "--new-key", tmp_path / "new")
        assert not (tmp_path / "new").exists()


class TestRefusals:
    def test_an_invalid_mapping(self, tmp_path: Path, csv: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """The message has file, key, value, and what would be valid."""
        mapping = write_mapping(tmp_path, HEAD.replace('"standard"', '"high"'))
        assert 2 == run("csv", csv, "--mapping", mapping, "--out", tmp_path / "o", "--key-file", key)
        expected = (
            f'docketwatch: {mapping}: events[1].set.level = "high": must be one of: intensive, standard, low, annual\n'
        )
        assert expected == capsys.readouterr().err

    def test_an_unwritable_output_is_reported_at_once(
        self, tmp_path: Path, key: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The command reports it before it reads any input."""
        folder = Release().case(7).proceeding(1, 7).write(tmp_path / "release")
        assert 2 == run("eoir", folder, "--out", tmp_path / "no" / "o", "--key-file", key)
        assert f"{tmp_path / 'no' / 'o'}: cannot be written" in capsys.readouterr().err

    def test_a_failed_conversion_leaves_no_log(self, tmp_path: Path, key: Path) -> None:
        """The output is complete or does not exist."""
        write_mapping(tmp_path, HEAD)
        (tmp_path / "log.xes").write_text("<log><trace>")
        words = ("--mapping", tmp_path / "mapping.toml", "--out", tmp_path / "o.jsonl", "--key-file", key)
        assert 2 == run("xes", tmp_path / "log.xes", *words)
        assert {"key", "log.xes", "mapping.toml"} == {path.name for path in tmp_path.iterdir()}
