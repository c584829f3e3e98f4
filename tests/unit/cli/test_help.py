"""The command line's help: sections, the nearest command, an example of each, completion, settings."""

import gzip
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
from pydantic import ValidationError

from schemas.case_views import ROLES
from streams.cli.contract_document import commands
from streams.cli.main import docketwatch, main
from streams.cli.reference import settings_reference
from streams.cli.reference.examples import EXAMPLES
from streams.cli.reference.settings_reference import MODELS, entries, page
from streams.sources.pseudonym_key import KEY_FILE_VARIABLE
from tests.kafka.waiting import LIMIT

ROOT = Path(__file__).parents[3]
EXPORTS = ROOT / "tests" / "data" / "exports"
WORDS = {words.removeprefix("docketwatch "): command for words, command in commands()}


def run_command(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Return exit code and output of a command."""
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


class TestSections:
    def test_commands_are_grouped_by_purpose(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The first section is for beginners; each command is in one section."""
        _, out, _ = run_command(capsys, "--help")
        titles = ["Start here:", "Run:", "Analyse:", "Administer:"]
        assert titles == [line for line in out.splitlines() if line.endswith(":") and line != "Options:"]
        listed = out.partition("Start here:")[2]
        assert "demo" in listed.partition("Run:")[0]
        for name in docketwatch.list_commands(click.Context(docketwatch)):
            assert 1 == sum(line.startswith(f"  {name} ") for line in listed.splitlines()), name


class TestHelpCommand:
    @pytest.mark.parametrize("words", ["", "evaluate", "convert", "convert csv", "help"])
    def test_it_prints_what_the_option_prints(self, words: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The list of commands, a group, or a command."""
        asked = run_command(capsys, *words.split(), "--help")
        assert (0, asked[1], "") == run_command(capsys, "help", *words.split())
        assert asked[1].startswith("Usage: ")

    @pytest.mark.parametrize("words", ["evalute", "gaps lst"])
    def test_an_unknown_command(self, words: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The error is that of the command without `help`."""
        assert run_command(capsys, *words.split()) == run_command(capsys, "help", *words.split())
        assert 2 == run_command(capsys, "help", *words.split())[0]


class TestNearestCommand:
    @pytest.mark.parametrize(
        ("words", "meant"),
        [
            (("evalute",), "evaluate"),
            (("demmo",), "demo"),
            (("gaps", "lst"), "list"),
            (("dead-leters",), "dead-letters"),
        ],
    )
    def test_an_unknown_command(self, words: tuple[str, ...], meant: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The error names it and the nearest one."""
        code, _, err = run_command(capsys, *words)
        assert 2 == code
        assert f"No such command '{words[-1]}'. Did you mean {meant}" in err

    def test_nothing_is_near_to_nonsense(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The error names no other command."""
        assert "Did you mean" not in run_command(capsys, "xyzzy")[2]


class TestExamples:
    def test_every_command_has_one(self) -> None:
        """Only commands have examples."""
        assert set(WORDS) == set(EXAMPLES)

    @pytest.mark.parametrize("words", sorted(WORDS))
    def test_its_help_ends_with_it(self, words: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The example can be typed as it stands."""
        code, out, _ = run_command(capsys, *words.split(), "--help")
        assert 0 == code
        assert out.rstrip().endswith(EXAMPLES[words][-1])

    @pytest.mark.parametrize(("words", "example"), [(words, each) for words in EXAMPLES for each in EXAMPLES[words]])
    def test_it_is_a_valid_command_line(self, words: str, example: str) -> None:
        """Each option exists, and no required one is missing."""
        typed = [word for word in shlex.split(example.partition(" > ")[0]) if not word.startswith("DOCKETWATCH_")]
        assert ["docketwatch", *words.split()] == typed[: 1 + len(words.split())]
        command = WORDS[words]
        values, _, _ = command.make_parser(click.Context(command)).parse_args(typed[1 + len(words.split()) :])
        missing = [each.name for each in command.params if each.required and values.get(each.name or "") in (None, ())]
        assert [] == missing

    @pytest.mark.parametrize(
        ("words", "mapping"),
        [
            ("convert check", "jira"),
            ("convert csv", "jira"),
            ("convert eoir", "jira"),
            ("convert inspect", "jira"),
            ("convert xes", "permits"),
            ("pseudonym", "jira"),
        ],
    )
    def test_it_runs_on_files_of_those_names(
        self,
        words: str,
        mapping: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """No key and no mapping is missing; the check finds names of the mapping that the export does not have."""
        monkeypatch.chdir(tmp_path)
        monkeypatch.delenv(KEY_FILE_VARIABLE, raising=False)
        Path("key").write_text("0123456789abcdef" * 4)
        shutil.copy(EXPORTS / "jira" / "issues.csv", "export.csv")
        shutil.copy(ROOT / "deploy" / "mappings" / f"{mapping}.toml", "mapping.toml")
        shutil.copytree(EXPORTS / "eoir-date-formats", "EOIR_CASE_DATA")
        Path("log.xes.gz").write_bytes(gzip.compress((EXPORTS / "permits" / "receipt.xes").read_bytes()))

        (example,) = EXAMPLES[words]
        code, out, err = run_command(capsys, *shlex.split(example)[1:])

        assert (words == "convert check") == code, err
        assert out


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_its_script_is_printed(self, shell: str, capsys: pytest.CaptureFixture[str]) -> None:
        """The shell reads it."""
        code, out, _ = run_command(capsys, "completion", shell)
        assert 0 == code
        assert f"_DOCKETWATCH_COMPLETE={shell}_complete" in out

    def test_commands_are_completed(self) -> None:
        """The test asks as a shell does."""
        asked = {"_DOCKETWATCH_COMPLETE": "bash_complete", "COMP_WORDS": "docketwatch dea", "COMP_CWORD": "1"}
        program = "import sys; sys.argv[0] = 'docketwatch'; from streams.cli.main import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, env={**os.environ, **asked}, capture_output=True, text=True,
            timeout=LIMIT, check=False,
        )  # fmt: skip
        assert "plain,dead-letters\n" == done.stdout, done.stderr


class TestSettings:
    def test_the_page_is_generated_from_the_models(self) -> None:
        """After a change run `python -m streams.cli.reference.settings_reference`."""
        assert page() == (ROOT / "deploy" / "settings.md").read_text()

    def test_every_field_is_described(self) -> None:
        """The docstring of its model has it, and has no removed field."""
        for model in MODELS.values():
            assert set(model.model_fields) == set(settings_reference._about(model))
            assert all(each.about.endswith(".") for each in entries(model))

    def test_a_default_is_valid(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Every value in the reference can be typed."""
        for name in [each for each in os.environ if each.startswith("DOCKETWATCH_")]:
            monkeypatch.delenv(name)
        for model in MODELS.values():
            prefix = str(model.model_config["env_prefix"])
            for each in entries(model):
                if each.default:
                    monkeypatch.setenv(each.variable, each.default)
            needed = {f"{role}_tokens_file": "tokens" for role in ROLES if prefix.endswith("CONSOLE_")}
            assert model(**needed)

    @pytest.mark.parametrize(
        ("name", "wrong"), [("partitions", "10001"), ("metrics_port", "65536"), ("session_timeout", "5s")]
    )
    def test_a_range_is_that_of_the_model(self, name: str, wrong: str) -> None:
        """The model refuses a value beyond it."""
        [model] = [each for each in MODELS.values() if name in each.model_fields]
        with pytest.raises(ValidationError):
            model(**{name: wrong})

    def test_files_with_secrets_are_marked(self) -> None:
        """Each file with a password, a token or a key is marked, and no other."""
        secret = {each.variable for model in MODELS.values() for each in entries(model) if each.is_secret}
        assert {
            "DOCKETWATCH_METRICS_TOKEN_FILE",
            "DOCKETWATCH_SASL_PASSWORD_FILE",
            "DOCKETWATCH_TLS_KEY_FILE",
            "DOCKETWATCH_CONSOLE_TLS_KEY_FILE",
            *(f"DOCKETWATCH_CONSOLE_{role.upper()}_TOKENS_FILE" for role in ROLES),
        } == secret

    @pytest.mark.parametrize("words", [("worker", "--help"), ("console", "--help"), ("config", "--reference")])
    def test_help_and_config_agree(self, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
        """Both list each setting that the command reads, with its default."""
        code, out, _ = run_command(capsys, *words)
        assert 0 == code
        flat = "".join(out.split())
        of_broker, of_console = MODELS.values()
        models = {"worker": [of_broker], "console": [of_console]}.get(words[0], [of_broker, of_console])
        for each in [entry for model in models for entry in entries(model)]:
            assert each.variable in flat
            assert not each.default or f"default:{each.default}" in flat

    def test_programs_read_it(self, capsys: pytest.CaptureFixture[str]) -> None:
        """JSON has all of it."""
        found = json.loads(run_command(capsys, "config", "--reference", "--json")[1])["settings"]
        assert [each._asdict() for model in MODELS.values() for each in entries(model)] == found
