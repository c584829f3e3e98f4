"""Makes the delivery that the settings name."""

from collections.abc import Sequence

from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import Settings
from streams.kafka.producer.batch_producer import BatchProducer
from streams.kafka.producer.delivery import Delivery, MarkProcessed, OrderedDelivery
from streams.kafka.producer.transactional_delivery import TransactionalDelivery
from streams.process.watchdog import Watchdog

__all__ = ["make_delivery"]


def make_delivery(
    settings: Settings, changelog: str, *, outputs: Sequence[str], mark_processed: MarkProcessed, watchdog: Watchdog
) -> Delivery:
    """Make the delivery of one store.

    Args:
        settings: The kind of delivery, and how to reach the brokers.
        changelog: Topic of the store's state.
        outputs: All other topics that it writes to.
        mark_processed: Called with offsets that may be committed, or are committed already.
        watchdog: Ends the process when the broker does not acknowledge in time.

    Raises:
        UsageError: A file with a secret or a certificate cannot be read.
    """
    client, seconds = client_options(settings), settings.broker_timeout.total_seconds()
    if settings.delivery == "ordered":
        return OrderedDelivery(BatchProducer(client), changelog, mark_processed, watchdog=watchdog, seconds=seconds)
    return TransactionalDelivery(
        client=client,
        group=settings.group,
        changelog=changelog,
        outputs=outputs,
        seconds=seconds,
        mark_processed=mark_processed,
        watchdog=watchdog,
    )
