"""Answers of studies, made up for tests."""

from streams.web.studies.answers import (
    AppointmentsAhead,
    CurveOfOffice,
    DifferenceDelay,
    ExpectedRange,
    MovesPoint,
    OfficeAhead,
    OfficePair,
    OfficeSide,
    TrialComparison,
    TrialCounts,
    WeekOfOffice,
)

__all__ = ["comparison", "curve", "week"]


def week(begins: str, booked: int, expected: float, utilisation: float | None = 0.5) -> WeekOfOffice:
    """Return a week with so many check-ins, an hour of work for each, and 20 hours of capacity."""
    return WeekOfOffice(
        begins=begins,
        check_ins=AppointmentsAhead(booked, expected, expected - 2, expected + 2),
        hearings=AppointmentsAhead(1, 3.0, 1.0, 5.0),
        workload_minutes=ExpectedRange(60 * expected, 60 * expected - 120, 60 * expected + 120),
        workload_minutes_booked=60.0 * booked,
        capacity_minutes=1_200.0,
        utilisation=utilisation,
    )


def office_ahead(office: str) -> OfficeAhead:
    """Return two weeks of an office."""
    return OfficeAhead(office, [week("2026-03-06T00:00:00.000Z", 8, 10.0), week("2026-03-13T00:00:00.000Z", 4, 12.0)])


def curve(office: str, *points: tuple[int, float]) -> CurveOfOffice:
    """Return a curve of (moves, highest load by mean), with a mean load of a half."""
    return CurveOfOffice(office, 4, 1_234, 0.5, [MovesPoint(moves, ratio, ratio / 2) for moves, ratio in points])


def comparison(*, weeks: float = 2.0) -> TrialComparison:
    """Return a comparison of two weeks and one office."""
    alerts = TrialCounts("all", 10, 25, 16, 1, 2, 0, 12, 30)
    return TrialComparison(
        since="2026-02-20T00:00:00.000Z",
        until="2026-03-06T00:00:00.000Z",
        weeks=weeks,
        alerts=alerts,
        earlier=DifferenceDelay(24.0, 48.0),
        later=DifferenceDelay(None, None),
        by_office=[TrialCounts("ATL", 10, 25, 16, 1, 2, 0, 12, 30)],
        by_week=[
            TrialCounts("2026-W09", 4, 9, 5, 0, 1, 0, 5, 10),
            TrialCounts("2026-W10", 6, 16, 11, 1, 1, 0, 7, 20),
        ],
        offices=[
            OfficePair("*", OfficeSide(2, 1.83, 0.92), OfficeSide(3, 1.8, 0.6)),
            OfficePair("ATL", OfficeSide(2, 1.83, 0.92), None),
        ],
    )
