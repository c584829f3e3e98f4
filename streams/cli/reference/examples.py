"""An example of every command, which its `--help` ends with."""

from collections.abc import Mapping
from typing import Final

__all__ = ["EXAMPLES"]

EXAMPLES: Final[Mapping[str, tuple[str, ...]]] = {
    "alerts republish": ("docketwatch alerts republish --group docketwatch",),
    "balance": (
        "docketwatch balance events.jsonl --until 2026-05-01T00:00:00Z --office ATL --moves 200 --plan plan.jsonl",
    ),
    "broker": ("docketwatch broker --port 9092",),
    "completion": ("docketwatch completion bash > ~/.local/share/bash-completion/completions/docketwatch",),
    "config": ("docketwatch config --json", "docketwatch config --reference"),
    "console": ("DOCKETWATCH_CONSOLE_SUPERVISOR_TOKENS_FILE=tokens docketwatch console --port 9180",),
    "convert check": ("docketwatch convert check export.csv --mapping mapping.toml",),
    "convert csv": ("docketwatch convert csv export.csv --mapping mapping.toml --key-file key --out events.jsonl",),
    "convert eoir": ("docketwatch convert eoir EOIR_CASE_DATA --key-file key --out events.jsonl",),
    "convert inspect": ("docketwatch convert inspect export.csv",),
    "convert xes": ("docketwatch convert xes log.xes.gz --mapping mapping.toml --key-file key --out events.jsonl",),
    "dead-letters list": ("docketwatch dead-letters list --code bad_value",),
    "dead-letters redrive": ("docketwatch dead-letters redrive --dry-run",),
    "demo": ("docketwatch demo", "docketwatch demo --log events.jsonl --speed 3600x"),
    "due": ("docketwatch due events.jsonl --until 2026-05-01 --office ATL", "docketwatch due --days 7 --json"),
    "evaluate": ("docketwatch evaluate events.jsonl --until 2026-05-01T00:00:00Z --alerts alerts.jsonl",),
    "explain": ("docketwatch explain c-1 events.jsonl", "docketwatch explain c-1"),
    "forecast": ("docketwatch forecast events.jsonl --until 2026-05-01T00:00:00Z --office ATL",),
    "gaps accept": ("docketwatch gaps accept check-ins --partition 3",),
    "gaps list": ("docketwatch gaps list --json",),
    "generate": ("docketwatch generate --cases 10000 --days 90 --out docket",),
    "help": ("docketwatch help", "docketwatch help convert csv"),
    "load": ("docketwatch load events.jsonl --until 2026-05-01T00:00:00Z", "docketwatch load"),
    "load-test": ("docketwatch load-test events.jsonl --rate 1000",),
    "monitoring export": ("docketwatch monitoring export monitoring --no-addresses",),
    "policy check": ("docketwatch policy check policy.toml",),
    "pseudonym": ("docketwatch pseudonym INC0010123 --mapping mapping.toml --key-file key",),
    "replay": ("docketwatch replay events.jsonl --speed 3600x",),
    "report": ("docketwatch report events.jsonl --office ATL --week 2026-W10 --out report.html",),
    "schemas export": ("docketwatch schemas export schemas",),
    "score": ("docketwatch score docket/truth.jsonl alerts.jsonl",),
    "state accept": ("docketwatch state accept",),
    "state check": ("docketwatch state check --json",),
    "state rebuild": ("docketwatch state rebuild",),
    "state resume": ("docketwatch state resume",),
    "topics check": ("docketwatch topics check --json",),
    "topics create": ("docketwatch topics create --replication 3",),
    "verify": ("docketwatch verify events.jsonl --until 2026-05-01T00:00:00Z --expect alerts.jsonl --with-worker",),
    "whatif": ("docketwatch whatif events.jsonl --until 2026-05-01T00:00:00Z --add-officers ATL=2",),
    "worker": ("docketwatch worker --clock wall",),
}
"""By the words of the command without `docketwatch`."""
