"""A progress bar on a terminal; nothing elsewhere, and where the extra `terminal` is not installed."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from streams.extras import is_installed

__all__ = ["reading", "showing"]


@contextmanager
def reading(what: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr for as long as the block runs.

    Args:
        what: What is being done, in a word or two.

    Yields:
        What to call with (done, total), or None without a bar.
    """
    if not _has_bar():
        yield None
        return
    from rich.console import Console  # late: of an extra
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@contextmanager
def showing(what: str) -> Iterator[Callable[[str], None]]:
    """A status line on stderr for as long as the block runs.

    Args:
        what: Its first text.

    Yields:
        A function that changes the text.
    """
    if not _has_bar():
        yield lambda _: None
        return
    from rich.console import Console  # late, as above
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(bar_width=20), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda text: bar.update(task, description=text)


def _has_bar() -> bool:
    return sys.stderr.isatty() and is_installed("terminal")
