"""`docketwatch due`: lists the deadlines ahead, with what prevents each alert."""

from collections import Counter
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
from streams.core.alerting.due_soon import DueSoon, due_soon
from streams.core.policy.rules import Rules
from streams.core.time.business_days import DAY_MS
from streams.errors import UsageError

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings

__all__ = ["command"]

_WEEK: Final = 7
_NONE: Final = "-"


class _Ahead(NamedTuple):
    """Deadlines ahead.

    Attributes:
        as_of: The instant (ms) from which the days count; of several partitions the earliest.
        policy: The name of the policy that judged.
        due: By deadline.
        week: Those of the first seven days.
        held: Why alerts of a partition are held.
    """

    as_of: int
    policy: str
    due: list[DueSoon]
    week: frozenset[DueSoon]
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
        ahead = _from_files(files, Rules(read_policy(policy_file)), until, days)
    else:
        ahead = _from_workers(brokers, prefix, policy_file, days)
    kept = [
        each
        for each in ahead.due
        if (not offices or each.office in offices)
        and (not officers or each.officer_id in officers)
        and (not causes or each.cause in causes)
    ]
    ahead = ahead._replace(due=kept, week=ahead.week.intersection(kept))
    click.echo(_json(ahead, days) if as_json else _text(ahead, days, limit))


def _from_files(files: tuple[Path, ...], rules: Rules, until: int, days: int) -> _Ahead:
    due = sorted(due_soon(evaluated(files, rules, until).cases.records(), rules, until, until + days * DAY_MS))
    return _Ahead(until, rules.policy_name, due, _of_the_week(due, until), [])


def _from_workers(brokers: str | None, prefix: str | None, policy_file: Path | None, days: int) -> _Ahead:
    settings = workers_settings(brokers, prefix, ["case-state"])
    return run_loop(_read_workers(settings, policy_file or settings.policy_file, days))


async def _read_workers(settings: "Settings", policy_file: Path | None, days: int) -> _Ahead:
    # imported late: the Kafka client is slow to import, and files do not need it
    from streams.kafka.input_gaps import held_sentence
    from streams.kafka.state.case_lookup import read_partitions

    due: list[DueSoon] = []
    week: set[DueSoon] = set()
    policies: dict[str, Rules] = {}
    held: list[str] = []
    clocks = []
    async for each in read_partitions(settings, Rules(read_policy(None))):
        cases, clock = each.cases, each.cases.watermark
        held += [held_sentence(gap) for gap in each.gaps]
        if cases.first is None:
            continue
        clocks.append(clock)
        judged_as = cases.judged_as
        if judged_as not in policies:
            policies[judged_as] = rules_of_workers("these cases", judged_as, policy_file)
        found = list(due_soon(cases.records(), policies[judged_as], clock, clock + days * DAY_MS))
        due += found
        week |= _of_the_week(found, clock)
    if not clocks:
        raise UsageError("no worker has judged an event yet")
    names = sorted({rules.policy_name for rules in policies.values()})
    return _Ahead(min(clocks), ", ".join(names), sorted(due), frozenset(week), held)


def _of_the_week(due: Iterable[DueSoon], clock: int) -> frozenset[DueSoon]:
    return frozenset(each for each in due if each.deadline <= clock + _WEEK * DAY_MS)


def _counts(ahead: _Ahead, by: str) -> list[tuple[str, int, int]]:
    """(name, deadlines within seven days, deadlines within all days), by name."""
    whole = Counter(getattr(each, by) or _NONE for each in ahead.due)
    week = Counter(getattr(each, by) or _NONE for each in ahead.week)
    return [(name, week[name], count) for name, count in sorted(whole.items())]


def _json(ahead: _Ahead, days: int) -> str:
    counts = {
        by: {name: {"within_7d": week, "within": count} for name, week, count in _counts(ahead, field)}
        for by, field in (("office", "office"), ("officer", "officer_id"), ("cause", "cause"))
    }
    due = [
        {**msgspec.structs.asdict(each), "deadline": to_text(each.deadline), "within_7d": each in ahead.week}
        for each in ahead.due
    ]
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


def _text(ahead: _Ahead, days: int, limit: int) -> str:
    cases, has_week = len({each.case_id for each in ahead.due}), days > _WEEK
    of_week = f", {len(ahead.week):,} of them within {_WEEK}" if has_week else ""
    lines = [
        f"As of {to_text(ahead.as_of)}, policy {ahead.policy}",
        *(f"held: {sentence}" for sentence in ahead.held),
        f"{len(ahead.due):,} deadlines of {cases:,} cases within {days} days{of_week}",
    ]
    for title, field in (("office", "office"), ("officer", "officer_id"), ("cause", "cause")):
        counts = _counts(ahead, field)
        lines += ["", _row(title, f"{_WEEK} days", f"{days} days", has_week=has_week)]
        lines += [_row(name, f"{week:,}", f"{count:,}", has_week=has_week) for name, week, count in counts]
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
