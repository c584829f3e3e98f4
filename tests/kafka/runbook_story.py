"""A deployment in trouble: each command of the runbooks runs in the state for which its page names it."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec

from schemas import hot
from schemas.decode import encode_event
from schemas.instants import to_text
from streams.kafka.client.partitioning import partition_of
from tests.browser.consoles import TOKENS, ConsoleProcess, ask
from tests.kafka.brokers import KafkaBroker
from tests.kafka.damage import MeteredDeployment, delete_records, recreate
from tests.kafka.deployment import ROOT
from tests.kafka.docket import Docket
from tests.kafka.gaps import gaps
from tests.kafka.history import administer_offsets
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.programs import Shell
from tests.kafka.waiting import LIMIT, free_port, wait_until
from tests.rules.runbook_pages import RUNBOOKS, RunbookPage, filled
from tests.rules.servers import Prometheus
from tests.rules.test_rules import RULES

__all__ = ["ELSEWHERE", "PAGES", "Execution", "RunbookDeployment", "RunbookStory", "commands_to_run"]

PAGES: Final = [RunbookPage.read(path) for path in sorted(RUNBOOKS.glob("*.md"))]
ELSEWHERE: Final = ("kubectl ", "docker ")
"""What needs a Kubernetes cluster or a docker daemon: `tests/rules/test_runbook_commands.py` checks it."""

GROUP: Final = "docketwatch"
METRICS_TOKEN: Final = "metrics-token-of-a-test-0123456789"
"""Without one the console exports no series by officer."""
DAY_MS: Final = 86_400_000
EXPORT: Final = "docketwatch monitoring export DIR --runbooks URL --console URL --hooks URL"
EXPORT_WITH_POLICY: Final = EXPORT.replace("DIR", "DIR --policy FILE") + " --force"
FILE_OF_POLICY: Final = r"DOCKETWATCH_POLICY_FILE +\S+/workers\.toml +environment"
HEALTH: Final = 'curl --header "Authorization: Bearer TOKEN" https://CONSOLE/api/health'
MOVE: Final = "docketwatch whatif EVENTS --until END --move OFFICER=COLLEAGUE@START"
DESCRIBE: Final = "kafka-configs.sh --bootstrap-server HOST:PORT --describe --entity-type topics --entity-name"
ALTER: Final = "kafka-configs.sh --bootstrap-server HOST:PORT --alter --entity-type topics --entity-name"
DESCRIBE_ALERTS: Final = "kafka-topics.sh --bootstrap-server HOST:PORT --describe --topic docket.lost-track-alerts"
BEGINNINGS: Final = "kafka-get-offsets.sh --bootstrap-server HOST:PORT --topic docket.lost-track-alerts --time -2"

DUE: Final = "docketwatch due --days 7 --office OFFICE --cause CAUSE --limit 100"

LOOKS: Final[Mapping[str, tuple[str, ...]]] = {
    "docketwatch topics check": (r"as the catalogue says",),
    "docketwatch gaps list": (r"0 gaps are open",),
    "docketwatch dead-letters list": (r"docket\.cases:0:\d+ wrong_key: case_id: the record's key must be",),
    DUE: (
        r"[1-9]\d* deadlines of",
        r"comes due unless",
    ),
    "docketwatch explain CASE_ID": (r"no_officer \(agency\)", r"no_contact \(person\)"),
    "docketwatch config": (FILE_OF_POLICY, r"DOCKETWATCH_FEED_HEARTBEATS +officers=1d"),
    "docketwatch policy check FILE": (r"is valid; review due by \d{4}",),
    "docketwatch forecast EVENTS --until START --office OFFICE": (r"of\s+capac",),
    MOVE: (r"2 officers with another load", r"utilization"),
    "docketwatch whatif EVENTS --until END --add-officers OFFICE=2": (r"2 more officers at", r"officers needed"),
    "docketwatch whatif EVENTS --until END --policy FILE --policy NEW_FILE": (r"workers@1.*now, tried@1.*tried",),
    EXPORT_WITH_POLICY: (r"prometheus/docketwatch\.rules\.yaml",),
    "curl https://CONSOLE/livez": (r"alive",),
    "curl https://CONSOLE/readyz": (r"ready: judging",),
    "docketwatch state check": (r"8 states, 0 of them do not match",),
    "kafka-get-offsets.sh --bootstrap-server HOST:PORT --topic docket.case-state": (r"docket\.case-state:3:[1-9]",),
    "kafka-consumer-groups.sh --bootstrap-server HOST:PORT --describe --group docketwatch": (r"docket\.cases +3 +\d+",),
    "kafka-consumer-groups.sh --bootstrap-server $DOCKETWATCH_BROKERS --describe --group docketwatch": (r"LAG",),
    f"{DESCRIBE} docket.load-partials": (r"retention\.ms=\d+",),
}
"""Commands that only look, each with what it prints while nothing is wrong but a dead letter."""


def commands_to_run() -> dict[str, set[str]]:
    """Return every command of the pages that runs here, each with its pages."""
    found: dict[str, set[str]] = {}
    for page in PAGES:
        for command in page.commands:
            if not command.startswith(ELSEWHERE):
                found.setdefault(command, set()).add(page.name)
    return found


@dataclass(frozen=True)
class RunbookDeployment(MeteredDeployment):
    """A deployment with the default names of topics and group, and a feed that declared a heartbeat.

    Attributes:
        policy: The file of its policy.
        metrics_token: The file of the token for its metrics; None for none.
    """

    policy: Path = Path("default")
    metrics_token: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Return the settings of its processes."""
        ours = {"DOCKETWATCH_FEED_HEARTBEATS": "officers=1d", "DOCKETWATCH_POLICY_FILE": str(self.policy)}
        if self.metrics_token is not None:
            ours["DOCKETWATCH_METRICS_TOKEN_FILE"] = str(self.metrics_token)
        return {**super().environment, **ours}


