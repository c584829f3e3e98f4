"""Mending states that do not belong to the offsets of their group, while no worker of the group runs.

Each partition is taken over as a worker would (its transactional id fences one that is started meanwhile), looked at,
and changed in one transaction with the group's offsets. Without transactions the offsets are set after the state.
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
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.producer.delivery_factory import make_delivery
from streams.kafka.producer.work_batcher import batched
from streams.kafka.state.changelog import read_changelog
from streams.kafka.state.changelog_table import ChangelogTable
from streams.kafka.state.history import ChangelogHistory, UnfitState
from streams.kafka.state.passed_input import as_marked, read_passed
from streams.kafka.work import MARKED, Place, ProcessedOffset, Work
from streams.process.watchdog import Watchdog

__all__ = ["PartitionState", "StateRepair", "refuse_while_workers_run"]

_ACTION: Final[dict[str, Action]] = {"rebuild": "state_rebuilt", "resume": "state_resumed", "accept": "state_accepted"}
_ASK_SECONDS: Final = 0.5
_LEAVING_SECONDS: Final = 2.0
Way = Literal["rebuild", "resume", "accept"]


class PartitionState(Struct):
    """The state of one partition, and what it should belong to.

    Attributes:
        agent: `cases` or `officers`.
        number: Partition number.
        image: The changelog, read to its end.
        cut_off: What to write so that the changelog says no more of a flush that was cut off than the image.
        history: What states of this changelog must belong to.
        committed: What the group committed, by input topic.
        unfit: Why it may not be worked on; None when it may.
    """

    agent: str
    number: int
    image: ChangelogTable
    cut_off: list[tuple[bytes, bytes | None]]
    history: ChangelogHistory
    committed: Mapping[str, int]
    unfit: UnfitState | None

    @property
    def origin(self) -> StateOrigin | None:
        """What it says that it belongs to."""
        return self.history.kept(self.image)


def refuse_while_workers_run(settings: Settings, groups: Iterable[str]) -> None:
    """See that no member is in any of these consumer groups.

    One that has just ended without a word is still in it for a session: so long this waits.

    Raises:
        UsageError: One is.
        BrokerError: The broker does not answer well.
    """
    deadline = monotonic() + settings.session_timeout.total_seconds() + _LEAVING_SECONDS
    with AdminClient(settings) as admin:
        for group in groups:
            while members := admin.members(group):
                if monotonic() > deadline:
                    raise UsageError(f"group {group} has {members} members: stop its workers first")
                sleep(_ASK_SECONDS)


class StateRepair:
    """Looks at the states of a group, and mends them.

    Args:
        settings: The broker, the topics, and the group whose workers are to go on.
        histories: What states must belong to, by agent.
    """

    def __init__(self, settings: Settings, histories: Mapping[str, ChangelogHistory]) -> None:
        self._settings, self._histories = settings, histories
        self._client = client_options(settings)
        self._inputs = {entry.name for entry in input_topics(settings.prefix)}

    async def look(self, agents: Collection[str] = (), number: int | None = None) -> list[PartitionState]:
        """The states of all partitions, or of some.

        Args:
            agents: Of these agents; of all when empty.
            number: Of this partition number; of all when None.

        Raises:
            BrokerError: The broker does not answer well.
        """
        found: list[PartitionState] = []
        numbers = range(self._settings.partitions) if number is None else [number]
        for agent, history in self._histories.items():
            if agents and agent not in agents:
                continue
            images = {each: ChangelogTable(history.mark.key) for each in numbers}
            try:
                await read_changelog(self._client, history.changelog, images, lambda: False)
                committed = await self._committed(history.topics, numbers)
            except KafkaError as error:
                raise BrokerError(
                    f"{history.changelog} cannot be read from {self._settings.brokers}: {error}"
                ) from error
            marked = await self._as_marked(history, images, committed)
            cut_off = {each: image.take_back()[:-1] for each, image in images.items()}
            unfit = {each.number: each for each in history.unfit(images, marked)}
            found += [
                PartitionState(agent, each, image, cut_off[each], history, committed[each], unfit.get(each))
                for each, image in images.items()
            ]
        return found

    async def mend(
        self, way: Way, chosen: Iterable[PartitionState], *, actor: str, now: int, accept_loss: bool = False,
        from_group: str | None = None,
    ) -> list[StateChangeRecord]:  # fmt: skip
        """Mend states.

        Args:
            way: `rebuild`: throw the state away and read the input again; `resume`: the group goes on where the state
                stands; `accept`: the state goes on where the group stands.
            chosen: Which.
            actor: Id of the person or the service that does it.
            now: Wall clock, UTC milliseconds.
            accept_loss: Whether to rebuild though the input no longer begins where it began.
            from_group: The group that a state is of and whose workers are stopped; with `resume`.

        Returns:
            What was done, as it is audited.

        Raises:
            UsageError: A worker runs, or this way does not mend it; the text says which does.
            BrokerError: The broker does not answer well.
        """
        groups = [self._settings.group] if from_group is None else [self._settings.group, from_group]
        await asyncio.to_thread(refuse_while_workers_run, self._settings, groups)
        done: list[StateChangeRecord] = []
        for each in chosen:
            done.append(await self._mend(way, each, actor, now, accept_loss=accept_loss, from_group=from_group))
            await self._audit(done[-1])
        return done

    async def _mend(
        self, way: Way, kept: PartitionState, actor: str, now: int, *, accept_loss: bool, from_group: str | None
    ) -> StateChangeRecord:
        settings, short, number = self._settings, kept.history.changelog.rpartition(".")[2], kept.number
        watchdog = Watchdog()
        set_later: dict[str, int] = {}

        def mark_processed(name: str, _: int, offset: int) -> None:
            set_later[name] = offset

        fences = [
            make_delivery(each, kept.history.changelog, outputs=(), mark_processed=mark_processed, watchdog=watchdog)
            for each in (settings.model_copy(update={"group": from_group}), settings)
            if from_group is not None or each is settings
        ]
        try:
            for fence in fences:
                await fence.start()
                await fence.open(number)
            (fresh,) = await self.look([kept.agent], number)
            work = await self._work(way, fresh, now, accept_loss=accept_loss, from_group=from_group)
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
            offset=fresh.image.position or 0,
            action=_ACTION[way],
            actor=actor,
            group=settings.group,
            sentence="" if fresh.unfit is None else fresh.unfit.sentence,
            state_offsets=None if origin is None else origin.offsets,
            group_offsets=dict(fresh.committed),
            observed_at=now,
        )

    async def _work(
        self, way: Way, kept: PartitionState, now: int, *, accept_loss: bool, from_group: str | None
    ) -> Work:
        image, history, number = kept.image, kept.history, kept.number
        where = f"partition {number} of {history.changelog}"
        origin = kept.origin
        is_foreign = history.group_of(image) not in (None, history.group)
        if is_foreign and (way != "resume" or history.group_of(image) != from_group):
            raise UsageError(
                f"{where} is the state of group {history.group_of(image)}: `docketwatch state resume --from-group` "
                "of that group alone takes it over"
            )
        begins, ends = await self._bounds(history.topics, number)
        made_anew = history.made_anew(origin)
        mark = image.newest(history.mark.key)
        gone: list[tuple[bytes, bytes | None]] = []
        if way == "rebuild":
            cut = {name: f"{name} before offset {begins[name]}" for name in history.topics if begins[name] > 0}
            cut |= {name: f"{name}, which was recreated" for name in made_anew}
            if cut and not accept_loss:
                told = ", ".join(cut.values())
                raise UsageError(
                    f"{where} cannot be rebuilt whole, for the input no longer reaches back: {told}; "
                    "--accept-loss rebuilds it from what is left"
                )
            offsets = begins
            gone = [(key.encode(), None) for key in image.drain() if key.encode() != history.mark.key]
            mark = history.mark.blank
        elif way == "resume":
            if origin is None and not is_foreign:
                raise UsageError(
                    f"{where} does not say which offsets it belongs to: `docketwatch state accept` or `rebuild` it"
                )
            if made_anew:
                raise UsageError(
                    f"{where} was made of {', '.join(made_anew)}, which was recreated since: the group cannot go on "
                    "there; `docketwatch state accept` goes on at its beginning"
                )
            offsets = {} if origin is None else origin.offsets  # a group that only claimed it has worked on nothing
            self._reaches(where, offsets, begins, ends)
        else:
            offsets = {**kept.committed, **{name: begins[name] for name in made_anew}}
        # a state that is thrown away publishes its alerts again
        published_to = None if origin is None or way == "rebuild" else origin.alert_topics
        settled = [ProcessedOffset(name, offset) for name, offset in offsets.items()]
        value = history.mark.stamp(mark or history.mark.blank, history.anew(image, offsets, published_to, now))
        return Work(changelog=[*kept.cut_off, *gone, (history.mark.key, value)], settled=settled)

    def _reaches(
        self, where: str, offsets: Mapping[str, int], begins: Mapping[str, int], ends: Mapping[str, int]
    ) -> None:
        for name, offset in offsets.items():
            if name in self._inputs and not begins[name] <= offset <= ends[name]:
                raise UsageError(
                    f"{where} belongs to offset {offset} of {name}, which holds {begins[name]} to {ends[name]} only: "
                    "the group cannot go on there; `docketwatch state accept` goes on where it stands"
                )

    async def _committed(self, topics: Iterable[str], numbers: Iterable[int]) -> Mapping[int, Mapping[str, int]]:
        """What the group has committed, by partition number and topic."""
        names = list(topics)
        found = await asyncio.to_thread(self._ask_committed, [(name, number) for name in names for number in numbers])
        return {number: {name: found[name, number] for name in names if (name, number) in found} for number in numbers}

    async def _as_marked(
        self,
        history: ChangelogHistory,
        images: Mapping[int, ChangelogTable],
        committed: Mapping[int, Mapping[str, int]],
    ) -> Mapping[int, Mapping[str, int]]:
        """As the workers see it."""
        behind = history.behind(images, committed)
        marked = await asyncio.to_thread(self._ask_marked, list(behind)) if behind else ()
        spans = {place: span for place, span in behind.items() if place not in marked}
        return as_marked(committed, await read_passed(self._client, history.is_missed, spans, lambda: False), spans)

    def _ask_marked(self, places: list[Place]) -> Collection[Place]:
        with AdminClient(self._settings) as admin:
            return admin.committed_with(self._settings.group, places, MARKED)

    def _ask_committed(self, places: list[Place]) -> Mapping[Place, int]:
        with AdminClient(self._settings) as admin:
            return admin.committed(self._settings.group, places)

    def _set(self, number: int, offsets: Mapping[str, int]) -> None:
        with AdminClient(self._settings) as admin:
            admin.commit(self._settings.group, {(name, number): offset for name, offset in offsets.items()})

    async def _bounds(self, topics: Iterable[str], number: int) -> tuple[dict[str, int], dict[str, int]]:
        """Where the input topics begin and end, by topic."""
        places = {name: TopicPartition(name, number) for name in topics}
        reader = make_reader(self._client, isolation_level="read_uncommitted")  # where the log ends, whatever is open
        try:
            await reader.start()
            begins = await reader.beginning_offsets(list(places.values()))
            ends = await reader.end_offsets(list(places.values()))
        except KafkaError as error:
            raise BrokerError(f"the input cannot be asked for at {self._settings.brokers}: {error}") from error
        finally:
            await close_client(reader)
        first = {name: int(begins[place]) for name, place in places.items()}
        return first, {name: int(ends[place]) for name, place in places.items()}

    async def _audit(self, record: StateChangeRecord) -> None:
        writer = BatchProducer(self._client)
        try:
            await writer.start()
            value = record.model_dump_json().encode()
            await writer.append(topic("audit", self._settings.prefix).name, 0, [(record.key.encode(), value)])
        except (KafkaError, OSError) as error:
            raise BrokerError(f"the audit record cannot be written to {self._settings.brokers}: {error}") from error
        finally:
            await writer.stop()
