"""Runs a Faust app until a signal stops it, and sets the exit code.

Stock: mode's own worker waits 2.3 s at its end without need, waits for ever for a broker that is gone, sets up its own
logging and turns crashes into exit code 1.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Callable
from typing import Final

from faust import App

from streams.process.event_loop_probe import EventLoopProbe
from streams.process.exits import exit_at_once

__all__ = ["run_app"]

_log: Final = logging.getLogger(__name__)
_GRACE_SECONDS: Final = 4.0
_WORKING_SECONDS: Final = 4.0
_SAME_SECONDS: Final = 1.0


def run_app(
    app: App, *, is_working: Callable[[], bool], on_ready: Callable[[], None], probe: EventLoopProbe | None = None
) -> int:
    """Run until SIGINT or SIGTERM; a second one ends the process at once.

    Args:
        app: The app, not started.
        is_working: Whether some work is not durable yet; called when stopping takes too long.
        on_ready: Called when the first partitions are restored.
        probe: A probe to attach to the event loop; None for none.

    Returns:
        0 after a clean stop. Anything unexpected ends the process with 70.
    """
    return asyncio.run(_run(app, is_working, on_ready, probe))


async def _run(
    app: App, is_working: Callable[[], bool], on_ready: Callable[[], None], probe: EventLoopProbe | None
) -> int:
    loop = asyncio.get_running_loop()
    if probe is not None:
        probe.attach(loop)
    asked = asyncio.Event()

    asked_at = 0.0

    def ask() -> None:
        nonlocal asked_at
        # a terminal and a supervisor often send one signal each at the same time: that counts as one
        if asked.is_set() and loop.time() - asked_at > _SAME_SECONDS:
            _exit_now(is_working, "asked twice")
        asked_at = asked_at or loop.time()
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ask)
    _log.info("starting: joins its group")
    starting = asyncio.create_task(_start(app, on_ready))
    ended = asyncio.create_task(app.wait_until_stopped())
    stop = asyncio.create_task(asked.wait())
    await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
    if not asked.is_set():
        _exit_with_crash(app)
    _log.info("stopping: finishing the work under way")
    stopping = asyncio.create_task(app.stop())
    # not wait_for: it cancels the stop and waits for the cancellation, which mode swallows
    done, _ = await asyncio.wait({stopping}, timeout=_GRACE_SECONDS)
    if not done and is_working():
        done, _ = await asyncio.wait({stopping}, timeout=_WORKING_SECONDS)
    if not done:
        _exit_now(is_working, f"not finished within {loop.time() - asked_at:.0f} s")
    await stopping
    for task in (starting, ended, stop):
        task.cancel()
    await asyncio.gather(starting, ended, stop, return_exceptions=True)
    return 0


async def _start(app: App, on_ready: Callable[[], None]) -> None:
    try:
        await app.start()
        if not app.should_stop:
            on_ready()
    except asyncio.CancelledError:
        raise
    except Exception as error:  # noqa: BLE001  # `_run` waits for the app and reports it
        await app.crash(error)


def _exit_with_crash(app: App) -> None:
    try:
        raise app.crash_reason or RuntimeError("the app stopped by itself")
    except BaseException:  # noqa: BLE001  # raised only so that the log has its traceback
        exit_at_once("it crashed")


def _exit_now(is_working: Callable[[], bool], why: str) -> None:
    """End without waiting: the next worker reads uncommitted records again, and only durable work was acked."""
    if is_working():
        exit_at_once(f"stopped with work under way ({why})")
    _log.warning("stopped without closing the connections (%s); no work was under way", why)
    logging.shutdown()
    os._exit(0)
