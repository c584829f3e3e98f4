"""Drains aiokafka's fetched records, a whole response of a topic-partition at a time.

aiokafka makes an object of eleven fields of every record, one at a time through three layers of Python: 0.9 us. The
records of its C parser have offset, key and value; drained a batch at a time they cost 0.2 us. The records and the
positions are the same, which tests/unit/kafka/consumer/test_fetch_batches.py shows record by record.
"""

import asyncio
from collections.abc import Collection
from time import monotonic
from typing import Any

from aiokafka.consumer.fetcher import READ_COMMITTED, FetchResult  # type: ignore[import-untyped]  # ships no types
from aiokafka.errors import CorruptRecordException  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.batches import Record

__all__ = ["drain_fetched", "unpack"]


async def drain_fetched(
    fetcher: Any,  # noqa: ANN401  # aiokafka's own
    partitions: Collection[Any],
    *,
    timeout: float,
    most: int,
) -> dict[Any, list[Record]]:
    """The fetched records of some topic-partitions, which may arrive within `timeout`; moves their positions.

    Args:
        fetcher: A consumer's.
        partitions: The wanted topic-partitions.
        timeout: How long to wait when nothing is fetched (s).
        most: Once there are so many records, no further topic-partition is drained.
    """
    deadline = monotonic() + timeout
    while True:
        if fetcher._subscriptions.reassignment_in_progress:
            await fetcher._subscriptions.wait_for_assignment()
        taken = _drain(fetcher, partitions, most)
        left = deadline - monotonic()
        if taken or left <= 0:
            return taken
        waiter = fetcher._create_fetch_waiter()
        done, _ = await asyncio.wait([waiter], timeout=left)
        if not done or fetcher._closed:
            waiter.cancel()
            return {}
        waiter.result()  # an error of the coordinator is raised here


def _drain(fetcher: Any, partitions: Collection[Any], most: int) -> dict[Any, list[Record]]:  # noqa: ANN401  # as above
    waiting, count = fetcher._records, 0
    taken: dict[Any, list[Record]] = {}
    for partition, found in list(waiting.items()):
        if partition not in partitions:
            if not fetcher._subscriptions.is_assigned(partition):
                del waiting[partition]
            continue
        is_error = not isinstance(found, FetchResult)
        if count >= most or (is_error and taken):
            break  # an error is raised in the next call, when there are no records to return
        del waiting[partition]
        fetcher._notify(fetcher._wait_consume_future)  # it may fetch again while these are processed
        if is_error:
            found.check_raise()
        if found.check_assignment(partition):
            try:
                records = unpack(found._partition_records)
            except Exception as error:  # each codec has its own error for bytes that it cannot decode
                at = found._partition_records.next_fetch_offset
                raise BrokerError(
                    f"{partition.topic}: partition {partition.partition}: a batch of records from offset {at} on "
                    f"cannot be read: {error or type(error).__name__}"
                ) from error
            found._update_position()
            if records:
                taken[partition] = records
                count += len(records)
    return taken


def unpack(found: Any) -> list[Record]:  # noqa: ANN401  # aiokafka's PartitionRecords
    """All visible records of a response; moves its `next_fetch_offset` behind them.

    Raises:
        CorruptRecordException: A batch fails its checksum; no record of the response is returned.
    """
    records: list[Record] = []
    batches, begin = found._records, found.next_fetch_offset
    after = begin
    while batches.has_next():
        batch = batches.next_batch()
        if found._check_crcs and not batch.validate_crc():
            raise CorruptRecordException(f"Invalid CRC - {found._tp}")
        after = batch.next_offset  # it counts compacted records too
        if _is_hidden(found, batch):
            continue
        some = list(batch)
        if some and some[0].offset < begin:  # a fetch gives whole batches, also when it begins inside one
            some = [record for record in some if record.offset >= begin]
        records += some
    found.next_fetch_offset = after
    found._records_iterator = None  # it refers to `found`: the cycle would hold megabytes until a collection
    return records


def _is_hidden(found: Any, batch: Any) -> bool:  # noqa: ANN401  # as above
    """Whether a batch is a transaction marker, or of an aborted transaction; tracks the aborted producers."""
    if found._isolation_level != READ_COMMITTED or batch.producer_id is None:
        return bool(batch.is_control_batch)
    found._consume_aborted_up_to(batch.base_offset)
    if batch.is_control_batch:
        if found._contains_abort_marker(batch):
            found._aborted_producers.discard(batch.producer_id)
        return True
    return bool(batch.is_transactional) and batch.producer_id in found._aborted_producers
