"""Commands that read and write files, and the files that they read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streams.cli.main import main
from tests.kafka.waiting import LIMIT
from tests.unit.cli.test_evaluate import UNTIL

POLICY = 'name = "mine"\nversion = "1"\nreview_by = 2030-01-01\n'
KEY = "0123456789abcdef" * 4
ROWS = "number,state,at,who\nINC1,New,2024-03-01 09:00:00,Ann\nINC1,Closed,2024-03-02 09:00:00,Ann\n"
MAPPING = """
source = "desk"
timezone = "America/New_York"
[log]
case = "number"
activity = "state"
timestamp = "at"
[officer]
from = "who"
[office]
default = "NONE"
[[events]]
emit = "case_opened"
on = "first"
set = {level = "standard"}
"""


def run(*words: str) -> int | str | None:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return ended.value.code


def child(*words: str, **options: object) -> subprocess.CompletedProcess[bytes]:
    """Start the command as a process with real standard streams."""
    command = [sys.executable, "-m", "streams.cli.main", *words]
    return subprocess.run(command, check=False, timeout=LIMIT, env=ENVIRONMENT, **options)  # type: ignore[call-overload,no-any-return]


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
EVALUATE = f"evaluate log.jsonl --until {UNTIL}"
CSV = "convert csv in.csv --mapping m.toml --key-file key"
XES = "convert xes in.xes --mapping m.toml --key-file key"
EOIR = "convert eoir release --key-file key"
LOAD_TEST = "load-test log.jsonl"
INPUT = "the input log.jsonl"
WHATIF = f"whatif log.jsonl --until {UNTIL}"
ALERTMANAGER = "d/alertmanager/alertmanager.yaml"
# a command; the output, and the input that is the same file
CLASHES = [
    (f"{EVALUATE} --alerts log.jsonl", "--alerts", INPUT),
    (f"{EVALUATE} --alerts ./../{{here}}/log.jsonl", "--alerts", INPUT),
    (f"{EVALUATE} --loads log.jsonl", "--loads", INPUT),
    (f"{EVALUATE} --officer-alerts log.jsonl", "--officer-alerts", INPUT),
    (f"{EVALUATE} --policy p.toml --alerts p.toml", "--alerts", "--policy"),
    (f"{EVALUATE} --alerts x --loads x", "--loads", "--alerts"),
    (f"{EVALUATE} --alerts - --loads -", "--loads", "--alerts"),
    (f"{WHATIF} --differences log.jsonl", "--differences", INPUT),
    (f"{WHATIF} --policy p.toml --differences p.toml", "--differences", "--policy"),
    (f"{CSV} --out key", "--out", "--key-file"),
    (f"{CSV} --out in.csv", "--out", "the input in.csv"),
    (f"{CSV} --out m.toml", "--out", "--mapping"),
    (f"{CSV} --out o --report m.toml", "--report", "--mapping"),
    (f"{CSV} --out x --report x", "--report", "--out"),
    ("convert csv in.csv --mapping m.toml --new-key x --out x", "--out", "--new-key"),
    (f"{XES} --out in.xes", "--out", "the input in.xes"),
    (f"{XES} --out o --report key", "--report", "--key-file"),
    (f"{EOIR} --out release/A_TblCase.csv", "--out", "the input release/A_TblCase.csv"),
    (f"{EOIR} --out o --report release/tbl_schedule.csv", "--report", "the input release/tbl_schedule.csv"),
    (f"{LOAD_TEST} --csv log.jsonl", "--csv", INPUT),
    (f"{LOAD_TEST} --csv x --json x", "--json", "--csv"),
    (f"{LOAD_TEST} --policy p.toml --json p.toml", "--json", "--policy"),
    ("generate --cases 1 --days 1 --out d --policy d/manifest.json", "the output d/manifest.json", "--policy"),
    (f"monitoring export d --no-addresses --policy {ALERTMANAGER}", f"the output {ALERTMANAGER}", "--policy"),
]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
