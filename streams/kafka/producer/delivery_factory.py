"""The delivery that the settings ask for."""

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
    """Make it for one store.

    Args:
        settings: Which one, and how to reach the brokers.
        changelog: Topic of the store's state.
        outputs: Topics of everything else that it writes.
        mark_processed: Told what may be committed, or is committed already.
        watchdog: Ends the process when the broker does not take what it is sent.

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
