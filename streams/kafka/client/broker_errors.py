"""Turns a broker's refusal of a producer or a group member into a sentence that says what to do."""

from typing import Final

from aiokafka.errors import (  # type: ignore[import-untyped]  # ships no type information
    GroupAuthorizationFailedError,
    IncompatibleBrokerVersion,
    InconsistentGroupProtocolError,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidSessionTimeoutError,
    InvalidTransactionTimeout,
    InvalidTxnState,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    ProducerFenced,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownError,
    UnknownTopicOrPartitionError,
    UnsupportedVersionError,
)

from streams.errors import BrokerError, DocketwatchError, UsageError
from streams.kafka.client.limits import MAX_BATCH_BYTES

__all__ = ["CLIENT_ERRORS", "not_a_member", "not_delivered", "not_opened"]

CLIENT_ERRORS: Final = (KafkaError, OSError)
"""What a client raises when a broker refuses, does not answer, or cannot be reached."""

_NO_TRANSACTIONS: Final = (IncompatibleBrokerVersion, UnsupportedVersionError, UnknownError)
_FENCED: Final = (ProducerFenced, InvalidProducerEpoch, InvalidTxnState)
_UNKNOWN: Final = str(KafkaError(repr(UnknownError())))
_TOO_LARGE: Final = (MessageSizeTooLargeError, RecordListTooLargeError)


def not_opened(error: KafkaError, what: str, transactional_id: str, seconds: float) -> DocketwatchError:
    """The reason why a producer could not be initialised.

    Args:
        error: aiokafka's.
        what: What the producer was to write.
        transactional_id: Its transactional id.
        seconds: The longest that its transactions may take.
    """
    if isinstance(error, _NO_TRANSACTIONS):
        return UsageError(
            "the broker supports no transactions: set DOCKETWATCH_DELIVERY=ordered, which is for one worker and "
            "repeats records after a crash, or use Apache Kafka"
        )
    if isinstance(error, InvalidTransactionTimeout):
        return UsageError(
            f"the broker allows no transaction of {seconds:g} s: set DOCKETWATCH_BROKER_TIMEOUT to no more than its "
            "transaction.max.timeout.ms"
        )
    return not_delivered(error, what, transactional_id)


def not_delivered(error: KafkaError, what: str, transactional_id: str = "", *, is_overdue: bool = False) -> BrokerError:
    """The reason why a producer could not write.

    Args:
        error: aiokafka's; the cause counts for an error that its sender has wrapped.
        what: What the producer was to write.
        transactional_id: Its transactional id; empty for a producer without transactions.
        is_overdue: Whether its transaction was open for longer than the broker allows.
    """
    cause = error.__cause__ if isinstance(error.__cause__, KafkaError) else error
    if isinstance(cause, _FENCED) and is_overdue:
        why = "its transaction was open for longer than DOCKETWATCH_BROKER_TIMEOUT, and the broker has aborted it"
    elif isinstance(cause, _FENCED):
        why = (
            "another worker owns it now, since this one was paused or cut off for longer than its session timeout; "
            "its unfinished work does not count"
        )
    elif isinstance(cause, UnknownError):
        # Apache Kafka 4.3: EndTxn meets a successor's InitProducerId, "already a pending state PREPARE_EPOCH_FENCE"
        why = "the broker failed with an unknown error, as it does when another worker takes over at the same moment"
    elif isinstance(cause, InvalidProducerIdMapping):
        why = "the broker has expired its producer, which was idle for longer than transactional.id.expiration.ms"
    elif isinstance(cause, TransactionalIdAuthorizationFailed):
        why = f"no right to write as the transactional id {transactional_id}: it needs the ACLs WRITE and DESCRIBE"
    elif isinstance(cause, TopicAuthorizationFailedError):
        why = "no right to write to one of the topics: it needs the ACL WRITE"
    elif isinstance(cause, UnknownTopicOrPartitionError):
        why = "a topic that it writes to does not exist: `docketwatch topics check` names it"
    elif isinstance(cause, _TOO_LARGE):
        why = f"a topic's max.message.bytes is less than {MAX_BATCH_BYTES}: `docketwatch topics check` names it"
    elif isinstance(cause, KafkaTimeoutError):
        why = (
            "the broker did not take its records within DOCKETWATCH_REQUEST_TIMEOUT: the broker is gone, or has lost "
            "its copies"
        )
    else:
        why = str(cause) or type(cause).__name__
    return BrokerError(f"{what}: {why}")


def not_a_member(error: BaseException, group: str, instance_id: str | None = None) -> DocketwatchError:
    """The reason why a worker cannot be in its group.

    Args:
        error: aiokafka's, which reports FENCED_INSTANCE_ID as UnknownError; while it joins or synchronises, as a
            KafkaError with the text of that.
        group: The consumer group.
        instance_id: The worker's group.instance.id; None without static membership.
    """
    if isinstance(error, InvalidSessionTimeoutError):
        return UsageError(
            f"group {group}: the broker refuses the session timeout: set DOCKETWATCH_SESSION_TIMEOUT between its "
            "group.min.session.timeout.ms and its group.max.session.timeout.ms"
        )
    if isinstance(error, GroupAuthorizationFailedError):
        why = "no right to join it: it needs the ACL READ"
    elif (isinstance(error, UnknownError) or str(error) == _UNKNOWN) and instance_id is not None:
        why = (
            f"another worker is in it as {instance_id}: give each worker a DOCKETWATCH_INSTANCE_ID of its own; the "
            "unfinished work of this one does not count"
        )
    elif isinstance(error, InconsistentGroupProtocolError):
        why = "a member of it is not a docketwatch worker: set DOCKETWATCH_GROUP to a group of the workers alone"
    else:
        why = str(error) or type(error).__name__
    return BrokerError(f"group {group}: {why}")
