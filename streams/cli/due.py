"""`docketwatch due`: lists the deadlines ahead, with what prevents each alert."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click
import msgspec

from schemas.causes import Cause
from schemas.instants import to_text
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.evaluated import evaluated
from streams.cli.files import INPUT
from streams.cli.options import LAST_INSTANT, POLICY, read_policy
from streams.cli.workers_state import rules_of_workers, workers_settings
from streams.core.alerting.deadline_counts import DeadlineCounts, count_by
from streams.core.alerting.due_soon import DueSoon, due_soon
from streams.core.policy.rules import Rules
from streams.core.time.business_days import DAY_MS
from streams.errors import UsageError

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings

__all__ = ["DeadlinesAhead", "command", "deadlines_of_cases", "deadlines_of_workers"]

_WEEK: Final = 7
_NONE: Final = "-"


class DeadlinesAhead(NamedTuple):
    """Deadlines ahead.

    Attributes:
        as_of: The instant (ms) from which the days count; of several partitions the earliest.
        policy: The name of the policy that judged.
        due: By deadline.
        held: Why alerts of a partition are held.
    """

    as_of: int
    policy: str
    due: list[DueSoon]
    held: list[str]


@click.command("due")
@click.argument("files", nargs=-1, type=INPUT, metavar="[FILE...]")
@POLICY
@BROKERS
@PREFIX
@click.option("--until", type=LAST_INSTANT, help="As of this instant; needed with files.")
@click.option("--days", type=click.IntRange(1, 366), default=14, show_default=True, help="How many days ahead.")
@click.option("--office", "offices", multiple=True, help="Only cases of this office; repeatable.")
@click.option("--officer", "officers", multiple=True, help="Only cases of this officer; repeatable.")
@click.option(
    "--cause",
    "causes",
    type=click.Choice([cause.value for cause in Cause]),
    multiple=True,
    help="Only this cause; repeatable.",
)
@click.option("--limit", type=click.IntRange(0), default=50, show_default=True, help="List this many, the next first.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: as_of, policy, counts and due (all of them).")
def command(
    files: tuple[Path, ...],
    policy_file: Path | None,
    brokers: str | None,
    prefix: str | None,
    until: int | None,
    days: int,
    offices: tuple[str, ...],
    officers: tuple[str, ...],
    causes: tuple[str, ...],
    limit: int,
    as_json: bool,
) -> None:
    """List what comes due in the next days: an alert is raised at each deadline unless something happens.

    It reads log files or, without files, the workers' state on the broker. In the second case it needs the workers'
    policy: --policy, DOCKETWATCH_POLICY_FILE or a packaged one.
    """
    if files and until is None:
        raise UsageError("--until is needed with files: the instant from which the days count")
    if not files and until is not None:
        raise UsageError("--until goes with files; the workers keep cases as of their clock only")
    if files and until is not None:
        rules = Rules(read_policy(policy_file))
        ahead = deadlines_of_cases(evaluated(files, rules, until).cases.records(), rules, until, days)
    else:
        settings = workers_settings(brokers, prefix, ["case-state", "load-partials"])
        ahead = run_loop(deadlines_of_workers(settings, policy_file or settings.policy_file, days))
    kept = [
        each
        for each in ahead.due
        if (not offices or each.office in offices)
        and (not officers or each.officer_id in officers)
        and (not causes or each.cause in causes)
    ]
    ahead = ahead._replace(due=kept)
    click.echo(_json(ahead, days) if as_json else _text(ahead, days, limit))


def deadlines_of_cases(records: Iterable[tuple[str, bytes]], rules: Rules, until: int, days: int) -> DeadlinesAhead:
    """The deadlines of evaluated cases.

    Args:
        records: (case id, packed state), as judged at `until`.
        rules: The policy that judged them.
        until: The instant (ms) from which the days count.
        days: How many.
    """
    return DeadlinesAhead(until, rules.policy_name, sorted(due_soon(records, rules, until, until + days * DAY_MS)), [])


async def deadlines_of_workers(settings: "Settings", policy_file: Path | None, days: int) -> DeadlinesAhead:
    """The deadlines of the cases that workers keep on the broker, one partition after the other.

    Args:
        settings: How to reach the brokers, and how many partitions the topics have.
        policy_file: The workers' policy; None for a packaged one.
        days: How many days from the clock of each partition.

    Raises:
        BrokerError: The broker cannot be read from.
        UsageError: No worker has judged an event, or the workers have another policy.
    """
    # imported late: the Kafka client is slow to import, and files do not need it
    from streams.kafka.input_gaps import held_sentence
    from streams.kafka.state.case_lookup import read_partitions

    due: list[DueSoon] = []
    policies: dict[str, Rules] = {}
    held: list[str] = []
    clocks = []
    async for each in read_partitions(settings, Rules(read_policy(None))):
        cases, clock = each.cases, each.clock
        held += [held_sentence(gap) for gap in each.gaps]
        if cases.first is None:
            continue
        clocks.append(clock)
        judged_as = cases.judged_as
        if judged_as not in policies:
            policies[judged_as] = rules_of_workers("these cases", judged_as, policy_file)
        due += due_soon(cases.records(), policies[judged_as], clock, clock + days * DAY_MS)
    if not clocks:
        raise UsageError("no worker has judged an event yet")
    names = sorted({rules.policy_name for rules in policies.values()})
    return DeadlinesAhead(min(clocks), ", ".join(names), sorted(due), held)


def _counts(ahead: DeadlinesAhead, by: str) -> list[tuple[str, DeadlineCounts]]:
    """The counts by name, in the order of the names."""
    return sorted(count_by(ahead.due, lambda each: getattr(each, by) or _NONE).items())


def _json(ahead: DeadlinesAhead, days: int) -> str:
    counts = {
        by: {name: {"within_7d": each.week, "within": each.whole} for name, each in _counts(ahead, field)}
        for by, field in (("office", "office"), ("officer", "officer_id"), ("cause", "cause"))
    }
    due = [{**msgspec.structs.asdict(each), "deadline": to_text(each.deadline)} for each in ahead.due]
    document = {
        "as_of": to_text(ahead.as_of),
        "policy": ahead.policy,
        "days": days,
        "cases": len({each.case_id for each in ahead.due}),
        "held": ahead.held,
        "counts": counts,
        "due": due,
    }
    return msgspec.json.encode(document).decode()


def _text(ahead: DeadlinesAhead, days: int, limit: int) -> str:
    cases, has_week = len({each.case_id for each in ahead.due}), days > _WEEK
    of_week = f", {sum(each.within_7d for each in ahead.due):,} of them within {_WEEK}" if has_week else ""
    lines = [
        f"As of {to_text(ahead.as_of)}, policy {ahead.policy}",
        *(f"held: {sentence}" for sentence in ahead.held),
        f"{len(ahead.due):,} deadlines of {cases:,} cases within {days} days{of_week}",
    ]
    for title, field in (("office", "office"), ("officer", "officer_id"), ("cause", "cause")):
        counts = _counts(ahead, field)
        lines += ["", _row(title, f"{_WEEK} days", f"{days} days", has_week=has_week)]
        lines += [_row(name, f"{each.week:,}", f"{each.whole:,}", has_week=has_week) for name, each in counts]
    lines += [""] if limit and ahead.due else []
    lines += _list(ahead.due, limit)
    return "\n".join(lines)


def _row(name: str, week: str, whole: str, *, has_week: bool) -> str:
    return f"{name:<28}{week if has_week else '':>{10 if has_week else 0}}{whole:>10}"


def _list(due: Sequence[DueSoon], limit: int) -> list[str]:
    lines = []
    for each in due[:limit]:
        instance = f" {each.instance}" if each.instance else ""
        place = f"office {each.office or _NONE}, officer {each.officer_id or _NONE}"
        lines.append(f"{to_text(each.deadline)}  {each.case_id}  {place}  {each.cause}{instance}")
        lines.append(f"    {each.sentence}")
    if limit and len(due) > limit:
        lines.append(f"and {len(due) - limit:,} more: --limit lists more, --json lists all")
    return lines
