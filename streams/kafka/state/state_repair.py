"""Repairs states that do not match the offsets of their group, while no worker of the group runs.

It takes over each partition as a worker would (the transactional id fences a worker that starts meanwhile), checks it,
and changes it in one transaction with the group's offsets. Without transactions it sets the offsets after the state.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from time import monotonic, sleep
from typing import Final, Literal

from aiokafka import TopicPartition  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import KafkaError  # type: ignore[import-untyped]  # the same
from msgspec import Struct

from schemas.state_changes import Action, StateChangeRecord
from schemas.topics import input_topics, topic
from streams.core.state.origin import StateOrigin
from streams.errors import BrokerError, UsageError
from streams.kafka.client.admin import AdminClient
from streams.kafka.client.closing import close_client
from streams.kafka.client.committed_reader import make_reader
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.input_gaps import GAPS, decode_gaps, encode_gaps
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.producer.delivery_factory import make_delivery
from streams.kafka.producer.work_batcher import batched
from streams.kafka.state.changelog import read_changelog
from streams.kafka.state.changelog_table import ChangelogTable
from streams.kafka.state.group_offsets import GroupOffsets
from streams.kafka.state.history import ChangelogHistory, StateMismatch
from streams.kafka.state.passed_input import as_marked, read_passed
from streams.kafka.work import CommittedOffset, PartitionId, ProcessedOffset, Work
from streams.process.watchdog import Watchdog

__all__ = ["PartitionState", "StateRepair", "refuse_while_workers_run"]

_ACTION: Final[dict[str, Action]] = {"rebuild": "state_rebuilt", "resume": "state_resumed", "accept": "state_accepted"}
_ASK_SECONDS: Final = 0.5
_LEAVING_SECONDS: Final = 2.0
RepairMode = Literal["rebuild", "resume", "accept"]


class PartitionState(Struct):
    """The state of one partition, and its expected origin.

    Attributes:
        agent: `cases` or `officers`.
        number: Partition number.
        table: The changelog, read to its end.
        rollback: Records that roll back an incomplete flush in the changelog.
        history: The expected origin of the changelog's states.
        committed: The group's committed offsets, by input topic.
        flush_number: The number of the last flush with which they were committed; 0 where none is known.
        unfit: Why no worker may process it; None when one may.
    """

    agent: str
    number: int
    table: ChangelogTable
    rollback: list[tuple[bytes, bytes | None]]
    history: ChangelogHistory
    committed: Mapping[str, int]
    flush_number: int
    unfit: StateMismatch | None

    @property
    def origin(self) -> StateOrigin | None:
        """The origin that its flush marker holds."""
        return self.history.origin_of(self.table)


def refuse_while_workers_run(settings: Settings, groups: Iterable[str]) -> None:
    """Check that none of these consumer groups has a member.

    A worker that has just ended without leaving stays a member for its session timeout: this waits as long.

    Raises:
        UsageError: One has.
        BrokerError: The broker answers with an error.
    """
    deadline = monotonic() + settings.session_timeout.total_seconds() + _LEAVING_SECONDS
    with AdminClient(settings) as admin:
        for group in groups:
            while members := admin.members(group):
                if monotonic() > deadline:
                    raise UsageError(f"group {group} has {members} members: stop its workers first")
                sleep(_ASK_SECONDS)


class StateRepair:
    """Checks the states of a group, and repairs them.

    Args:
        settings: The broker, the topics, and the group whose workers are to go on.
        histories: The expected origin of the states, by agent.
    """

    def __init__(self, settings: Settings, histories: Mapping[str, ChangelogHistory]) -> None:
        self._settings, self._histories = settings, histories
        self._client = client_options(settings)
        self._inputs = {entry.name for entry in input_topics(settings.prefix)}

    async def inspect(self, agents: Collection[str] = (), number: int | None = None) -> list[PartitionState]:
        """The states of all partitions, or of some.

        Args:
            agents: The agents; all when empty.
            number: The partition number; all when None.

        Raises:
            BrokerError: The broker answers with an error.
        """
        found: list[PartitionState] = []
        numbers = range(self._settings.partitions) if number is None else [number]
        for agent, history in self._histories.items():
            if agents and agent not in agents:
                continue
            tables = {each: ChangelogTable(history.flush_marker.key) for each in numbers}
            try:
                before = await self._committed(history.topics, numbers)
                await read_changelog(self._client, history.changelog, tables, lambda: False)
                committed = await self._committed(history.topics, numbers)
            except KafkaError as error:
                raise BrokerError(
                    f"{history.changelog} cannot be read from {self._settings.brokers}: {error}"
                ) from error
            as_read = committed.at_reading(before, {each: history.origin_of(table) for each, table in tables.items()})
            marked = await self._as_marked(history, tables, as_read)
            rollback = {each: table.rollback_incomplete()[:-1] for each, table in tables.items()}
            offsets, flushes = committed.offsets, committed.flush_numbers
            unfit = {each.number: each for each in history.mismatches(tables, marked, as_read.flush_numbers)}
            found += [
                PartitionState(
                    agent, each, table, rollback[each], history, offsets[each], flushes[each], unfit.get(each)
                )
                for each, table in tables.items()
            ]
        return found

    async def repair(
        self, mode: RepairMode, chosen: Iterable[PartitionState], *, actor: str, now: int, accept_loss: bool = False,
        from_group: str | None = None,
    ) -> list[StateChangeRecord]:  # fmt: skip
        """Repair states.

        Args:
            mode: `rebuild`: discard the state and read the input again; `resume`: set the group's offsets to those of
                the state; `accept`: set the state's offsets to those of the group.
            chosen: The states.
            actor: Id of the person or the service that does it.
            now: Wall clock, UTC milliseconds.
            accept_loss: Whether to rebuild although the first records of the input are deleted.
            from_group: The group of the state, with its workers stopped; only for `resume`.

        Returns:
            The audit records.

        Raises:
            UsageError: A worker runs, or this way does not repair it; the text names the right one.
            BrokerError: The broker answers with an error.
        """
        groups = [self._settings.group] if from_group is None else [self._settings.group, from_group]
        await asyncio.to_thread(refuse_while_workers_run, self._settings, groups)
        done: list[StateChangeRecord] = []
        for each in chosen:
            done.append(await self._repair(mode, each, actor, now, accept_loss=accept_loss, from_group=from_group))
            await self._audit(done[-1])
        return done

    async def _repair(
        self,
        mode: RepairMode,
        state: PartitionState,
        actor: str,
        now: int,
        *,
        accept_loss: bool,
        from_group: str | None,
    ) -> StateChangeRecord:
        settings, short, number = self._settings, state.history.changelog.rpartition(".")[2], state.number
        watchdog = Watchdog()
        set_later: dict[str, int] = {}

        def mark_processed(name: str, _: int, offset: int) -> None:
            set_later[name] = offset

        fences = [
            make_delivery(each, state.history.changelog, outputs=(), mark_processed=mark_processed, watchdog=watchdog)
            for each in (settings.model_copy(update={"group": from_group}), settings)
            if from_group is not None or each is settings
        ]
        try:
            for fence in fences:
                await fence.start()
                await fence.open(number)
            (fresh,) = await self.inspect([state.agent], number)
            work = await self._work(mode, fresh, now, accept_loss=accept_loss, from_group=from_group)
            await fences[-1].deliver(number, batched(work))
        finally:
            for fence in fences:
                await fence.stop()
        if settings.delivery == "ordered":
            await asyncio.to_thread(self._set, number, set_later)
        origin = fresh.origin
        return StateChangeRecord(
            topic=f"{settings.prefix}.{short}",
            partition=number,
            offset=fresh.table.position or 0,
            action=_ACTION[mode],
            actor=actor,
            group=settings.group,
            sentence="" if fresh.unfit is None else fresh.unfit.sentence,
            state_offsets=None if origin is None else origin.offsets,
            group_offsets=dict(fresh.committed),
            observed_at=now,
        )

    async def _work(
        self, mode: RepairMode, state: PartitionState, now: int, *, accept_loss: bool, from_group: str | None
    ) -> Work:
        table, history, number = state.table, state.history, state.number
        where = f"partition {number} of {history.changelog}"
        origin = state.origin
        is_foreign = history.group_of(table) not in (None, history.group)
        if is_foreign and (mode != "resume" or history.group_of(table) != from_group):
            raise UsageError(
                f"{where} is the state of group {history.group_of(table)}: `docketwatch state resume --from-group` "
                "of that group alone takes it over"
            )
        begins, ends = await self._bounds(history.topics, number)
        recreated = history.recreated_topics(origin)
        mark = table.newest(history.flush_marker.key)
        gone: list[tuple[bytes, bytes | None]] = []
        if mode == "rebuild":
            cut = {name: f"{name} before offset {begins[name]}" for name in history.topics if begins[name] > 0}
            cut |= {name: f"{name}, which was recreated" for name in recreated}
            if cut and not accept_loss:
                missing = ", ".join(cut.values())
                raise UsageError(
                    f"{where} cannot be rebuilt whole, because the input lacks its beginning: {missing}; "
                    "--accept-loss rebuilds it from the rest"
                )
            offsets = begins
            gone = [(key.encode(), None) for key in table.drain() if key.encode() != history.flush_marker.key]
            mark = history.flush_marker.empty_value
        elif mode == "resume":
            if origin is None and not is_foreign:
                raise UsageError(f"{where} does not hold its offsets: `docketwatch state accept` or `rebuild` it")
            if recreated:
                raise UsageError(
                    f"{where} was made of {', '.join(recreated)}, which was recreated since: the group cannot resume "
                    "there; `docketwatch state accept` starts at its beginning"
                )
            offsets = {} if origin is None else origin.offsets  # a group that only claimed it has processed no record
            self._check_bounds(where, offsets, begins, ends)
        else:
            offsets = {**state.committed, **{name: begins[name] for name in recreated}}
            if recreated:
                gone = _without_gaps(table, recreated)
        # a rebuilt state publishes its alerts again
        published_to = None if origin is None or mode == "rebuild" else origin.alert_topics
        processed = [ProcessedOffset(name, offset) for name, offset in offsets.items()]
        flush_number = max(state.flush_number, 0 if origin is None else origin.flush_number) + 1
        value = history.flush_marker.stamp(
            mark or history.flush_marker.empty_value,
            history.new_origin(table, offsets, published_to, now, flush_number=flush_number),
        )
        changelog = [*state.rollback, *gone, (history.flush_marker.key, value)]
        return Work(changelog=changelog, processed=processed, flush_number=flush_number)

    def _check_bounds(
        self, where: str, offsets: Mapping[str, int], begins: Mapping[str, int], ends: Mapping[str, int]
    ) -> None:
        for name, offset in offsets.items():
            if name in self._inputs and not begins[name] <= offset <= ends[name]:
                raise UsageError(
                    f"{where} belongs to offset {offset} of {name}, which holds {begins[name]} to {ends[name]} only: "
                    "the group cannot resume there; `docketwatch state accept` keeps the group's offsets"
                )

    async def _committed(self, topics: Iterable[str], numbers: Iterable[int]) -> GroupOffsets:
        """The group's committed offsets."""
        names = list(topics)
        found = await asyncio.to_thread(self._ask_committed, [(name, number) for name in names for number in numbers])
        return GroupOffsets(
            {number: {name: found[name, number] for name in names if (name, number) in found} for number in numbers}
        )

    async def _as_marked(
        self,
        history: ChangelogHistory,
        tables: Mapping[int, ChangelogTable],
        committed: GroupOffsets,
    ) -> Mapping[int, Mapping[str, int]]:
        """The committed offsets as the workers use them."""
        behind = history.behind(tables, committed.offsets)
        spans = {tp: behind[tp] for tp in committed.without_marker(behind)}
        passed = await read_passed(self._client, history.is_missed, spans, lambda: False)
        return as_marked(committed.offsets, passed, spans)

    def _ask_committed(self, tps: list[PartitionId]) -> Mapping[PartitionId, CommittedOffset]:
        with AdminClient(self._settings) as admin:
            return admin.committed(self._settings.group, tps)

    def _set(self, number: int, offsets: Mapping[str, int]) -> None:
        with AdminClient(self._settings) as admin:
            admin.commit(self._settings.group, {(name, number): offset for name, offset in offsets.items()})

    async def _bounds(self, topics: Iterable[str], number: int) -> tuple[dict[str, int], dict[str, int]]:
        """The first and the end offsets of the input topics, by topic."""
        tps = {name: TopicPartition(name, number) for name in topics}
        reader = make_reader(self._client, isolation_level="read_uncommitted")  # where the log ends, whatever is open
        try:
            await reader.start()
            begins = await reader.beginning_offsets(list(tps.values()))
            ends = await reader.end_offsets(list(tps.values()))
        except KafkaError as error:
            raise BrokerError(f"the input cannot be read from {self._settings.brokers}: {error}") from error
        finally:
            await close_client(reader)
        first = {name: int(begins[tp]) for name, tp in tps.items()}
        return first, {name: int(ends[tp]) for name, tp in tps.items()}

    async def _audit(self, record: StateChangeRecord) -> None:
        producer = BatchProducer(self._client)
        try:
            await producer.start()
            value = record.model_dump_json().encode()
            await producer.append(topic("audit", self._settings.prefix).name, 0, [(record.key.encode(), value)])
        except (KafkaError, OSError) as error:
            raise BrokerError(f"the audit record cannot be written to {self._settings.brokers}: {error}") from error
        finally:
            await producer.stop()


def _without_gaps(table: ChangelogTable, recreated: Collection[str]) -> list[tuple[bytes, bytes | None]]:
    """The changelog record of the open gaps without those of recreated topics, whose offsets are of the topics before.

    A worker would go on behind such a gap, and skip what the new topic holds up to there.
    Shown by tests/kafka/test_history.py::TestInput.
    """
    key = GAPS.encode()
    found = decode_gaps(table.newest(key))
    left = [each for each in found if each.gap.topic not in recreated]
    return [(key, encode_gaps(left))] if len(left) < len(found) else []
