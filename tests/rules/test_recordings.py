"""Recording rules: the quotients of the office record over all workers, and quantiles."""

from pathlib import Path

import pytest
import yaml

from streams.metrics.offices import NO_OFFICE
from tests.rules.test_rules import RULES
from tests.rules.tools import run

W1, W2 = 'job="docketwatch",instance="w-1"', 'job="docketwatch",instance="w-2"'

UNASSIGNED = {
    f'docketwatch_office_open_cases{{{W1},office="ATL",level="standard"}}': 60,
    f'docketwatch_office_open_cases{{{W2},office="ATL",level="standard"}}': 50,
    f'docketwatch_office_workload_seconds{{{W1},office="ATL",weight="load.minutes_per_month.standard"}}': 7_200 * 60,
    f'docketwatch_office_workload_seconds{{{W2},office="ATL",weight="load.minutes_per_month.standard"}}': 6_000 * 60,
    f'docketwatch_office_capacity_seconds{{{W1},office="ATL"}}': 7_200 * 60,
    f'docketwatch_office_officers_at_work{{{W1},office="ATL"}}': 1,
    f'docketwatch_office_officers_at_work{{{W2},office="ATL"}}': 0,
    f'docketwatch_office_unassigned_cases{{{W1},office="ATL"}}': 55,
    f'docketwatch_office_unassigned_cases{{{W2},office="ATL"}}': 45,
}
"""110 open cases in the partitions of two workers; 100 of them have no officer, one officer is at work."""

LOADS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3, 4.0, 5.0, 5.38)


def spread(omitted: int) -> dict[str, float]:
    """Return twelve officers at work, one who departed, and one without an office; so many have no own series."""
    samples: dict[str, float] = {
        f"docketwatch_officer_series_omitted{{{W1}}}": omitted,
        f'docketwatch_utilisation_ratio_max{{{W1},office="ATL"}}': max(LOADS),
    }
    for number, load in enumerate((*LOADS, 9.0)):
        labels = f'{W1},office="ATL",officer="o-{number}"'
        samples[f"docketwatch_officer_utilisation_ratio{{{labels}}}"] = load
        samples[f"docketwatch_officer_at_work{{{labels}}}"] = float(load in LOADS)
    labels = f'{W1},office="{NO_OFFICE}",officer="o-new"'
    samples |= {f"docketwatch_officer_{name}{{{labels}}}": 1.0 for name in ("utilisation_ratio", "at_work")}
    for bound in (1.0, 1.5, 3.0, 8.0):
        samples[f'docketwatch_utilisation_ratio_bucket{{{W1},office="ATL",le="{bound}"}}'] = sum(
            load <= bound for load in LOADS
        )
    samples[f'docketwatch_utilisation_ratio_bucket{{{W1},office="ATL",le="+Inf"}}'] = len(LOADS)
    return samples


def come_out(
    directory: Path, series: dict[str, float], expected: dict[str, float], missing: tuple[str, ...] = ()
) -> None:
    """Check with promtool that the rules compute these numbers from these series, and nothing for other expressions."""
    asked = [{"expr": expr, "eval_time": "5m", "exp_samples": []} for expr in missing]
    for name, value in expected.items():
        of = 'job="docketwatch"' if name.startswith("job:") else 'job="docketwatch", office="ATL"'
        sample = {"labels": f"{{{of}}}", "value": round(value, 4)}
        asked.append({"expr": f"round({name}, 0.0001)", "eval_time": "5m", "exp_samples": [sample]})
    inputs = [{"series": name, "values": f"{value}x5"} for name, value in series.items()]
    tests = [{"interval": "1m", "input_series": inputs, "promql_expr_test": asked}]
    file = directory / "recordings.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}))
    done = run("promtool", "test", "rules", file)
    assert done.returncode == 0, done.stdout + done.stderr


class TestQuotients:
    def test_every_open_case_is_in_them(self, tmp_path: Path) -> None:
        """The numbers are those of the office record, each computed once over the sums of all workers."""
        per_office = {
            "utilisation:ratio": 13_200 / 7_200,
            "time_per_case_seconds:ratio": 7_200 / 110 * 60,
            "mean_time_per_case_seconds:ratio": 120 * 60,
            "achievable_caseload:ratio": 60,
            "officers_needed:ratio": 13_200 / 7_200,
        }
        expected = {f"{of}:docketwatch_{name}": value for of in ("office", "job") for name, value in per_office.items()}
        come_out(tmp_path, UNASSIGNED, {**expected, "office:docketwatch_unassigned_cases:sum": 100})

    def test_without_officers_at_work_an_officer_has_the_policys_capacity(self, tmp_path: Path) -> None:
        """110 cases of 120 minutes need 1.83 officers of 120 hours, although no officer has them."""
        series = {
            name: 0 if "officers_at_work" in name or "capacity" in name else value for name, value in UNASSIGNED.items()
        }
        come_out(tmp_path, series, {"office:docketwatch_officers_needed:ratio": 13_200 / 7_200})


class TestQuantiles:
    @pytest.mark.parametrize(("omitted", "p90"), [(0, 4.9), (1, 5.38)])
    def test_none_is_above_the_largest(self, tmp_path: Path, omitted: int, p90: float) -> None:
        """The quantile is exact where every officer has series; a bucket up to 8 would give 6 for at most 5.38."""
        name = "office:docketwatch_utilisation_ratio"
        come_out(tmp_path, spread(omitted), {f"{name}:p90": p90, f"{name}:max": 5.38})

    @pytest.mark.parametrize("omitted", [0, 1])
    def test_an_officer_without_an_office_is_in_none(self, tmp_path: Path, omitted: int) -> None:
        """The board showed an office "(none)" where every officer has series, and none where some have not."""
        name = "office:docketwatch_utilisation_ratio:p50"
        come_out(tmp_path, spread(omitted), {}, (f'{name}{{office="{NO_OFFICE}"}}',))
