"""`docketwatch whatif`: shows what would differ over a window under another policy, assignment or staffing."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from schemas.instants import to_text
from streams.cli.files import OUTPUT, InputPath, print_line
from streams.cli.options import FILES, INSTANT, LAST_INSTANT, note_offices_without_zone, read_policy
from streams.cli.progress import reading
from streams.core.policy.rules import Rules
from streams.errors import UsageError
from streams.files.outputs import OutputFile, OutputGroup
from streams.process.interpreter_tuning import garbage_collector_off
from streams.sources.logs import LogWriter, read_events
from streams.tools.whatif.alert_history import SideAlert
from streams.tools.whatif.both_sides import Side, judge_both
from streams.tools.whatif.comparison import Comparison, compare
from streams.tools.whatif.edits import Edits, described, parse_added, parse_moves, with_settings
from streams.tools.whatif.limits import parse_limits
from streams.tools.whatif.page import page_of
from streams.tools.whatif.plan import PlanFile, read_plan
from streams.tools.whatif.text import text_of

__all__ = ["command", "comparison_json"]


@click.command("whatif")
@FILES
@click.option(
    "--policy",
    "policies",
    multiple=True,
    type=InputPath(must_exist=False),
    help="Given twice: the policy in force, then the one to try. Once: for both sides. Default: default.toml.",
)
@click.option("--since", type=INSTANT, help="The window begins after this instant; default: with the first event.")
@click.option("--until", type=LAST_INSTANT, required=True, help="The window ends with this instant.")
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Try another value of a policy key.")
@click.option("--add-officers", "added", multiple=True, metavar="OFFICE=N", help="Try N more officers at an office.")
@click.option(
    "--move", "moves", multiple=True, metavar="FROM=TO@INSTANT", help="Try to give an officer's open cases to another."
)
@click.option("--plan", "plan_file", type=InputPath(), help="Try with the events of this log as well.")
@click.option("--differences", type=OUTPUT, help="Write every alert that differs to this file, as JSON Lines.")
@click.option("--html", "page_file", type=OUTPUT, help="Write one self-contained HTML page to this file.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--fail-on", "limits", multiple=True, metavar="LIMIT", help="Exit with 1 when it holds: 'new>100'.")
def command(
    files: tuple[Path, ...],
    policies: tuple[Path, ...],
    since: int | None,
    until: int,
    settings: tuple[str, ...],
    added: tuple[str, ...],
    moves: tuple[str, ...],
    plan_file: Path | None,
    differences: Path | None,
    page_file: Path | None,
    as_json: bool,
    limits: tuple[str, ...],
) -> None:
    """Compare what one log brings over a window under two policies, assignments or staffings.

    It counts the alerts that are ever raised in the window (new, gone, earlier, later), those that become critical,
    how often a person has to look, the alerts open at the end, and the loads. A move is officer_assigned events at its
    instant; the past stays unchanged. Exit code 1 when a --fail-on limit holds.
    """
    if len(policies) > 2:
        raise UsageError("--policy is given more than twice: name the policy in force, then the one to try")
    if since is not None and since >= until:
        raise UsageError("--since must be before --until")
    bounds = parse_limits(limits)
    sides = policies or (None,)
    now, tried = Rules(read_policy(sides[0])), Rules(with_settings(read_policy(sides[-1]), settings))
    edits = Edits(parse_added(added), parse_moves(moves), PlanFile() if plan_file is None else read_plan(plan_file))
    with garbage_collector_off(), OutputGroup() as outputs:
        rows = outputs.add(LogWriter(differences)) if differences else None
        page = outputs.add(OutputFile(page_file)) if page_file else None
        with reading("evaluating both sides") as on_progress:
            events = read_events(files, on_progress=on_progress)
            before, after, begin = judge_both(events, now, tried, edits, since, until)
        found = compare(before, after, begin, until, [*settings, *described(edits)], edits.hash)
        if rows:
            for line in _differences(before, after):
                rows.write_line(line)
        if page:
            page.write(page_of(found).encode())
            page.finish()
    note_offices_without_zone(_offices(found), now.policy, tried.policy)
    if as_json:
        print_line(comparison_json(found))
    else:
        for text in text_of(found):
            print_line(text)
    passed = [sentence for limit in bounds if (sentence := limit.sentence_when_passed(found))]
    for sentence in passed:
        click.echo(sentence, err=True)
    if passed:
        sys.exit(1)


def _offices(comparison: Comparison) -> Iterator[str]:
    return (side.office for pair in comparison.offices for side in pair if side is not None)


def comparison_json(comparison: Comparison) -> str:
    """A comparison as one JSON object; an office record has the form that it has everywhere."""
    document = msgspec.to_builtins(comparison)
    document["offices"] = [
        {
            "office": (now or tried).office,  # type: ignore[union-attr]  # one side of a pair has it
            "now": None if now is None else json.loads(now.json()),
            "tried": None if tried is None else json.loads(tried.json()),
        }
        for now, tried in comparison.offices
    ]
    return json.dumps(document, separators=(",", ":"))


def _differences(now: Side, tried: Side) -> Iterator[bytes]:
    """Alerts of the window that are raised on one side only, or at another instant, by case."""
    names = now.alerts.keys() | tried.alerts.keys()
    pairs = [(alert_id, now.alerts.get(alert_id), tried.alerts.get(alert_id)) for alert_id in names]
    pairs = [pair for pair in pairs if _differs(pair[1], pair[2])]
    for alert_id, left, right in sorted(pairs, key=lambda pair: _place(pair[1] or pair[2], pair[0])):
        alert = left or right
        assert alert is not None
        record = {
            "alert_id": alert_id,
            "case_id": alert.case_id,
            "cause": alert.cause,
            "instance": alert.instance,
            "anchor_at": to_text(alert.anchor_at),
            "office": alert.office,
            "officer_id": alert.officer_id,
            "raised_now": None if left is None else to_text(left.raised_at),
            "raised_tried": None if right is None else to_text(right.raised_at),
        }
        yield json.dumps(record, separators=(",", ":")).encode()


def _differs(left: SideAlert | None, right: SideAlert | None) -> bool:
    if not any(side is not None and side.is_in_window for side in (left, right)):
        return False
    return left is None or right is None or left.raised_at != right.raised_at


def _place(alert: SideAlert | None, alert_id: str) -> tuple[str, str, str]:
    return ("", "", alert_id) if alert is None else (alert.case_id, alert.cause, alert_id)