@dataclass(frozen=True)
class Execution:
    """A command that was run.

    Attributes:
        command: The command as its page has it.
        code: Its exit code.
        output: What it printed.
        expected_code: The exit code by its page.
        missing: Patterns of what it prints by its page that its output lacks.
    """

    command: str
    code: int
    output: str
    expected_code: int
    missing: tuple[str, ...]

    def fault(self) -> str:
        """Return what is wrong with it; empty when nothing is."""
        wrong = [f"it ended with {self.code}, not {self.expected_code}"] * (self.code != self.expected_code)
        wrong += ["it printed a traceback"] * ("Traceback" in self.output)
        wrong += [f"it does not print {pattern!r}" for pattern in self.missing]
        return f"{self.command}: {'; '.join(wrong)}\n{self.output}" if wrong else ""


class RunbookStory:
    """Runs the commands of all pages, one state of the deployment after the other.

    Args:
        directory: For the files of all processes.
        broker: A broker whose topics nothing else uses.

    Attributes:
        executions: Every command that was run, in order.
        prometheus: It scrapes worker and console.
    """

    def __init__(self, directory: Path, broker: KafkaBroker) -> None:
        self.executions: list[Execution] = []
        self._known = commands_to_run()
        self._directory = directory
        self._shell = Shell(directory)
        first_day = datetime.now(UTC).date() - timedelta(days=45)
        self._docket = Docket.make(directory / "docket", cases=600, days=45, start=first_day)
        self._workers = Workers(directory)
        self._values = {"URL": "https://runbooks.test", "DIR": "monitoring", "OLD": GROUP, "TOKEN": TOKENS["viewer"]}
        default = (ROOT / "schemas" / "policies" / "default.toml").read_text()
        changed = default.replace("required_courses = []", 'required_courses = ["basics"]')
        changed = changed.replace("capacity_hours_month = 120", "capacity_hours_month = 12")
        for name in ("workers", "tried"):
            (directory / f"{name}.toml").write_text(changed.replace('name = "default"', f'name = "{name}"'))
        policy = directory / "workers.toml"
        self._deployment = RunbookDeployment(broker.bootstrap, "docket", group=GROUP, policy=policy)

    @contextmanager
    def running(self) -> Iterator[Prometheus]:
        """Run everything; until the end of the block, Prometheus has all that it scraped."""
        self._values["HOST"], _, self._values["PORT"] = self._deployment.broker.partition(":")
        with ExitStack() as stack:
            stack.callback(self._workers.end)
            self._create_topics()
            port = free_port()
            self.prometheus = stack.enter_context(
                Prometheus(
                    self._directory,
                    RULES,
                    [f"127.0.0.1:{self._deployment.port}"],
                    consoles=[f"127.0.0.1:{port}"],
                    console_token=METRICS_TOKEN,
                )
            )
            self._start_worker_on_docket()
            # after the worker: a console reads what is due once, and then every few minutes
            token = self._directory / "metrics-token"
            token.write_text(METRICS_TOKEN)
            secret = replace(self._deployment, metrics_token=token)
            self._console = ConsoleProcess(secret, self._directory / "console", "--port", str(port))
            stack.callback(lambda: self._console.child.exit_code is None and self._console.child.kill())
            self._console.await_data()
            self._look()
            self._send_refused_records_again()
            self._stop_judging()
            self._refuse_states()
            self._lose_input_and_alerts()
            self._repair_lost_input()
            yield self.prometheus

    def run(self, command: str, *says: str, code: int = 0, group: str = GROUP, **values: str) -> None:
        """Run a command of a page.

        Args:
            command: The command as the page has it.
            says: Patterns of what it prints by its page.
            code: The exit code by its page.
            group: The group in its settings.
            values: For placeholders, instead of those of the story.

        Raises:
            AssertionError: No page has the command, or a placeholder has no value.
        """
        assert command in self._known, f"no page says {command!r}"
        # the console of a test has no certificate
        line = filled(command, {**self._values, **values}).replace("https://127.0.0.1", "http://127.0.0.1")
        deployment = replace(self._deployment, group=group)
        done = self._shell.run(line, deployment.environment_with(self._directory / "commands"))
        output = done.stdout + done.stderr
        missing = tuple(pattern for pattern in says if not re.search(pattern, output))
        self.executions.append(Execution(command, done.returncode, output, code, missing))

    def _await_result(self, *queries: str) -> None:
        """Wait until queries of pages have a result other than 0."""
        for query in queries:
            assert any(query in page.queries for page in PAGES), f"no page asks {query!r}"
            wait_until(lambda: self._values_of(query), f"a result of {query}")  # noqa: B023

    def _values_of(self, query: str) -> list[float]:
        """Return the values of a result other than 0."""
        return [float(each["value"][1]) for each in self.prometheus.query(query) if float(each["value"][1])]

    def _create_topics(self) -> None:
        """All topics are missing: the check names them."""
        self.run("docketwatch topics check", r"docket\.cases", r"docket\.lost-track-alerts", code=1)
        self.run("docketwatch topics create")

    def _start_worker_on_docket(self) -> None:
        """The log ends today; a record with a wrong key is refused."""
        docket = self._docket
        self._deployment.feed(docket.events, until=docket.until)
        self._opened = next(event for event in docket.events if isinstance(event, hot.CaseOpened))
        self._deployment.send({("docket.cases", 0): [(b"another-key", encode_event(self._opened))]})
        self._worker = self._start_worker()

    def _start_worker(self) -> CliProcess:
        """Start a worker; return when it has worked through the log."""
        worker = self._workers.start(self._deployment, "--clock", "wall").ready()
        wait_until(lambda: worker.has_passed(self._docket.until), "a worker that has worked through the log")
        return worker

    def _look(self) -> None:
        """Nothing is wrong but a dead letter."""
        ahead = "office_cause:docketwatch_deadlines_ahead_7d:max"
        self._await_result(ahead, "docketwatch_console_workers", "office:docketwatch_utilisation_ratio:p50")
        busiest = self.prometheus.query(f"topk(1, {ahead})")[0]["metric"]
        by_cases = self.prometheus.query(f'topk(2, docketwatch_officer_open_cases{{office="{busiest["office"]}"}})')
        officer, colleague = (each["metric"]["officer"] for each in by_cases)
        self._values |= {
            "CONSOLE": self._console.url.removeprefix("http://").rstrip("/"),
            "CASE_ID": self._opened.case_id,
            "OFFICE": busiest["office"],
            "CAUSE": busiest["cause"],
            "OFFICER": officer,
            "COLLEAGUE": colleague,
            "EVENTS": str(self._docket.log),
            "START": to_text(self._docket.until - 7 * DAY_MS),
            "END": to_text(self._docket.until),
            "FILE": str(self._deployment.policy),
            "NEW_FILE": str(self._directory / "tried.toml"),
        }
        with ThreadPoolExecutor(max_workers=2) as at_once:
            list(at_once.map(lambda each: self.run(each[0], *each[1]), LOOKS.items()))
        self.run(EXPORT, DIR="monitoring-of-the-default")

    def _send_refused_records_again(self) -> None:
        """A redrive repairs the wrong key, and refuses a record whose time has not come."""
        self.run("docketwatch dead-letters redrive", r"^1 sent again, 0 not")
        at = int(time.time() * 1_000) + 365 * DAY_MS
        ahead = msgspec.structs.replace(self._opened, event_id="ahead", recorded_at=at)
        self._deployment.feed([ahead])
        wait_until(lambda: len(self._deployment.read("dead-letters")) == 2, "a second dead letter")
        self.run("docketwatch dead-letters list", r"docket\.cases:\d:\d+ from_the_future: recorded_at: ")
        self.run("docketwatch dead-letters redrive", r"refused \(from_the_future\)", code=1)

    def _stop_judging(self) -> None:
        """No worker runs, and an event waits."""
        self._worker.stop()
        self._deployment.feed([self._opened])
        headers = {"Authorization": f"Bearer {TOKENS['viewer']}"}

        def is_known() -> bool:
            health = json.loads(ask(f"{self._console.url}api/health", headers=headers)[1])
            return bool(health["workers"] == 0 and health["waiting"] and health["since"])

        wait_until(is_known, "a console that knows that no worker runs")
        self.run(HEALTH, r'"since":"\d{4}-', r'"waiting":[1-9]', r'"workers":0')
        self.run("curl https://CONSOLE/readyz", r"not judged")
        self.run("docketwatch state check", r"8 states, 0 of them do not match")

    def _refuse_states(self) -> None:
        """State and offsets do not match, in each way that a command repairs without loss."""
        deployment = self._deployment
        administer_offsets(deployment, None)
        worker = self._workers.start(deployment)  # it ends after two scrapes: nothing else asks for its metrics
        self._await_result("max by (agent) (max_over_time(docketwatch_state_refused_partitions[15m]))")
        assert worker.child.wait(LIMIT) == 70, worker.output()
        self._repair("docketwatch state resume", "the state is younger than its offsets")
        self._repair("docketwatch state resume --from-group OLD", f"state of group {GROUP}", group="renamed")
        self.run("docketwatch state resume --from-group OLD", OLD="renamed")
        administer_offsets(deployment, 1)
        self._repair("docketwatch state accept", "the state is younger than its offsets")
        delete_records(deployment, "case-state")
        self._repair("docketwatch state rebuild", "the changelog was emptied or recreated")
        self.run("docketwatch state check", r"8 states, 0 of them do not match")
        self._start_worker().stop()

    def _repair(self, command: str, why: str, *, group: str = GROUP) -> None:
        """Repair states that the check names."""
        self.run("docketwatch state check", why, code=1, group=group)
        self.run(command, r"[1-8] of 8 states of group \w+ were repaired; audited as ", group=group)

    def _lose_input_and_alerts(self) -> None:
        """While no worker runs, check-ins and partials are deleted unread, and an alert topic deletes its alerts."""
        deployment = self._deployment
        mine = [event for event in self._docket.events if isinstance(event, hot.CheckInCompleted)]
        lost = [event for event in mine if partition_of(event.case_id.encode(), deployment.partitions) == 3]
        deployment.feed(lost[:5])
        deployment.delete_before({("check-ins", 3): -1})
        deployment.configure("lost-track-alerts", {"cleanup.policy": "compact,delete"})
        deployment.delete_all("lost-track-alerts")
        worker = self._workers.start(deployment, "--clock", "wall").ready()
        self._await_result(
            "max by (topic, partition) (docketwatch_input_gap_records) > 0",
            "max by (topic) (docketwatch_feed_blind) == 1",
            "sum by (topic) (docketwatch_alert_topic_lost_partitions)",
        )
        self.run("docketwatch gaps list", r"docket\.check-ins partition 3: .*\(5 records\), read up to 20", code=1)
        self.run("docketwatch explain CASE_ID", r"partition 3 lost offsets", CASE_ID=lost[0].case_id)
        self.run(f"{DESCRIBE} docket.check-ins", r"retention\.ms=\d+")
        self.run("docketwatch topics check", r"docket\.lost-track-alerts.*cleanup\.policy", code=1)
        self.run(DESCRIBE_ALERTS, r"TopicId: \S+", r"cleanup\.policy=compact,delete")
        self.run(BEGINNINGS, r"docket\.lost-track-alerts:\d:[1-9]")
        self.run(f"{ALTER} docket.check-ins --add-config retention.ms=-1")
        self.run(f"{ALTER} docket.lost-track-alerts --add-config cleanup.policy=compact")
        mended = r"(?s)\A(?!.*docket\.lost-track-alerts: has cleanup\.policy).*docket\.check-ins: has retention\.ms=-1"
        self.run("docketwatch topics check", mended, code=1)
        self.run("docketwatch gaps accept docket.check-ins --partition 3")
        wait_until(lambda: not gaps(worker), "a worker that reads on behind the gap")
        self.run("docketwatch gaps list", r"0 gaps are open")
        worker.stop()
        self.run("docketwatch alerts republish", r"[1-9]\d* open alerts published to docket\.lost-track-alerts")
        worker = self._workers.start(deployment, "--clock", "wall").ready()
        is_lost = "sum by (topic) (docketwatch_alert_topic_lost_partitions)"
        wait_until(lambda: not self._values_of(is_lost), "alert topics that lack nothing")
        worker.stop()

    def _repair_lost_input(self) -> None:
        """An input topic is recreated, and then the state is lost, too."""
        deployment = self._deployment
        recreate(deployment, "check-ins")
        self.run("docketwatch state resume", r"`docketwatch state accept` starts at its beginning", code=2)
        self.run("docketwatch state rebuild", r"--accept-loss rebuilds it from the rest", code=2)
        self._repair("docketwatch state accept", "the input topic was deleted and recreated")
        deployment.delete_before({("cases", 0): 1})
        delete_records(deployment, "case-state")
        self.run("docketwatch state rebuild", r"the input lacks its beginning: docket\.cases before offset 1", code=2)
        self.run("docketwatch state rebuild --accept-loss", r"[1-8] of 8 states of group docketwatch were repaired")
        self.run("docketwatch state check", r"8 states, 0 of them do not match")
