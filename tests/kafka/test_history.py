"""State that does not match the offsets of its group: workers refuse it before any write, and a command mends it."""

from bisect import bisect_right
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import pytest

from schemas import hot
from streams.agents.officers import OFFICER_MARK
from streams.core.state.partition_record import META_KEY, origin_of
from tests.kafka.brokers import KafkaBroker
from tests.kafka.damage import MeteredDeployment, delete_records, published, recreate, refusal, run_command
from tests.kafka.deployment import DELIVERY
from tests.kafka.docket import Docket
from tests.kafka.gaps import gaps
from tests.kafka.history import (
    administer_offsets,
    assert_same_table,
    audit_records,
    changelog_files,
    commit_ends,
    crash_and_truncate,
    has_read,
    newest_by_partition,
    old_record,
)
from tests.kafka.processes import CliProcess, Workers
from tests.kafka.same_outputs import assert_same
from tests.kafka.waiting import free_port, wait_until

pytestmark = pytest.mark.kafka

CHECK_INS = (hot.CheckInScheduled, hot.CheckInCompleted, hot.CheckInMissed, hot.CheckInCancelled)


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate a small docket with alerts."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=300, days=20)


@pytest.fixture
def deployment(apache_kafka: str, namespace: str) -> MeteredDeployment:
    """The topics of this test alone."""
    return MeteredDeployment(apache_kafka, namespace).create()


