"""`docketwatch whatif`: compares alerts and loads with those under another policy, assignment or staffing."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from msgspec import Struct

from schemas import hot
from schemas.instants import to_text
from schemas.loads import Load
from streams.cli.files import OUTPUT, InputPath, print_line
from streams.cli.options import FILES, LAST_INSTANT, Number, read_policy
from streams.cli.progress import reading
from streams.core.evaluation import Evaluation
from streams.core.load.office_summary import OfficeSummary, summarise_offices
from streams.core.policy.rules import CAUSES, Rules
from streams.errors import UsageError
from streams.files.inputs import rereadable
from streams.sources.logs import LogWriter, read_events

__all__ = ["command"]

_SHOWN = 10

AlertName = tuple[str, str, str | None, str]
"""(case_id, cause, instance, anchor): the identity of an alert."""


class _Outcome(Struct):
    """The result of a log under one policy."""

    rules: Rules
    standing: set[AlertName]
    loads: dict[str, Load]
    summary: OfficeSummary


@click.command("whatif")
@FILES
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=InputPath(must_exist=False),
    help="Given twice: the policy in force, then the one to try. Once: for both sides. Default: default.toml.",
)
@click.option("--until", type=LAST_INSTANT, required=True, help="As of this instant.")
@click.option(
    "--move", "moves", multiple=True, metavar="FROM=TO", help="Try to move all cases of one officer to another."
)
@click.option(
    "--more-officers",
    type=Number(0, 1_000_000),
    default=0.0,
    show_default=True,
    help="Try with this many more officers.",
)
@click.option("--differences", type=OUTPUT, help="Write every alert that is open on one side only to this file.")
def command(
    files: tuple[Path, ...],
    policies: tuple[Path, ...],
    until: int,
    moves: tuple[str, ...],
    more_officers: float,
    differences: Path | None,
) -> None:
    """Compare open alerts, loads and officers needed of one log under two policies or assignments."""
    if len(policies) > 2:
        raise UsageError("--policy is given more than twice: name the policy in force, then the one to try")
    moved = dict(_move(text) for text in moves)
    sides = policies or (None,)
    now, tried = (Rules(read_policy(path)) for path in (sides[0], sides[-1]))
    with rereadable(files) as logs:
        before = _outcome(logs, now, until, {})
        after = _outcome(logs, tried, until, moved)
    print_line(f"As of {to_text(until)}: {now.policy_name} now, {tried.policy_name} tried")
    _print_alerts(before, after)
    _print_need(before.summary, after.summary, tried, more_officers)
    _print_officers(before, after)
    if differences is not None:
        _write(differences, before, after)


def _move(text: str) -> tuple[str, str]:
    source, equals, target = text.partition("=")
    if not (source and equals and target):
        raise UsageError(f"--move {text!r} must name two officers, such as --move officer-1=officer-2")
    return source, target


def _outcome(files: tuple[Path, ...], rules: Rules, until: int, moved: dict[str, str]) -> _Outcome:
    evaluation = Evaluation(rules)
    standing: set[AlertName] = set()
    with reading(f"evaluating {rules.policy_id}") as on_progress:
        events: Iterable[hot.Event] = read_events(files, on_progress=on_progress)
        for step in evaluation.run(_moved(events, moved) if moved else events, until):
            for alert in step.effects.alerts:
                name = (alert.case_id, alert.cause, alert.instance, to_text(alert.anchor_at))
                if alert.status in ("raised", "escalated"):
                    standing.add(name)
                else:
                    standing.discard(name)
    loads = {load.officer_id: load for load in evaluation.loads()}
    whole, *_ = evaluation.office_totals(list(loads.values()))
    (summary,) = summarise_offices([whole], loads.values(), rules, until)
    return _Outcome(rules, standing, loads, summary)


def _moved(events: Iterable[hot.Event], moved: dict[str, str]) -> Iterator[hot.Event]:
    for event in events:
        if isinstance(event, hot.OfficerAssigned | hot.AssignmentAcknowledged):
            event.officer_id = moved.get(event.officer_id, event.officer_id)
        yield event


def _print_alerts(before: _Outcome, after: _Outcome) -> None:
    counts = [Counter(name[1] for name in names) for names in (before.standing, after.standing)]
    new = Counter(name[1] for name in after.standing - before.standing)
    gone = Counter(name[1] for name in before.standing - after.standing)
    print_line(f"\n{'open alerts':<24}{'now':>10}{'tried':>10}{'new':>10}{'gone':>10}")
    for cause in CAUSES:
        print_line(f"  {cause:<22}{counts[0][cause]:>10,}{counts[1][cause]:>10,}{new[cause]:>10,}{gone[cause]:>10,}")
    totals = (counts[0].total(), counts[1].total(), new.total(), gone.total())
    print_line(f"  {'all':<22}" + "".join(f"{total:>10,}" for total in totals))


def _print_need(now: OfficeSummary, tried: OfficeSummary, rules: Rules, more_officers: float) -> None:
    minutes = tried.minutes_per_case_with(more_officers, rules)
    print_line(f"\n{'officers':<34}{'now':>12}{'tried':>12}")
    left, right = now.record, tried.record
    for what, before, after in (
        ("at work", left.officers_at_work, right.officers_at_work + more_officers),
        ("absent with cases", now.officers_absent, tried.officers_absent),
        ("open cases", left.open_cases, right.open_cases),
        ("unassigned", left.unassigned, right.unassigned),
        ("in transit", left.in_transit, right.in_transit),
        ("with an absent officer", left.with_absent, right.with_absent),
        ("lost track", left.lost_track, right.lost_track),
        ("workload minutes per month", left.workload_minutes_month, right.workload_minutes_month),
        ("capacity minutes per month", left.capacity_minutes_month, right.capacity_minutes_month),
        ("minutes per case per month", left.minutes_per_case_month, minutes),
        ("officers needed by the weights", left.officers_needed, right.officers_needed),
    ):
        print_line(f"  {what:<32}{_number(before):>12}{_number(after):>12}")
    if tried.sensitivity:
        print_line("  officers needed with each weight 25% lower and higher (no official standard exists):")
    for swing in tried.sensitivity:
        print_line(f"    {swing.weight:<40}{_number(swing.less):>10}{_number(swing.more):>10}")


def _print_officers(before: _Outcome, after: _Outcome) -> None:
    changed = []
    for officer in before.loads.keys() | after.loads.keys():
        left, right = (_utilisation(outcome.loads.get(officer)) for outcome in (before, after))
        if left != right:
            changed.append((abs(right - left), officer, left, right))
    changed.sort(key=lambda row: (-row[0], row[1]))
    print_line(
        f"\n{len(changed):,} officers with another utilization" + (", largest changes first:" if changed else "")
    )
    for _, officer, left, right in changed[:_SHOWN]:
        print_line(f"  {officer:<32}{left:>12.2f}{right:>12.2f}")


def _utilisation(load: Load | None) -> float:
    return 0.0 if load is None or load.utilisation is None else load.utilisation


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _write(path: Path, before: _Outcome, after: _Outcome) -> None:
    sides = dict.fromkeys(before.standing - after.standing, "now")
    sides |= dict.fromkeys(after.standing - before.standing, "tried")
    with LogWriter(path) as out:
        for name in sorted(sides, key=lambda name: (name[0], name[1], name[2] or "", name[3])):
            case_id, cause, instance, anchor = name
            record = {
                "case_id": case_id,
                "cause": cause,
                "instance": instance,
                "anchor_at": anchor,
                "only": sides[name],
            }
            out.write_line(json.dumps(record, separators=(",", ":")).encode())
