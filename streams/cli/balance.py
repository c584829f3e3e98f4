"""`docketwatch balance`: moves of cases inside an office that even out the utilisation of its officers."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from schemas.instants import to_text
from schemas.loads import Load
from streams.cli.evaluated import evaluated
from streams.cli.files import OUTPUT, print_line
from streams.cli.options import FILES, LAST_INSTANT, POLICY, read_policy, require_case_id
from streams.core.evaluation import Evaluation
from streams.core.policy.rules import Rules
from streams.errors import UsageError
from streams.extras import require
from streams.files.outputs import OutputGroup
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.logs import LogWriter

if TYPE_CHECKING:
    from streams.tools.balance.docket import OfficeDocket, Seat
    from streams.tools.balance.plan import OfficePlan
    from streams.tools.balance.report import OfficeReport
    from streams.tools.balance.room import CaseRoom

__all__ = ["balanced", "command"]


@click.command("balance")
@FILES
@POLICY
@click.option("--until", type=LAST_INSTANT, required=True, help="As of this instant; the moves happen at it.")
@click.option("--office", "names", multiple=True, metavar="OFFICE", help="Only this office; may come several times.")
@click.option(
    "--moves", "budget", type=click.IntRange(min=0), help="Plan at most this many moves in an office. Default: no plan."
)
@click.option("--plan", "plan_file", type=OUTPUT, help="Write the plan as officer_assigned events: `whatif --plan`.")
@click.option("--case", "case_id", metavar="CASE_ID", help="Name the three officers with most room for this case.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    files: tuple[Path, ...],
    policy_file: Path | None,
    until: int,
    names: tuple[str, ...],
    budget: int | None,
    plan_file: Path | None,
    case_id: str | None,
    as_json: bool,
) -> None:
    """Compute which cases to give to which officer of the same office.

    The curve shows how even the utilisation gets with how many moves, each time with the least disruption, weighted by
    level. It needs the extra `balance`; --case does not.
    """
    if case_id is not None and (names or budget is not None or plan_file):
        raise UsageError("--case goes without --office, --moves and --plan: it asks about one case")
    if plan_file is not None and budget is None:
        raise UsageError("--plan needs --moves: the budget of the plan")
    if case_id is not None:
        require_case_id("--case", case_id)
    if case_id is None:
        require("balance", "`docketwatch balance`")
    from streams.tools.balance.docket import seats_of
    from streams.tools.balance.intake import IntakeLimits

    rules = Rules(read_policy(policy_file))
    with garbage_collector_off(), OutputGroup() as outputs:
        writer = outputs.add(LogWriter(plan_file)) if plan_file else None
        evaluation = evaluated(files, rules, until)
        loads = evaluation.loads()
        seats = seats_of(loads, IntakeLimits(rules, evaluation.table, until).left)
        if case_id is not None:
            room = _room(case_id, evaluation, loads, seats, rules, until)
            _print_room(room, as_json=as_json)
            return
        reports = []
        for docket in _dockets(evaluation, seats, rules, until, names):
            report, plan = balanced(docket, rules, budget)
            reports.append(report)
            if writer and plan:
                for move in plan.moves:
                    writer.write(move.event(until))
    if as_json:
        print_line(_json(reports, rules, until))
    else:
        _print(reports, rules, until)


def _dockets(
    evaluation: Evaluation, seats: "dict[str, list[Seat]]", rules: Rules, until: int, names: tuple[str, ...]
) -> "list[OfficeDocket]":
    from streams.tools.balance.docket import read_offices

    offices = read_offices(evaluation.cases.records(), seats, rules, until)
    for name in names:
        if name not in offices:
            raise UsageError(f"--office {name}: no officer of that office is at work and has capacity at that instant")
    return [docket for office, docket in offices.items() if not names or office in names]


def balanced(docket: "OfficeDocket", rules: Rules, budget: int | None) -> "tuple[OfficeReport, OfficePlan | None]":
    """The curve of one office and, within a budget of moves, a plan; it needs the extra `balance`."""
    from streams.tools.balance.curve import curve_of, flow_within  # late: they need the extra
    from streams.tools.balance.plan import plan_of
    from streams.tools.balance.program import OfficeProgram
    from streams.tools.balance.report import report_of

    if not docket.mean:
        return report_of(docket, [], None, budget), None
    program = OfficeProgram(docket, rules.policy.disruption)
    plan = None if budget is None else plan_of(program, flow_within(program, budget))
    return report_of(docket, list(curve_of(program)), plan, budget), plan


def _room(
    case_id: str,
    evaluation: Evaluation,
    loads: list[Load],
    seats: "dict[str, list[Seat]]",
    rules: Rules,
    until: int,
) -> "CaseRoom":
    from streams.tools.balance.room import room_for

    if case_id not in evaluation.cases:
        raise UsageError(f"no event of case {case_id} is in these files up to then")
    room = room_for(case_id, evaluation.cases.state(case_id), loads, seats, rules, until)
    if room is None:
        raise UsageError(f"case {case_id} is not open at that instant: it goes to no officer")
    return room


def _print_room(case_room: "CaseRoom", *, as_json: bool) -> None:
    from streams.tools.balance.room import case_lines

    if as_json:
        print_line(msgspec.json.encode(case_room).decode())
        return
    for line in case_lines(case_room):
        print_line(line)


def _json(reports: "list[OfficeReport]", rules: Rules, until: int) -> str:
    document = {
        "as_of": to_text(until),
        "policy": rules.policy_id,
        "policy_hash": rules.policy_hash,
        "disruption": rules.policy.disruption.model_dump(),
        "offices": reports,
    }
    return msgspec.json.encode(document).decode()


def _print(reports: "list[OfficeReport]", rules: Rules, until: int) -> None:
    weights = ", ".join(f"{level} {weight:g}" for level, weight in rules.policy.disruption.model_dump().items())
    print_line(f"As of {to_text(until)}, under {rules.policy_name}; a move disrupts by level: {weights}")
    for report in reports:
        print_line("")
        for line in _lines(report):
            print_line(line)


def _lines(report: "OfficeReport") -> Iterator[str]:
    from rich.console import Console

    from streams.tools.balance.report import office_lines
    from streams.tools.balance.tables import curve_table, officer_table

    def drawn(table: object) -> Iterator[str]:
        console = Console(width=100, highlight=False)
        with console.capture() as captured:
            console.print(table)
        yield from (line.rstrip() for line in captured.get().splitlines())

    yield from office_lines(report)
    if not report.curve:
        yield "  its officers have no work"
        return
    yield from drawn(curve_table(report))
    if report.plan is not None:
        reached = report.plan.point
        yield (
            f"* the plan: {reached.moves:,} of {report.plan.budget:,} moves, max/mean utilization "
            f"{reached.max_by_mean:.3f}; {len(report.plan.officers):,} officers give or take cases"
        )
        if report.plan.officers:
            yield from drawn(officer_table(report.plan.officers))
