"""The rows and texts in which the console must show the numbers of a docket."""

from typing import Final

from schemas.causes import CLASS_OF, Cause
from schemas.instants import to_ms
from streams.core.load.office_record import needed
from streams.web.labels import CAUSES, DOCKET_CAUSES
from tests.browser.served_pages import TileTexts
from tests.kafka.evaluated_numbers import EvaluatedNumbers, cases_of, gini, quantile

__all__ = ["SIDES", "cause_row", "office_row", "officer_row", "shares", "sides_text", "tiles"]

SIDES: Final = ("agency", "record", "person")
_DAY_MS: Final = 86_400_000


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:,.{digits}f}"


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio * 100:,.0f}%"


def _days(since: list[str], until: int) -> str:
    return f"{(until - min(map(to_ms, since))) // _DAY_MS:,} d" if since else "-"


def shares(ordered: list[float]) -> list[float | None]:
    """Return p50, p90 and the largest of numbers in order; nothing of none."""
    return [quantile(ordered, share) for share in (0.5, 0.9, 1)] if ordered else [None] * 3


def office_row(numbers: EvaluatedNumbers, office: str) -> dict[str, str]:
    """Return a row of the table of offices."""
    record, alerts = numbers.offices[office], numbers.alerts_of(office)
    cases = numbers.spread_of(office, "open_cases")
    return {
        "Office": office,
        "Min/case": _number(record["minutes_per_case_month"]),
        "Open cases": f"{record['open_cases']:,}",
        "Load": _percent(record["utilisation"]),
        "Lost track": f"{record['lost_track']:,}",
        "Officers at work": f"{record['officers_at_work']:,}",
        "Officers needed": needed(record["officers_needed"]),
        "Achievable": _number(record["achievable_caseload"], 0),
        "Deadlines in 7 d": f"{record['deadlines_7d']:,}",
        "Unassigned": f"{record['unassigned']:,}",
        "In transit": f"{record['in_transit']:,}",
        "Officer absent": f"{record['with_absent']:,}",
        "Absent officers": f"{numbers.absent(office):,}",
        **{
            f"Load {name}": _percent(value)
            for name, value in zip(("p50", "p90", "max"), shares(numbers.spread_of(office, "utilisation")), strict=True)
        },
        **{
            f"Cases {name}": _number(value, 0) for name, value in zip(("p50", "p90", "max"), shares(cases), strict=True)
        },
        "Gini": _number(gini(cases), 2),
        **{side.capitalize(): f"{cases_of(alerts, cause_class=side):,}" for side in SIDES},
    }


def officer_row(numbers: EvaluatedNumbers, officer: str) -> dict[str, str]:
    """Return a row of the table of officers, the causes of its alerts sorted."""
    load = numbers.officers[officer]
    return {
        "Officer": officer,
        "Office": load["office"] or "-",
        "Min/case": _number(load["minutes_per_case_month"]),
        "Open cases": f"{load['open_cases']:,}",
        "Load": _percent(load["utilisation"]),
        "Lost track": f"{load['lost_track']:,}",
        "Overdue": f"{load['overdue']:,}",
        "In custody": f"{load['in_custody']:,}",
        "Due in 7 d": f"{load['bookings_7d'] + load['hearings_7d']:,}",
        "Deadlines in 7 d": f"{load['deadlines_7d']:,}",
        "Status": load["status"] or "-",
        "Docket alerts": ", ".join(
            sorted({DOCKET_CAUSES[each["cause"]] for each in numbers.officer_alerts if each["officer_id"] == officer})
        ),
    }


def cause_row(numbers: EvaluatedNumbers, cause: str, until: int) -> dict[str, str]:
    """Return the numbers of a row of the table of causes; `until` is the clock (ms)."""
    alerts = [each for each in numbers.alerts if each["cause"] == cause]
    return {
        "Cause": CAUSES[cause][0],
        "Side": CLASS_OF[Cause(cause)].value,
        "Cases": f"{numbers.offices['*']['by_cause'][cause]:,}",
        "Critical": f"{cases_of(alerts, severity='critical'):,}",
        "Longest": _days([each["raised_at"] for each in alerts], until),
    }


def sides_text(numbers: EvaluatedNumbers) -> str:
    """Return the cases lost track of by side, in words."""
    return ", ".join(f"{cases_of(numbers.alerts, cause_class=side):,} {side}" for side in SIDES)


def tiles(numbers: EvaluatedNumbers, until: int) -> dict[str, TileTexts]:
    """Return the tiles of the overview; `until` is the clock (ms)."""
    whole = numbers.offices["*"]
    at_work = f"{whole['officers_at_work']:,} at work"
    without = [each["raised_at"] for each in numbers.alerts if each["cause"] in ("no_officer", "in_transit")]
    least, where = min(
        (record["minutes_per_case_month"], office) for office, record in numbers.offices.items() if office != "*"
    )
    counted = f"of {whole['open_cases'] + whole['in_custody']:,} open; by side (a case may be on several)"
    others = f"also {whole['in_transit']:,} in transit, {whole['with_absent']:,} with an absent officer"
    far, away = numbers.over("*", "critical"), numbers.absent("*")
    return {
        "Lost-track cases": TileTexts(f"{whole['lost_track']:,}", f"{counted}: {sides_text(numbers)}"),
        "Unassigned cases": TileTexts(f"{whole['unassigned']:,}", f"{others}; longest {_days(without, until)}"),
        "Officers over capacity": TileTexts(
            f"{numbers.over('*', 'overloaded'):,}",
            f"of {at_work}; {far:,} at 150% or more; {away:,} absent with cases",
        ),
        "Minutes per case per month": TileTexts(
            _number(whole["minutes_per_case_month"]), f"lowest: {where}, {_number(least)}"
        ),
        "Officers needed": TileTexts(needed(whole["officers_needed"]), f"{at_work}; an estimate, see Offices"),
    }
