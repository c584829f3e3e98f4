"""`docketwatch load`: prints cases, capacity and need of every office and officer, with the terms of each number."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
import msgspec

from schemas.instants import to_text
from schemas.loads import Load
from schemas.office_loads import ALL_OFFICES, OfficeLoad
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.due import DeadlinesAhead, deadlines_of_cases, deadlines_of_workers
from streams.cli.endings import run_loop
from streams.cli.evaluated import evaluated
from streams.cli.files import INPUT
from streams.cli.options import LAST_INSTANT, POLICY, note_offices_without_zone, read_policy
from streams.cli.workers_loads import PublishedLoads, read_published_loads
from streams.cli.workers_state import workers_settings
from streams.core.alerting.deadline_counts import DUE_DAYS, DeadlineCounts, count_by
from streams.core.alerting.due_soon import DueSoon
from streams.core.load.need_range import DRAWS, need_range
from streams.core.load.office_record import OfficeTotals, needed
from streams.core.policy.rules import Rules
from streams.errors import UsageError

__all__ = ["command"]

_NO_DEADLINE = DeadlineCounts(0, 0)


@click.command("load")
@click.argument("files", nargs=-1, type=INPUT, metavar="[FILE...]")
@POLICY
@BROKERS
@PREFIX
@click.option("--until", type=LAST_INSTANT, help="As of this instant; needed with files.")
@click.option(
    "--deadlines",
    "with_deadlines",
    is_flag=True,
    help=f"Without files: also read every case of the workers, as `due` does, for the deadlines within {DUE_DAYS} "
    "days. Files have them anyway.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object: as_of, policy, offices, officers, needs and deadlines."
)
def command(
    files: tuple[Path, ...],
    policy_file: Path | None,
    brokers: str | None,
    prefix: str | None,
    until: int | None,
    with_deadlines: bool,
    as_json: bool,
) -> None:
    """Print the office and officer records: cases, workload, capacity, and officers needed.

    It reads log files or, without files, what the workers have published on the broker; the weights are then those of
    the policy named here. Every open case counts for its office, with or without an officer. The weights are
    assumptions of the policy.
    """
    ahead: DeadlinesAhead | None = None
    if files:
        if until is None:
            raise UsageError("--until is needed with files: a load is as of an instant")
        rules = Rules(read_policy(policy_file))
        (as_of, offices, loads), ahead = _from_files(files, rules, until)
    elif until is not None:
        raise UsageError("--until goes with files; the workers publish loads as of their clocks only")
    else:
        settings = workers_settings(brokers, prefix)
        rules = Rules(read_policy(policy_file or settings.policy_file))
        as_of, offices, loads = run_loop(read_published_loads(settings))
        if with_deadlines:
            ahead = run_loop(deadlines_of_workers(settings, policy_file or settings.policy_file, DUE_DAYS))
    note_offices_without_zone((totals.office for totals in offices), rules.policy)
    if as_json:
        click.echo(_json(rules, as_of, offices, loads, ahead))
        return
    click.echo(f"As of {to_text(as_of)}, under the weights of {rules.policy_name}")
    for held in () if ahead is None else ahead.held:
        click.echo(f"held: {held}")
    for totals in offices:
        _print_office(totals, totals.record(rules, as_of), rules)
        _print_range(totals, rules)
        if ahead is not None:
            _print_deadlines(_of_office(ahead.due, totals.office))
    _print_officers(loads, ahead)


def _from_files(files: tuple[Path, ...], rules: Rules, until: int) -> tuple[PublishedLoads, DeadlinesAhead]:
    evaluation = evaluated(files, rules, until)
    loads = evaluation.loads()
    ahead = deadlines_of_cases(evaluation.cases.records(), rules, until, DUE_DAYS)
    return PublishedLoads(until, evaluation.office_totals(loads), loads), ahead


def _json(
    rules: Rules, until: int, offices: list[OfficeTotals], loads: list[Load], ahead: DeadlinesAhead | None
) -> str:
    document = {
        "as_of": to_text(until),
        "policy": rules.policy_id,
        "policy_hash": rules.policy_hash,
        "offices": [msgspec.Raw(totals.record(rules, until).json()) for totals in offices],
        "officers": [msgspec.Raw(load.json()) for load in loads],
        "needs": [
            {
                "office": totals.office,
                "all_weights": need_range(totals, rules),
                "each_weight": totals.sensitivity(rules),
                "workload_by_weight": {key: float(part) for key, part in totals.workload_by_weight(rules).items()},
                "workload_by_booked_dates": float(sum(totals.workload_by_weight(rules).values())),
                "workload_by_policy_interval": float(totals.workload_by_interval(rules)),
                "one_officer_minutes_month": float(totals.one_officer(rules)),
            }
            for totals in offices
        ],
        "deadlines": None if ahead is None else _deadlines(ahead),
    }
    return msgspec.json.encode(document).decode()


def _deadlines(ahead: DeadlinesAhead) -> dict[str, Any]:
    """Counts by office and by officer, of all together first; null is a case without one."""
    offices: dict[str | None, list[DueSoon]] = {ALL_OFFICES: ahead.due}
    officers: dict[str | None, list[DueSoon]] = {}
    for each in ahead.due:
        offices.setdefault(each.office, []).append(each)
        officers.setdefault(each.officer_id, []).append(each)
    return {
        "as_of": to_text(ahead.as_of),
        "held": ahead.held,
        "offices": [{"office": office, **_with_causes(offices[office])} for office in sorted(offices, key=str)],
        "officers": [
            {"officer_id": officer, **_with_causes(officers[officer])} for officer in sorted(officers, key=str)
        ],
    }


def _with_causes(due: list[DueSoon]) -> dict[str, Any]:
    return {
        **_counts(_total(due)),
        "by_cause": {cause: _counts(counts) for cause, counts in sorted(_by_cause(due).items())},
    }


def _counts(counts: DeadlineCounts) -> dict[str, int]:
    return {"within_7d": counts.week, f"within_{DUE_DAYS}d": counts.whole}


def _total(due: Iterable[DueSoon]) -> DeadlineCounts:
    return count_by(due, lambda _: None).get(None, _NO_DEADLINE)


def _by_cause(due: Iterable[DueSoon]) -> dict[str, DeadlineCounts]:
    return count_by(due, lambda each: each.cause)


def _of_office(due: list[DueSoon], office: str) -> list[DueSoon]:
    return due if office == ALL_OFFICES else [each for each in due if each.office == office]


def _print_office(totals: OfficeTotals, office: OfficeLoad, rules: Rules) -> None:
    one_officer, expected = float(totals.one_officer(rules)), float(totals.check_ins_by_interval(rules))
    name = "all offices together" if office.office == "*" else office.office
    workload, capacity = f"{_number(office.workload_minutes_month)} minutes", _number(office.capacity_minutes_month)
    absent = totals.staff.officers_absent
    click.echo(f"\n{name}")
    for what, value, of in (
        ("open cases", f"{office.open_cases:,}", f"and {office.in_custody:,} in custody"),
        ("unassigned", f"{office.unassigned:,}", f"and {office.in_transit:,} in transit"),
        ("with an absent officer", f"{office.with_absent:,}", f"officers absent with cases: {absent:,}"),
        ("lost track", f"{office.lost_track:,}", "cases with any open alert; a case may have several causes"),
        ("deadline within 7 days", _number(office.deadlines_7d), "cases lost track of then unless something happens"),
        ("check-ins within 30 days", f"{totals.cases.bookings_30d:,}", "booked, in the work; some will be booked yet"),
        ("hearings within 30 days", f"{totals.cases.hearings_30d:,}", "booked, in the work; some will be adjourned"),
        (
            "work by booked dates",
            _number(office.workload_minutes_month),
            "minutes a month; all that follows rests on it",
        ),
        (
            "work by policy interval",
            _number(float(totals.workload_by_interval(rules))),
            f"minutes, with {_number(expected)} check-ins: one an interval of each case",
        ),
        (
            "minutes per case per month",
            _number(office.minutes_per_case_month),
            f"{capacity} minutes of {office.officers_at_work:,} officers at work / {office.open_cases:,} open cases",
        ),
        ("utilization", _number(office.utilisation), f"{workload} of work / {capacity}"),
        ("mean minutes per case", _number(office.mean_minutes_per_case), f"{workload} of work / {office.open_cases:,}"),
        (
            "achievable caseload",
            _number(office.achievable_caseload),
            f"{_number(one_officer)} minutes of one officer / {_number(office.mean_minutes_per_case)}",
        ),
        (
            "officers needed",
            needed(office.officers_needed),
            f"{workload} of work / {_number(one_officer)} minutes of one officer",
        ),
    ):
        click.echo(f"  {what:<28}{value:>12}   {of}")


def _print_range(totals: OfficeTotals, rules: Rules) -> None:
    together = need_range(totals, rules)
    if together is None:
        return
    spread = f"{_number(together.p10)} to {_number(together.p90)}"
    click.echo(f"  {'if all weights move':<28}{spread:>12}   p10 to p90 of {DRAWS:,} draws, each weight up to 25% off")
    minutes = totals.workload_by_weight(rules)
    for each in totals.sensitivity(rules):
        spread = f"{_number(each.less)} to {_number(each.more)}"
        of = f"{each.weight} 25% lower or higher, {_number(float(minutes[each.weight]))} minutes of work as set"
        click.echo(f"  {'if one weight moves':<28}{spread:>12}   {of}")


def _print_deadlines(due: list[DueSoon]) -> None:
    total = _total(due)
    about = "a case has one for each cause that comes due"
    click.echo(
        f"  {f'deadlines within {DUE_DAYS} days':<28}{total.whole:>12,}   {total.week:,} of them within 7; {about}"
    )
    for cause, counts in sorted(_by_cause(due).items(), key=lambda item: (-item[1].whole, item[0])):
        click.echo(f"    {cause:<26}{counts.whole:>12,}   {counts.week:,} of them within 7")


def _print_officers(loads: list[Load], ahead: DeadlinesAhead | None) -> None:
    due = {} if ahead is None else count_by(ahead.due, lambda each: each.officer_id)
    wide = max([23, *(len(load.officer_id) for load in loads)]) + 1  # pseudonyms of a mapping are long
    office = max([9, *(len(load.office or "") for load in loads)]) + 1
    head = f"\n{'officer':<{wide}}{'office':<{office}}{'status':<10}{'open':>8}{'custody':>9}{'lost':>7}"
    head += f"{'workload / capacity':>24}{'utilization':>13}{'min/case':>10}"
    click.echo(head if ahead is None else f"{head}{'due 7 d':>9}{f'{DUE_DAYS} d':>8}")
    for load in loads:
        line = (
            f"{load.officer_id:<{wide}}{load.office or '-':<{office}}{load.status or '-':<10}"
            f"{load.open_cases:>8,}{load.in_custody:>9,}{load.lost_track:>7,}"
            f"{_number(load.workload_minutes_month) + ' / ' + _number(load.capacity_minutes_month):>24}"
            f"{_number(load.utilisation):>13}{_number(load.minutes_per_case_month):>10}"
        )
        counts = due.get(load.officer_id, _NO_DEADLINE)
        click.echo(line if ahead is None else f"{line}{counts.week:>9,}{counts.whole:>8,}")


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"
