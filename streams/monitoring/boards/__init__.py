"""The dashboards: each panel asks a question, and the board answers it with the marks of the policy."""

from schemas.policy import Policy
from streams.monitoring.boards.lost_track import lost_track
from streams.monitoring.boards.officers import officers
from streams.monitoring.boards.overview import overview
from streams.monitoring.boards.panels import DashboardSpec
from streams.monitoring.boards.pipeline import pipeline

__all__ = ["boards"]


def boards(policy: Policy) -> list[DashboardSpec]:
    """All of them, the first question first."""
    return [overview(policy), officers(policy), lost_track(policy), pipeline(policy)]
