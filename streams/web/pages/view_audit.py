"""The views of an open page: each case is recorded when it first appears, and not again during live updates."""

from collections.abc import Iterable

from streams.errors import BrokerError
from streams.web.pages.frame import PageFrame

__all__ = ["ViewAudit"]


class ViewAudit:
    """Records the cases that an open page shows.

    Args:
        frame: The page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        self._cases: set[str] = set()

    def reset(self) -> None:
        """Record every case again: the user requested another list."""
        self._cases.clear()

    async def record(self, case_ids: Iterable[str]) -> None:
        """Record the cases that this page has not shown yet, before it shows them.

        Raises:
            BrokerError: The record could not be written; none of the cases may be shown.
        """
        new = list(dict.fromkeys(case_id for case_id in case_ids if case_id not in self._cases))
        await self._frame.console.audit.record(self._frame.identity, "listed", new)
        self._cases.update(new)

    async def try_record(self, case_ids: Iterable[str]) -> str | None:
        """Record cases, and warn at the top of the page where that fails.

        Returns:
            Why the cases may not be shown; None when they may.
        """
        try:
            await self.record(case_ids)
        except BrokerError as error:
            self._frame.warn(f"{error}.")
            return f"Not shown: {error}."
        self._frame.warn(None)
        return None
