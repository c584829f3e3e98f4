"""Which cases an open page has shown: each is recorded when it comes up, and not again while the page follows."""

from collections.abc import Iterable

from streams.web.pages.frame import PageFrame

__all__ = ["ViewAudit"]


class ViewAudit:
    """What an open page has shown.

    Args:
        frame: The page.
    """

    def __init__(self, frame: PageFrame) -> None:
        self._frame = frame
        self._cases: set[str] = set()

    def forget(self) -> None:
        """Somebody asked for another list: what it shows is recorded again."""
        self._cases.clear()

    async def record(self, case_ids: Iterable[str]) -> None:
        """Record what was not shown yet, before it is.

        Raises:
            BrokerError: It could not be; nothing of it may be shown.
        """
        new = list(dict.fromkeys(case_id for case_id in case_ids if case_id not in self._cases))
        await self._frame.console.audit.record(self._frame.identity, "listed", new)
        self._cases.update(new)
