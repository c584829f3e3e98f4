"""Workers under a supervisor that restarts each that ended, and a replay that feeds them."""

import os
import signal
import time
from itertools import count
from pathlib import Path
from random import Random
from typing import Final

from schemas.instants import to_text
from tests.chaos.scenario_result import ScenarioResult
from tests.kafka.deployment import Deployment
from tests.kafka.docket import Docket
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.progress import have_passed
from tests.kafka.waiting import LIMIT, wait_until

__all__ = ["Fleet"]

_LIMIT: Final = 900.0  # a replay takes its time
_TAKES_OVER: Final = "case-state: takes over partitions"
_EXPECTED_ENDS: Final = {0, -signal.SIGKILL, 70}
_NO_BROKER: Final = 2
_CLOCK_METRICS: Final = (
    "docketwatch_clock",
    "docketwatch_loads",
    "docketwatch_unread",
    "docketwatch_feed",
    "docketwatch_held",
)


class Fleet:
    """The workers of a scenario.

    Args:
        deployment: Their topics.
        docket: The log that they process.
        directory: For their logs.
        result: Counts what happens to them.
        moments: The random source that chooses them.
        size: How many workers run.
        broker_may_be_away: Whether a worker may find no broker when it starts.
        seen_from: The same topics by the tests' address; `deployment` when left out.
    """

    def __init__(
        self,
        deployment: Deployment,
        docket: Docket,
        directory: Path,
        result: ScenarioResult,
        moments: Random,
        *,
        size: int = 2,
        broker_may_be_away: bool = False,
        seen_from: Deployment | None = None,
    ) -> None:
        self._deployment, self._docket, self._directory = deployment, docket, directory
        self._seen_from = seen_from or deployment
        self._result, self._moments, self._size = result, moments, size
        self._ends = _EXPECTED_ENDS | ({_NO_BROKER} if broker_may_be_away else set())
        self.workers = Workers(directory)
        (directory / "others").mkdir()
        self._others = Workers(directory / "others")
        self._disks: dict[CliProcess, int] = {}
        self._replay: CliProcess | None = None

    def feed(self, seconds: float) -> None:
        """Begin to replay the log over about so many seconds; return when the first event has arrived."""
        rate = str(max(1, int(len(self._docket.events) / seconds)))
        words = ("replay", str(self._docket.log), "--rate", rate, "--until", to_text(self._docket.until))
        self._replay = CliProcess(self._seen_from, self._directory / "replay.log", *words)
        wait_until(lambda: self.restart_ended() and self._seen_from.read("check-ins"), "events that arrive")

    def restart_ended(self) -> bool:
        """Start workers until enough run; every ended one must have ended in an allowed way."""
        for worker in self.workers.running:
            assert worker.child.exit_code is None or worker.child.exit_code in self._ends, worker.output()[-3000:]
        while len(self.workers.alive()) < self._size:
            # a restart finds the disk of the process before, with its half-written files
            taken = {self._disks[worker] for worker in self.workers.alive()}
            disk = next(number for number in count() if number not in taken)
            worker = self.workers.start(self._deployment, data=self._disk(disk))
            self._disks[worker] = disk
        return True

    def await_ready(self) -> None:
        """Wait until every running worker has been ready once."""
        wait_until(
            lambda: self.restart_ended() and all(map(_is_ready, self.workers.alive())),
            "workers that are ready",
            limit=_LIMIT,
        )

    def await_arrivals(self) -> None:
        """Wait until the replay sends again; on a busy machine it finds a broker that is back only after a while.

        Like the workers, it ends after a minute without an acknowledgement, and outages in a row are one to it.
        """
        replay, before = self._replay, self._count_arrived()
        assert replay is not None
        wait_until(
            lambda: self.restart_ended() and (replay.child.exit_code is not None or self._count_arrived() > before),
            "events that arrive again",
        )

    def _count_arrived(self) -> int:
        return len(self._seen_from.read("check-ins"))

    def run_up_to(self, most: float) -> None:
        """Tend the workers for a random time of up to so many seconds."""
        self.run_for(self._moments.uniform(0, most))

    def run_for(self, seconds: float) -> None:
        """Tend the workers for so many seconds."""
        until = time.monotonic() + seconds
        wait_until(
            lambda: self.restart_ended() and time.monotonic() >= until, "a moment to come", limit=seconds + _LIMIT
        )

    def kill_one(self) -> None:
        """SIGKILL one worker at any point of its work."""
        victim = self._moments.choice(self.workers.alive())
        os.kill(victim.child.pid, signal.SIGKILL)
        victim.child.wait()
        self._result.kills += 1

    def kill_all(self) -> None:
        """SIGKILL all of them at once."""
        victims = self.workers.alive()
        for victim in victims:
            os.kill(victim.child.pid, signal.SIGKILL)
        for victim in victims:
            victim.child.wait()
        self._result.kills += len(victims)

    def stop_all(self) -> None:
        """Stop all of them with SIGTERM."""
        for worker in self.workers.alive():
            worker.stop()

    def await_ends(self, sentence: str) -> None:
        """Wait until all of them have ended by themselves, each with a message that says why."""
        ending = self.workers.alive()
        wait_until(lambda: not self.workers.alive(), "workers that have ended")
        for worker in ending:
            assert worker.child.exit_code == 70, worker.output()
            assert sentence in worker.output()

    def start_another(self, deployment: Deployment, disk: int | None = None) -> CliProcess:
        """Start a worker outside the fleet, of another group or on a damaged state; the supervisor does not restart it.

        Args:
            deployment: Its topics and its group.
            disk: Number of the fleet's disk that it gets; a new one when left out.
        """
        return self._others.start(deployment, data=None if disk is None else self._disk(disk))

    def await_passed(self, at: int) -> None:
        """Wait until the running workers' metrics show every partition past an instant (ms)."""
        wait_until(lambda: self._has_passed(at), f"workers at {to_text(at)}", limit=_LIMIT)

    def add_worker(self) -> CliProcess:
        """Add a worker; return when it is ready."""
        self._size += 1
        self.restart_ended()
        joined = self.workers.running[-1]
        wait_until(lambda: _is_ready(joined), "a worker that has joined")
        return joined

    def remove(self, worker: CliProcess) -> None:
        """Stop one worker with SIGTERM."""
        self._size -= 1
        worker.stop()

    def remove_replaced(self, zombie: CliProcess) -> None:
        """Remove a worker that another replaced; it may have ended already, or end when its write is refused."""
        self._size -= 1
        zombie.child.stop(grace=LIMIT)
        assert zombie.child.exit_code in (0, 70), zombie.output()

    def finish(self) -> None:
        """Wait until the log is replayed and processed, and stop; then count and compare."""
        if self._replay is not None:
            self._await_replay(self._replay)
        self._catch_up()
        for worker in self.workers.alive():
            worker.stop()
        outputs = [worker.output() for worker in (*self.workers.running, *self._others.running)]
        self._result.rebalances += sum(text.count(_TAKES_OVER) for text in outputs)
        assert not [text for text in outputs if "Traceback" in text], "a worker logged an unexpected error"
        self._result.add_results(self._docket, self._seen_from)
        assert self._result.is_clean, "\n".join([str(self._result), *self._result.examples])
        hidden = self._seen_from.hidden()
        assert not hidden, f"unreadable records on outputs: {hidden}"

    def end(self) -> None:
        """End the processes that a failed test leaves."""
        self.workers.end()
        self._others.end()
        if self._replay is not None and self._replay.child.exit_code is None:
            self._replay.child.kill()

    def _disk(self, number: int) -> Path:
        return self._directory / f"disk-{number}"

    def _await_replay(self, replay: CliProcess) -> None:
        wait_until(
            lambda: self.restart_ended() and replay.child.exit_code is not None, "the end of the replay", limit=_LIMIT
        )
        assert replay.child.exit_code == 0, replay.output()

    def _catch_up(self) -> None:
        try:
            self.await_passed(self._docket.until)
        except AssertionError as error:
            raise AssertionError("\n".join([str(error), *map(_clock_report, self.workers.alive())])) from error

    def _has_passed(self, at: int) -> bool:
        self.restart_ended()
        alive = self.workers.alive()
        if not all(map(_is_ready, alive)):
            return False
        try:
            found = [worker.metrics() for worker in alive]
        except OSError:
            return False  # it ended just now; the next look restarts it
        return have_passed(found, self._deployment.partitions, at)


def _clock_report(worker: CliProcess) -> str:
    """Return the watermarks that a worker's metrics show."""
    try:
        lines = worker.metrics().splitlines()
    except OSError as error:
        return f"worker {worker.child.pid}: {error}"
    found = [line for line in lines if line.startswith(_CLOCK_METRICS)]
    return "\n".join([f"worker {worker.child.pid}:", *found, worker.output()[-1500:]])


def _is_ready(worker: CliProcess) -> bool:
    return "ready:" in worker.output() and worker.child.exit_code is None
