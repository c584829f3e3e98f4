"""Shows the facts live: a screen on a terminal, plain lines elsewhere."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import click
from rich.console import Console
from rich.live import Live

from schemas.topics import topic
from streams.cli.terminal.facts import ScreenFacts
from streams.cli.terminal.lines import lines
from streams.cli.terminal.numbers import read_numbers
from streams.cli.terminal.screen import screen
from streams.kafka.client.settings import Settings
from streams.kafka.client.table_reader import read_as_table

__all__ = ["show"]

_SCREEN_SECONDS: Final = 0.5
_LINES_SECONDS: Final = 2.0


async def show(
    settings: Settings,
    metrics_url: str,
    *,
    until: float | None,
    on_screen: bool,
    started: float,
    check: Callable[[], None],
    footer: Callable[[int | None], Sequence[str]],
    is_played: Callable[[], bool],
    played: str,
) -> None:
    """Show the facts until cancelled.

    Args:
        settings: Connection settings; names and partitions of the topics.
        metrics_url: The URL of the worker's metrics.
        until: When to return (monotonic seconds); None for never.
        on_screen: A live screen; else plain lines.
        started: When the command began (monotonic seconds).
        check: Called at every update; raises when a process has ended.
        footer: Makes the last lines of the screen, of the worker's clock (ms).
        is_played: Whether the log has been replayed to its end.
        played: What the lines say then, once.
    """
    facts = ScreenFacts()
    alerts, loads = topic("lost-track-alerts", settings.prefix).name, topic("officer-load", settings.prefix).name

    def on_record(name: str, key: bytes, value: bytes | None) -> None:
        if name == alerts:
            facts.alert(key, value)
        else:
            facts.load(value)

    following = asyncio.create_task(read_as_table(settings, [alerts, loads], on_record))
    try:
        showing = _on_screen(facts, footer) if on_screen else _in_lines(facts, started, is_played, played)
        every = _SCREEN_SECONDS if on_screen else _LINES_SECONDS
        with showing as update:
            while until is None or time.monotonic() < until:
                check()
                if following.done():
                    following.result()
                numbers = await asyncio.to_thread(read_numbers, metrics_url)
                if numbers is not None:
                    facts.update(numbers)
                update()
                await asyncio.sleep(every if until is None else max(0.0, min(every, until - time.monotonic())))
            if not on_screen:
                update()
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        if on_screen:  # print the facts, because the live screen disappears
            for line in lines(facts, time.monotonic() - started):
                click.echo(line)


@contextmanager
def _on_screen(facts: ScreenFacts, footer: Callable[[int | None], Sequence[str]]) -> Iterator[Callable[[], None]]:
    console = Console()
    with Live(console=console, screen=True, auto_refresh=False, vertical_overflow="crop") as live:

        def draw() -> None:
            size = console.size
            last = footer(None if facts.numbers is None else facts.numbers.clock)
            live.update(screen(facts, width=size.width, height=size.height, footer=last), refresh=True)

        yield draw


@contextmanager
def _in_lines(
    facts: ScreenFacts, started: float, is_played: Callable[[], bool], played: str
) -> Iterator[Callable[[], None]]:
    has_said = False

    def print_lines() -> None:
        nonlocal has_said
        for line in lines(facts, time.monotonic() - started):
            click.echo(line)
        if is_played() and not has_said:
            has_said = True
            click.echo(played)

    yield print_lines
