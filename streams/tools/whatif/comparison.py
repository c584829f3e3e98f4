"""What differs between two sides over a window: alerts raised, alerts open at the end, loads, officers needed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from statistics import quantiles
from typing import Final

from msgspec import Struct

from schemas.instants import to_text
from schemas.office_loads import OfficeLoad
from streams.core.policy.rules import CAUSES
from streams.tools.whatif.alert_history import SideAlert
from streams.tools.whatif.both_sides import Side

__all__ = ["AlertCounts", "Comparison", "Delay", "OfficerChange", "compare"]

_HOUR_MS: Final = 3_600_000
_WEEK_MS: Final = 7 * 24 * _HOUR_MS
_DECILES: Final = 10
_UNKNOWN: Final = "(none)"
_CAUSE_ORDER: Final = {cause.value: place for place, cause in enumerate(CAUSES)}


class AlertCounts(Struct):
    """Alerts of one group over the window; `now` is as it was, `tried` is with the edits.

    Attributes:
        group: A cause, an office, an officer or a week; "all".
        now, tried: Alerts that were raised in the window.
        new: Raised in the window on the tried side, and never on the other.
        gone: Raised in the window as it was, and never on the tried side.
        earlier, later: Raised on both sides, on the tried side before or after.
        critical_now, critical_tried: Alerts that became critical in the window.
        looks_now, looks_tried: How often a person had to look: an alert was raised, or became critical.
        open_now, open_tried: Alerts open at the end.
    """

    group: str
    now: int = 0
    tried: int = 0
    new: int = 0
    gone: int = 0
    earlier: int = 0
    later: int = 0
    critical_now: int = 0
    critical_tried: int = 0
    looks_now: int = 0
    looks_tried: int = 0
    open_now: int = 0
    open_tried: int = 0


class Delay(Struct, frozen=True):
    """By how much alerts come earlier or later, in hours.

    Attributes:
        alerts: How many.
        median_hours, p90_hours: Of them; None without any.
    """

    alerts: int
    median_hours: float | None
    p90_hours: float | None


class OfficerChange(Struct, frozen=True):
    """An officer whose load differs at the end; None without a row or without capacity."""

    officer_id: str
    open_cases_now: int
    open_cases_tried: int
    utilisation_now: float | None
    utilisation_tried: float | None


class Comparison(Struct, frozen=True):
    """All that differs.

    Attributes:
        since, until: The window, as text: after `since`, up to `until`.
        weeks: Its length.
        policy_now, policy_tried: name@version (hash).
        edits: What else is changed, as sentences.
        edits_hash: What tells these edits from others; None without any.
        alerts: All groups together.
        earlier, later: By how much.
        by_cause, by_office, by_officer, by_week: Groups without an alert are left out.
        offices: The office records at the end, as it was and tried, all offices together (`*`) first.
        officers: Those whose load differs, the greatest change of utilisation first.
    """

    since: str
    until: str
    weeks: float
    policy_now: str
    policy_tried: str
    edits: list[str]
    edits_hash: str | None
    alerts: AlertCounts
    earlier: Delay
    later: Delay
    by_cause: list[AlertCounts]
    by_office: list[AlertCounts]
    by_officer: list[AlertCounts]
    by_week: list[AlertCounts]
    offices: list[tuple[OfficeLoad | None, OfficeLoad | None]]
    officers: list[OfficerChange]


def compare(
    now: Side, tried: Side, since: int, until: int, edits: list[str], edits_hash: str | None = None
) -> Comparison:
    """Compare two sides of one log.

    Args:
        now: The side as it was.
        tried: The side with the edits.
        since: The window begins after this instant (ms).
        until: The window ends with this instant (ms).
        edits: What is changed beside the policy.
        edits_hash: What tells these edits from others.
    """
    pairs = list(_pairs(now, tried))
    shifts = [tried.raised_at - now.raised_at for now, tried in pairs if now and tried and _is_in_window(now, tried)]
    return Comparison(
        since=to_text(since),
        until=to_text(until),
        weeks=(until - since) / _WEEK_MS,
        policy_now=now.rules.policy_name,
        policy_tried=tried.rules.policy_name,
        edits=edits,
        edits_hash=edits_hash,
        alerts=next(iter(_grouped(pairs, lambda _: "all")), AlertCounts("all")),
        earlier=_delay([-shift for shift in shifts if shift < 0]),
        later=_delay([shift for shift in shifts if shift > 0]),
        by_cause=sorted(_grouped(pairs, lambda alert: alert.cause), key=lambda row: _CAUSE_ORDER[row.group]),
        by_office=_sorted(_grouped(pairs, lambda alert: alert.office or _UNKNOWN)),
        by_officer=_sorted(_grouped(pairs, lambda alert: alert.officer_id or _UNKNOWN)),
        by_week=_by_week(pairs),
        offices=list(_office_pairs(now, tried)),
        officers=_officers(now, tried),
    )


_Pair = tuple[SideAlert | None, SideAlert | None]


def _pairs(now: Side, tried: Side) -> Iterator[_Pair]:
    for alert_id in now.alerts.keys() | tried.alerts.keys():
        yield now.alerts.get(alert_id), tried.alerts.get(alert_id)


def _is_in_window(now: SideAlert, tried: SideAlert) -> bool:
    return now.is_in_window or tried.is_in_window


def _grouped(pairs: Iterable[_Pair], group_of: Callable[[SideAlert], str]) -> list[AlertCounts]:
    """Each side's numbers count for that side's group; earlier and later for the group as it was."""
    rows: dict[str, AlertCounts] = {}

    def row(alert: SideAlert) -> AlertCounts:
        group = group_of(alert)
        found = rows.get(group)
        if found is None:
            found = rows[group] = AlertCounts(group)
        return found

    for now, tried in pairs:
        if now is not None:
            counts = row(now)
            counts.now += now.is_in_window
            counts.critical_now += now.critical_at is not None
            counts.looks_now += now.looks
            counts.open_now += now.is_open
            counts.gone += now.is_in_window and tried is None
        if tried is not None:
            counts = row(tried)
            counts.tried += tried.is_in_window
            counts.critical_tried += tried.critical_at is not None
            counts.looks_tried += tried.looks
            counts.open_tried += tried.is_open
            counts.new += tried.is_in_window and now is None
        if now is not None and tried is not None and _is_in_window(now, tried):
            counts = row(now)
            counts.earlier += tried.raised_at < now.raised_at
            counts.later += tried.raised_at > now.raised_at
    return [counts for counts in rows.values() if counts != AlertCounts(counts.group)]


def _by_week(pairs: Iterable[_Pair]) -> list[AlertCounts]:
    """By the week in which an alert was raised in the window; alerts that were not are left out."""
    rows = _grouped(pairs, lambda alert: "" if alert.in_window_at is None else _week(alert.in_window_at))
    return _sorted(row for row in rows if row.group)


def _sorted(rows: Iterable[AlertCounts]) -> list[AlertCounts]:
    return sorted(rows, key=lambda row: row.group)


def _week(ms: int) -> str:
    """The ISO week of an instant, in UTC."""
    year, week, _ = datetime.fromtimestamp(ms / 1000, UTC).isocalendar()
    return f"{year}-W{week:02}"


def _delay(shifts: list[int]) -> Delay:
    if not shifts:
        return Delay(0, None, None)
    hours = [shift / _HOUR_MS for shift in shifts]
    if len(hours) == 1:
        return Delay(1, hours[0], hours[0])
    deciles = quantiles(hours, n=_DECILES, method="inclusive")
    return Delay(len(hours), deciles[_DECILES // 2 - 1], deciles[-1])


def _office_pairs(now: Side, tried: Side) -> Iterator[tuple[OfficeLoad | None, OfficeLoad | None]]:
    left, right = ({summary.office: summary.record for summary in side.offices} for side in (now, tried))
    for office in dict.fromkeys([*left, *right]):
        yield left.get(office), right.get(office)


def _officers(now: Side, tried: Side) -> list[OfficerChange]:
    changes = []
    for officer_id in now.loads.keys() | tried.loads.keys():
        left, right = now.loads.get(officer_id), tried.loads.get(officer_id)
        change = OfficerChange(
            officer_id,
            0 if left is None else left.open_cases,
            0 if right is None else right.open_cases,
            None if left is None else left.utilisation,
            None if right is None else right.utilisation,
        )
        if change.open_cases_now != change.open_cases_tried or _change(change):
            changes.append(change)
    return sorted(changes, key=lambda each: (-_change(each), each.officer_id))


def _change(officer: OfficerChange) -> float:
    return abs((officer.utilisation_tried or 0.0) - (officer.utilisation_now or 0.0))
