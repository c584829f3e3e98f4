"""The monitor finds exactly the cases that the generator lost: recall and precision are both one."""

import json
from dataclasses import replace

import pytest

from schemas.durations import Duration
from schemas.policy import load_policy
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.sources.generate import TRUTH, Options, generate
from streams.sources.generate.score import score
from streams.sources.logs import LogWriter, read_events

PLAIN = Options(cases=400, days=120, lost=0.1)


@pytest.mark.parametrize(
    "options",
    [
        PLAIN,
        replace(PLAIN, seed=1, late=0.5, late_by=Duration(milliseconds=20 * 86_400_000)),
        replace(PLAIN, seed=2, duplicates=0.3, disorder=0.3),
        replace(PLAIN, seed=3, days=5, late=0.2, duplicates=0.1, disorder=0.1, compress="zst"),
        replace(PLAIN, seed=4, days=1),
        replace(PLAIN, seed=5, offices=25, officers=75, skew=6.0),
        replace(PLAIN, seed=6, offices=2, officers=6, skew=100.0, late=0.2),
        replace(PLAIN, seed=7, days=400, trend=2.0, season=0.8, late=0.1),
        replace(PLAIN, seed=8, days=400, offices=5, officers=30, skew=6.0, trend=-1.0, season=1.0, disorder=0.1),
    ],
    ids=[
        "plain",
        "late",
        "duplicates and disorder",
        "short, all of it",
        "one day",
        "25 offices, skewed",
        "2 offices, skewed most",
        "trend and season",
        "all shapes together",
    ],
)
def test_recall_and_precision(tmp_path, options):
    """Late, doubled and disordered records; other offices, officers, caseloads and arrivals."""
    found = generate(options, tmp_path)
    evaluation = Evaluation(Rules(load_policy()))
    with LogWriter(tmp_path / "alerts.jsonl") as alerts:
        events = read_events([tmp_path / found.files[0].name], on_notice=lambda _: None)
        for step in evaluation.run(events, options.end_ms):
            for revision in step.effects.alerts:
                alerts.write_line(revision.json())
    result = score(tmp_path / TRUTH, tmp_path / "alerts.jsonl")
    assert () == result.differences
    assert (1.0, 1.0) == (result.recall, result.precision)
    assert result.true == len((tmp_path / TRUTH).read_text().splitlines()) >= 40
    assert found.standing == json.loads((tmp_path / "manifest.json").read_text())["standing"]