def halves(docket: Docket) -> tuple[int, list[hot.Event], list[hot.Event]]:
    """Return an instant (ms) in the middle of the log, the events up to it and the events after it."""
    until = docket.events[len(docket.events) // 2].recorded_at
    count = bisect_right(docket.events, until, key=attrgetter("recorded_at"))
    return until, docket.events[:count], docket.events[count:]


@pytest.fixture
def half(docket: Docket, deployment: MeteredDeployment, workers: Workers) -> int:
    """A worker has processed half of the log and was stopped; the other half waits."""
    until, first, second = halves(docket)
    deployment.feed(first, until=until)
    workers.start(deployment).ready().finish(until)
    deployment.feed(second, until=docket.until)
    return until


def other_group(deployment: MeteredDeployment) -> MeteredDeployment:
    """Return the same topics with another group."""
    return replace(deployment, group=f"{deployment.prefix}-other", port=free_port())


def has_begun(worker: CliProcess) -> bool:
    """Return whether a worker is ready, or refuses the state of another group."""
    return any(text in worker.output() for text in ("ready:", "two groups on"))


class TestDamage:
    @pytest.mark.parametrize("short", ["case-state", "officer-state"])
    def test_an_emptied_changelog_is_refused_and_rebuilt(
        self, short: str, docket: Docket, deployment: MeteredDeployment, workers: Workers, half: int
    ) -> None:
        """The refusal precedes any write; the command reads the input again, and nothing is missing then."""
        delete_records(deployment, short)
        before = published(deployment)
        message = refusal(deployment, workers.start(deployment))
        assert before == published(deployment)
        check = run_command(deployment, "state", "check")
        rebuilt = run_command(deployment, "state", "rebuild", "--actor", "ops")
        assert rebuilt[0] == 0, rebuilt[1]
        workers.start(deployment).ready().finish(docket.until)

        prefix = deployment.prefix
        assert f"partition 0 of {prefix}.{short}: there is no state, and group {prefix} has committed" in message
        assert "(and 3 more partitions)" in message
        assert (check[0], check[1].count("there is no state")) == (1, deployment.partitions)
        assert [(row["action"], row["actor"], row["partition"]) for row in audit_records(deployment)] == [
            ("state_rebuilt", "ops", number) for number in range(deployment.partitions)
        ]
        assert_same_table(docket, deployment)

    def test_a_recreated_one_is_refused(self, deployment: MeteredDeployment, workers: Workers, half: int) -> None:
        """`topics create` runs after a delete: nothing is published."""
        recreate(deployment, "case-state")
        before = published(deployment)
        message = refusal(deployment, workers.start(deployment))

        assert "there is no state" in message
        assert "the changelog was emptied or recreated" in message
        assert before == published(deployment)

    def test_one_that_was_recreated_under_a_running_worker_is_refused(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers
    ) -> None:
        """The worker writes into a topic that lacks the earlier records; the next one sees another topic id."""
        until, some, others = halves(docket)
        deployment.feed(some, until=until)
        first = workers.start(deployment).ready()
        wait_until(lambda: first.has_passed(until), "half a log")
        recreate(deployment, "case-state")
        deployment.feed(others, until=docket.until)
        wait_until(lambda: first.child.exit_code is not None or has_read(first, docket.until), "the whole log")
        first.child.kill()
        before = published(deployment)
        message = refusal(deployment, workers.start(deployment))

        assert ".case-state: the state was written to an earlier topic of the same name" in message
        assert before == published(deployment)

    def test_one_that_lost_its_beginning_is_refused(
        self, deployment: MeteredDeployment, workers: Workers, half: int
    ) -> None:
        """Its last record still matches the offsets, although most cases are gone."""
        delete_records(deployment, "case-state", 3)
        before = published(deployment)
        message = refusal(deployment, workers.start(deployment))

        assert "its records before offset 3 were deleted, and the state begins at offset 0" in message
        assert before == published(deployment)

    def test_a_truncated_one_is_refused(
        self, docket: Docket, kafka_needed: None, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """The broker lost its last writes, as in an unclean leader election: the log files end earlier."""
        with KafkaBroker(tmp_path / "broker") as broker:
            deployment = MeteredDeployment(broker.bootstrap, namespace).create()
            until, first, second = halves(docket)
            deployment.feed(first, until=until)
            workers.start(deployment).ready().finish(until)
            sizes = changelog_files(broker, deployment)
            deployment.feed(second, until=docket.until)
            workers.start(deployment).ready().finish(docket.until)
            crash_and_truncate(broker, sizes)
            before = published(deployment)
            message = refusal(deployment, workers.start(deployment))

            assert "the state is older than its offsets: the changelog was truncated at its end" in message
            assert before == published(deployment)

    def test_a_checkpoint_of_truncated_records_is_not_used(
        self, docket: Docket, kafka_needed: None, namespace: str, workers: Workers, tmp_path: Path
    ) -> None:
        """The rebuilt changelog has grown past the checkpoint, which would otherwise restore discarded cases."""
        with KafkaBroker(tmp_path / "broker") as broker:
            deployment = MeteredDeployment(broker.bootstrap, namespace).create()
            until, first, second = halves(docket)
            deployment.feed(first, until=until)
            workers.start(deployment).ready().finish(until)
            sizes = changelog_files(broker, deployment)
            deployment.feed(second, until=docket.until)
            workers.start(deployment, data=tmp_path / "disk").ready().finish(docket.until)
            crash_and_truncate(broker, sizes)
            done = run_command(deployment, "state", "rebuild", "--actor", "ops")
            assert done[0] == 0, done[1]
            worker = workers.start(deployment, data=tmp_path / "disk").ready()
            worker.finish(docket.until)

            assert "the checkpoint of partition 0 is ignored" in worker.output()
            assert_same_table(docket, deployment)


class TestInput:
    def test_a_recreated_input_topic_is_refused_and_accepted(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers, half: int
    ) -> None:
        """No worker ran; the new log has grown past the next offset, so no read would fail."""
        recreate(deployment, "check-ins")
        _, _, second = halves(docket)
        sent_again = [event for event in second if isinstance(event, CHECK_INS)]
        deployment.feed([*sent_again, *sent_again], until=docket.until)
        before = published(deployment)
        message = refusal(deployment, workers.start(deployment))
        assert before == published(deployment)
        check = run_command(deployment, "state", "check")
        resumed, rebuilt = run_command(deployment, "state", "resume"), run_command(deployment, "state", "rebuild")
        assert audit_records(deployment) == []
        accepted = run_command(deployment, "state", "accept", "--actor", "ops")
        assert accepted[0] == 0, accepted[1]
        workers.start(deployment).ready().finish(docket.until)

        name = f"{deployment.prefix}.check-ins"
        assert f"the state was made of {name}, and since then the input topic was deleted and recreated" in message
        assert (check[0], check[1].count("deleted and recreated")) == (1, deployment.partitions)
        assert resumed[0] == rebuilt[0] == 2
        assert "the group cannot resume there; `docketwatch state accept` starts at its beginning" in resumed[1]
        assert f"{name}, which was recreated; --accept-loss rebuilds it from the rest" in rebuilt[1]
        assert {row["action"] for row in audit_records(deployment)} == {"state_accepted"}
        assert_same_table(docket, deployment)

    def test_a_gap_of_the_former_topic_skips_nothing_of_the_new_one(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers, half: int
    ) -> None:
        """The gap's offsets are of the former topic: the new topic's records up to there are read."""
        numbers = range(deployment.partitions)
        ends = {("check-ins", number): 0 for number in numbers}
        ends |= {("check-ins", row.partition): row.offset + 1 for row in deployment.read("check-ins")}
        deployment.delete_before(ends)
        worker = workers.start(deployment).ready()
        wait_until(lambda: len(gaps(worker)) == deployment.partitions, "a gap in every partition")
        worker.stop()
        recreate(deployment, "check-ins")
        _, _, second = halves(docket)
        deployment.feed([event for event in second if isinstance(event, CHECK_INS)], until=docket.until)
        refusal(deployment, workers.start(deployment))
        code, output = run_command(deployment, "state", "accept", "--actor", "ops")
        assert code == 0, output
        worker = workers.start(deployment).ready()
        assert {} == gaps(worker)
        worker.finish(docket.until)

        assert_same_table(docket, deployment)


class TestOffsets:
    def test_missing_offsets_are_refused_and_resumed(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers, half: int
    ) -> None:
        """They expired with the group or were deleted: the state has them, and nothing is read twice."""
        administer_offsets(deployment, None)
        before = published(deployment)
        message = refusal(deployment, workers.start(deployment))
        assert before == published(deployment)
        done = run_command(deployment, "state", "resume", "--actor", "ops")
        assert done[0] == 0, done[1]
        workers.start(deployment).ready().finish(docket.until)

        assert "the state is younger than its offsets: they were set back, or have expired" in message
        assert " (the state " in message
        assert ", the group nothing)" in message
        assert {row["action"] for row in audit_records(deployment)} == {"state_resumed"}
        assert_same(docket, deployment)

    def test_offsets_that_an_operator_set_back_are_refused_and_accepted(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers, half: int
    ) -> None:
        """`kafka-consumer-groups --reset-offsets` sets them back: records that are read twice change nothing."""
        administer_offsets(deployment, 0)
        before = published(deployment)
        refusal(deployment, workers.start(deployment))
        assert before == published(deployment)
        done = run_command(deployment, "state", "accept", "--actor", "ops")
        assert done[0] == 0, done[1]
        workers.start(deployment).ready().finish(docket.until)

        assert {row["action"] for row in audit_records(deployment)} == {"state_accepted"}
        assert_same_table(docket, deployment)

    def test_no_state_is_mended_under_a_worker(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers
    ) -> None:
        """The command says that workers run, and changes nothing."""
        workers.start(deployment).ready()
        done = run_command(deployment, "state", "accept")

        assert done == (2, f"docketwatch: group {deployment.prefix} has 1 members: stop its workers first\n")
        assert audit_records(deployment) == []

    def test_a_state_without_offsets_is_accepted(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers, half: int
    ) -> None:
        """The previous release wrote it: the newest marker of each partition has no offsets."""
        of_cases, of_officers = (f"{deployment.prefix}.{short}" for short in ("case-state", "officer-state"))
        marks = {row.partition: old_record(row.value or b"") for row in newest_by_partition(deployment)}
        deployment.send({(of_cases, number): [(META_KEY, value)] for number, value in marks.items()})
        deployment.send({(of_officers, number): [(OFFICER_MARK, b"")] for number in marks})
        workers.start(deployment).ready().finish(docket.until)

        assert_same(docket, deployment)
        assert all(origin_of(row.value or b"") for row in newest_by_partition(deployment))


class TestPreviousRelease:
    """Its workers commit offsets without a marker, as long as no state changes."""

    def test_passed_clock_records_and_partials_are_no_fault(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers
    ) -> None:
        """The state matches the group's offsets all the same: `state check` says so, and the worker works."""
        until, first, second = halves(docket)
        deployment.feed(first, until=until)
        workers.start(deployment).ready().finish(until)
        deployment.feed([], until=until)
        commit_ends(deployment)
        check = run_command(deployment, "state", "check")
        deployment.feed(second, until=docket.until)
        worker = workers.start(deployment).ready()
        worker.finish(docket.until)

        assert check[0] == 0, check[1]
        assert "case-state: a worker of the previous release has passed" in worker.output()
        assert_same(docket, deployment)

    def test_passed_events_are_refused(self, deployment: MeteredDeployment, workers: Workers, half: int) -> None:
        """No record proves that the state has them."""
        commit_ends(deployment)
        before = published(deployment)
        message = refusal(deployment, workers.start(deployment))

        assert "the state is older than its offsets" in message
        assert before == published(deployment)


class TestSecondGroup:
    @pytest.mark.parametrize("kind", ["apache_kafka", pytest.param("embedded_broker", marks=pytest.mark.embedded)])
    @pytest.mark.parametrize("runs", [True, False], ids=["running", "stopped"])
    def test_it_is_refused(
        self, runs: bool, kind: str, request: pytest.FixtureRequest, docket: Docket, namespace: str, workers: Workers
    ) -> None:
        """The second group is refused during the first one's work and after it; every output occurs once."""
        deployment = MeteredDeployment(request.getfixturevalue(kind), namespace, delivery=DELIVERY[kind]).create()
        deployment.feed(docket.events, until=docket.until)
        first = workers.start(deployment).ready()
        wait_until(lambda: first.has_passed(docket.until), "a log that is worked through")
        if not runs:
            first.stop()
        before = published(deployment)
        other = other_group(deployment)
        message = refusal(other, workers.start(other), code=2)

        assert f"is the state of group {deployment.prefix}, and this worker is of group {other.group}" in message
        assert before == published(deployment)
        if runs:
            first.stop()
        assert_same(docket, deployment)

    @pytest.mark.parametrize("kind", ["apache_kafka", pytest.param("embedded_broker", marks=pytest.mark.embedded)])
    def test_of_two_groups_on_empty_topics_one_works(
        self, kind: str, request: pytest.FixtureRequest, docket: Docket, namespace: str, workers: Workers
    ) -> None:
        """Each group claims the topics, and the first claim in the log decides for all partitions."""
        deployment = MeteredDeployment(request.getfixturevalue(kind), namespace, delivery=DELIVERY[kind]).create()
        deployment.feed(docket.events, until=docket.until)
        both = [workers.start(each) for each in (deployment, other_group(deployment))]
        for worker in both:
            wait_until(lambda: has_begun(worker), "two that have begun")  # noqa: B023
        wait_until(lambda: any(worker.child.exit_code is not None for worker in both), "one that is refused")
        alive = [worker for worker in both if worker.child.exit_code is None]
        for worker in alive:
            wait_until(lambda: worker.has_passed(docket.until), "a log that is worked through")  # noqa: B023
            worker.stop()

        assert len(alive) == 1
        assert_same(docket, deployment)

    def test_its_state_is_handed_over_by_command(
        self, docket: Docket, deployment: MeteredDeployment, workers: Workers, half: int
    ) -> None:
        """The group is renamed: it continues at the former offsets, and the former group is refused from then on."""
        other = other_group(deployment)
        done = run_command(other, "state", "resume", "--from-group", deployment.prefix, "--actor", "ops")
        assert done[0] == 0, done[1]
        message = refusal(deployment, workers.start(deployment), code=2)
        workers.start(other).ready().finish(docket.until)

        assert f"is the state of group {other.group}" in message
        assert_same(docket, deployment)
