"""The dashboards: each panel is titled with a question and colored by the policy's thresholds."""

from schemas.policy import Policy
from streams.monitoring.boards.lost_track import lost_track
from streams.monitoring.boards.officers import officers
from streams.monitoring.boards.overview import overview
from streams.monitoring.boards.panels import DashboardSpec
from streams.monitoring.boards.pipeline import pipeline

__all__ = ["boards"]


def boards(policy: Policy) -> list[DashboardSpec]:
    """All dashboards, in reading order."""
    return [overview(policy), officers(policy), lost_track(policy), pipeline(policy)]
