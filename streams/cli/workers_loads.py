"""The officer loads and office partials that workers have published, as `docketwatch load` shows them."""

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from schemas.loads import Load
from schemas.topics import topic
from streams.core.load.office_record import OfficeTotals, office_totals
from streams.core.load.office_rows import CALENDAR_KEY, OfficePartial
from streams.errors import UsageError

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings

__all__ = ["PublishedLoads", "read_published_loads"]

_partial_of: Final = msgspec.json.Decoder(OfficePartial).decode


class PublishedLoads(NamedTuple):
    """What workers have published.

    Attributes:
        as_of: The clock (ms) of the case partition that is furthest behind. A partial or a load that nothing changed
            since is older, and holds.
        offices: All offices together, then each by name.
        loads: By officer id.
    """

    as_of: int
    offices: list[OfficeTotals]
    loads: list[Load]


async def read_published_loads(settings: "Settings") -> PublishedLoads:
    """Read both topics to their present ends, committed records only.

    Args:
        settings: How to reach the brokers, and how many partitions the topics have.

    Raises:
        BrokerError: The broker cannot be read from.
        UsageError: No worker has published a partial.
    """
    # late: the Kafka client is slow to import
    from streams.kafka.client.table_reader import read_as_table
    from streams.kafka.client.worker_clocks import read_worker_clocks

    clocks = await read_worker_clocks(settings)
    load_topic, office_topic = (topic(name, settings.prefix).name for name in ("officer-load", "office-partials"))
    loads: dict[bytes, Load] = {}
    partials: dict[bytes, OfficePartial] = {}
    caught_up = asyncio.Event()

    def apply(name: str, key: bytes, value: bytes | None) -> None:
        if name == load_topic:
            if value is None:
                loads.pop(key, None)
            else:
                loads[key] = Load.from_json(value)
        elif value is not None and not key.startswith(CALENDAR_KEY):
            partials[key] = _partial_of(value)

    following = asyncio.create_task(
        read_as_table(settings, [load_topic, office_topic], apply, on_caught_up=caught_up.set)
    )
    waiting = asyncio.create_task(caught_up.wait())
    try:
        await asyncio.wait((following, waiting), return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            following.result()  # it ends by an error alone
    finally:
        for task in (following, waiting):
            task.cancel()
        await asyncio.gather(following, waiting, return_exceptions=True)
    if not partials:
        raise UsageError("no worker has published a load yet")
    rows = [row for partial in partials.values() for row in partial.cases]
    staff = [row for partial in partials.values() for row in partial.staff]
    newest = dict(clocks)
    for partial in partials.values():
        if partial.cases:
            newest[partial.partition] = max(partial.as_of, newest.get(partial.partition, partial.as_of))
    as_of = min(newest.values(), default=min(partial.as_of for partial in partials.values()))
    return PublishedLoads(as_of, office_totals(rows, staff), sorted(loads.values(), key=lambda load: load.officer_id))
