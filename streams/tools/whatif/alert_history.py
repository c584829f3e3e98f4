"""What became of every alert of one side: when it was raised first, when it became critical, whether it is open."""

from collections.abc import Iterable

from msgspec import Struct

from streams.core.alerting.alert_revision import AlertRevision

__all__ = ["AlertHistories", "SideAlert"]


class SideAlert(Struct, gc=False):
    """An alert on one side; instants are milliseconds.

    Attributes:
        case_id, cause, instance, anchor_at: What it is about.
        office, officer_id: As published when it was raised last.
        raised_at: When it was raised first.
        in_window_at: When it was raised in the window first, once or again; None when it was not.
        critical_at: When it became critical for the first time in the window; None when it did not.
        looks: How often a person had to look in the window: it was raised, or it became critical.
        is_open: Whether it is open now.
        is_critical: Whether it is open and critical now.
    """

    case_id: str
    cause: str
    instance: str | None
    anchor_at: int
    office: str | None
    officer_id: str | None
    raised_at: int
    in_window_at: int | None = None
    critical_at: int | None = None
    looks: int = 0
    is_open: bool = False
    is_critical: bool = False

    @property
    def is_in_window(self) -> bool:
        """Whether it was raised in the window, once or again."""
        return self.in_window_at is not None


class AlertHistories(dict[str, SideAlert]):
    """By alert_id.

    Args:
        since: The window begins after this instant (ms).
    """

    def __init__(self, since: int) -> None:
        super().__init__()
        self._since = since

    def add(self, revisions: Iterable[AlertRevision]) -> None:
        """Take revisions in the order of the log."""
        for revision in revisions:
            history = self.get(revision.alert_id)
            if history is None:
                history = self[revision.alert_id] = SideAlert(
                    revision.case_id, revision.cause, revision.instance, revision.anchor_at,
                    revision.office, revision.officer_id, revision.raised_at,
                )  # fmt: skip
            self._follow(history, revision)

    def _follow(self, history: SideAlert, revision: AlertRevision) -> None:
        if revision.status not in ("raised", "escalated"):
            history.is_open = history.is_critical = False
            return
        is_in_window = revision.at > self._since
        if not history.is_open:
            history.is_open = True
            history.office, history.officer_id = revision.office, revision.officer_id
            if is_in_window:
                history.looks += 1
                if history.in_window_at is None:
                    history.in_window_at = revision.at
        if revision.status == "escalated" and not history.is_critical:
            history.is_critical = True
            if is_in_window:
                history.looks += 1
                if history.critical_at is None:
                    history.critical_at = revision.at
