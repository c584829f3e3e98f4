"""The numbers of a docket by `docketwatch evaluate` and `load`, and what follows from them, computed naively."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, Self

from schemas.instants import to_text
from schemas.policy import load_policy
from tests.kafka.docket import Docket
from tests.kafka.waiting import LIMIT

__all__ = ["EvaluatedNumbers", "Record", "Records", "cases_of", "gini", "quantile", "run_command"]

Record = dict[str, Any]
Records = dict[str, Record]


def run_command(*words: str) -> str:
    """Return what a command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "streams.cli.main", *words], capture_output=True, text=True, timeout=LIMIT, check=True
    )
    return done.stdout


@dataclass(frozen=True)
class EvaluatedNumbers:
    """The numbers of the log's last instant.

    Attributes:
        offices: Office records by office; `*` is all together.
        officers: Loads by officer.
        alerts: Standing alerts.
        officer_alerts: Standing officer alerts.
        protected: The protected cases.
        cases: The number of cases.
        printed: What `load --json` prints.
    """

    offices: Records
    officers: Records
    alerts: Sequence[Record]
    officer_alerts: Sequence[Record]
    protected: frozenset[str]
    cases: int
    printed: Record

    @classmethod
    def of(cls, docket: Docket, directory: Path) -> Self:
        """Evaluate a docket."""
        until = to_text(docket.until)
        files = {name: directory / f"{name}.jsonl" for name in ("offices", "loads", "alerts", "officer-alerts")}
        outputs = [word for name, file in files.items() for word in (f"--{name}", str(file))]
        summary = json.loads(run_command("evaluate", str(docket.log), "--until", until, "--json", *outputs))
        lines = {name: [json.loads(line) for line in file.read_text().splitlines()] for name, file in files.items()}
        return cls(
            offices={each["office"]: each for each in lines["offices"]},
            officers={each["officer_id"]: each for each in lines["loads"]},
            alerts=_standing(lines["alerts"]),
            officer_alerts=_standing(lines["officer-alerts"]),
            protected=frozenset(each.case_id for each in docket.events if getattr(each, "protected", False)),
            cases=summary["cases"],
            printed=json.loads(run_command("load", str(docket.log), "--until", until, "--json")),
        )

    def alerts_of(self, office: str) -> list[Record]:
        """Return the standing alerts of an office."""
        return [each for each in self.alerts if office in ("*", each["office"])]

    def officers_of(self, office: str) -> Records:
        """Return the loads of an office's officers; of `*` all loads, also those without an office."""
        return {name: each for name, each in self.officers.items() if office in ("*", each["office"])}

    def at_work(self, office: str) -> list[Record]:
        """Return the loads of the officers of an office who are neither on leave nor departed."""
        return [each for each in self.officers_of(office).values() if each["office"] and not _is_absent(each)]

    def absent(self, office: str) -> int:
        """Return how many officers of an office are on leave or departed and have cases."""
        loads = self.officers_of(office).values()
        return sum(_is_absent(each) and each["open_cases"] + each["in_custody"] > 0 for each in loads)

    def over(self, office: str, mark: str) -> int:
        """Return how many officers at work have reached a mark of the default policy."""
        least = getattr(load_policy(None).officers, mark).raise_
        return sum(used >= least for used in self.spread_of(office, "utilisation"))

    def spread_of(self, office: str, name: str) -> list[float]:
        """Return a number of each officer at work, in order; those without it are left out."""
        return sorted(each[name] for each in self.at_work(office) if each[name] is not None)

    def needs(self, office: str) -> Record:
        """Return what `load` prints of an office's needs."""
        [found] = [each for each in self.printed["needs"] if each["office"] == office]
        return dict(found)

    def deadlines(self, kind: str, name: str | None) -> Record:
        """Return what `load` prints of the deadlines of an office or an officer; nothing where there are none."""
        key = {"offices": "office", "officers": "officer_id"}[kind]
        found = [each for each in self.printed["deadlines"][kind] if each[key] == name]
        return found[0] if found else {"within_7d": 0, "within_14d": 0, "by_cause": {}}


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile as Prometheus computes it: between two numbers in proportion."""
    place = share * (len(ordered) - 1)
    before, after = ordered[int(place)], ordered[min(int(place) + 1, len(ordered) - 1)]
    return before + (after - before) * (place % 1)


def gini(numbers: Sequence[float]) -> float:
    """Return half the mean difference of all pairs, divided by the mean."""
    pairs = [abs(one - other) for one, other in product(numbers, repeat=2)]
    return sum(pairs) / len(numbers) / 2 / sum(numbers) if sum(numbers) else 0.0


def cases_of(alerts: Sequence[Record], **labels: str) -> int:
    """Return the number of cases with an alert of these values."""
    return len({each["case_id"] for each in alerts if labels.items() <= each.items()})


def _standing(revisions: Sequence[Record]) -> list[Record]:
    newest = {each["alert_id"]: each for each in revisions}
    return [each for each in newest.values() if each["status"] in ("raised", "escalated")]


def _is_absent(load: Record) -> bool:
    return load["status"] in ("leave", "departed")
