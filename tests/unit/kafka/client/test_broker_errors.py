"""A broker's refusals: one sentence that names the partition or the group, and what to do."""

import pytest
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IncompatibleBrokerVersion,
    InconsistentGroupProtocolError,
    InvalidProducerIdMapping,
    InvalidSessionTimeoutError,
    InvalidTransactionTimeout,
    InvalidTxnState,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    NotEnoughReplicasError,
    ProducerFenced,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
    UnknownError,
    UnknownTopicOrPartitionError,
)

from streams.errors import BrokerError, UsageError
from streams.kafka.client.broker_errors import not_a_member, not_delivered, not_opened

WHAT = "partition 3 of docket.case-state"
ID = "docketwatch-case-state-3"


class TestNotOpened:
    @pytest.mark.parametrize("error", [IncompatibleBrokerVersion(), UnknownError()])
    def test_a_broker_without_transactions(self, error: KafkaError) -> None:
        """The sentence names the setting and its cost; no restart would help."""
        message = not_opened(error, WHAT, ID, 60)
        assert isinstance(message, UsageError)
        assert str(message) == (
            "the broker supports no transactions: set DOCKETWATCH_DELIVERY=ordered, which is for one worker and "
            "repeats records after a crash, or use Apache Kafka"
        )

    def test_a_transaction_that_is_too_long(self) -> None:
        """The sentence names the setting and the broker's limit."""
        message = not_opened(InvalidTransactionTimeout(), WHAT, ID, 60)
        assert isinstance(message, UsageError)
        assert (
            "allows no transaction of 60 s: set DOCKETWATCH_BROKER_TIMEOUT to no more than its transaction.max"
            in str(message)
        )

    def test_any_other_error_may_be_temporary(self) -> None:
        """The sentence is that of a failed write."""
        message = not_opened(TransactionalIdAuthorizationFailed(), WHAT, ID, 60)
        assert isinstance(message, BrokerError)
        assert f"{WHAT}: no right to write as the transactional id {ID}: it needs the ACLs" in str(message)


class TestNotDelivered:
    @pytest.mark.parametrize(
        ("error", "sentence"),
        [
            (ProducerFenced(), "another worker owns it now, since this one was paused or cut off for longer than its"),
            (InvalidTxnState(), "another worker owns it now"),
            (UnknownError(), "the broker failed with an unknown error, as it does when another worker takes over"),
            (InvalidProducerIdMapping(), "the broker has expired its producer, which was idle for longer than"),
            (TopicAuthorizationFailedError("docket.cases"), "no right to write to one of the topics: it needs the ACL"),
            (UnknownTopicOrPartitionError(), "a topic that it writes to does not exist"),
            (
                MessageSizeTooLargeError(),
                "a topic's max.message.bytes is less than 900000: `docketwatch topics check` names it",
            ),
            (KafkaTimeoutError(), "the broker did not take its records within DOCKETWATCH_REQUEST_TIMEOUT: the broker"),
            (NotEnoughReplicasError(), "[Error 19] NotEnoughReplicasError"),
        ],
    )
    def test_the_sentence(self, error: KafkaError, sentence: str) -> None:
        """The sentence has the partition and the reason."""
        assert f"{WHAT}: {sentence}" in str(not_delivered(error, WHAT, ID))

    def test_the_cause_is_reported(self) -> None:
        """aiokafka wraps errors that its sender did not expect."""
        error = KafkaError("Unexpected error during batch delivery")
        error.__cause__ = InvalidProducerIdMapping()
        assert "expired its producer" in str(not_delivered(error, WHAT, ID))

    def test_an_overdue_transaction_was_aborted(self) -> None:
        """The broker refuses it like one of a replaced worker."""
        message = str(not_delivered(ProducerFenced(), WHAT, ID, is_overdue=True))
        assert "was open for longer than DOCKETWATCH_BROKER_TIMEOUT, and the broker has aborted it" in message


class TestNotAMember:
    @pytest.mark.parametrize(
        ("error", "why"),
        [
            (GroupAuthorizationFailedError("g"), "no right to join it: it needs the ACL READ"),
            (InconsistentGroupProtocolError(), "a member of it is not a docketwatch worker: set DOCKETWATCH_GROUP"),
            (KafkaError("a word"), "a word"),
        ],
        ids=["acl", "stranger", "other"],
    )
    def test_it_names_the_group_and_what_to_do(self, error: KafkaError, why: str) -> None:
        """The sentence has the group or the broker's answer."""
        message = not_a_member(error, "docketwatch")
        assert isinstance(message, BrokerError)
        assert str(message).startswith("group docketwatch: ")
        assert why in str(message)

    @pytest.mark.parametrize("error", [UnknownError(), KafkaError(repr(UnknownError()))], ids=["heartbeat", "join"])
    def test_another_worker_of_the_same_name(self, error: KafkaError) -> None:
        """FENCED_INSTANCE_ID is an unknown error to aiokafka; without a static id it is one to the product, too."""
        named, unnamed = not_a_member(error, "docketwatch", "w-0"), not_a_member(error, "docketwatch")
        assert "group docketwatch: another worker is in it as w-0: give each worker a" in str(named)
        assert "another worker" not in str(unnamed)

    def test_a_session_that_the_broker_does_not_allow(self) -> None:
        """The sentence names the setting and the broker's limit; no restart would help."""
        message = not_a_member(InvalidSessionTimeoutError(), "docketwatch")
        assert isinstance(message, UsageError)
        assert "group docketwatch: the broker refuses the session timeout: set DOCKETWATCH_SESSION_TIMEOUT" in str(
            message
        )
