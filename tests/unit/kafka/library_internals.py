"""The private parts of aiokafka, Faust, mode and kafka-python that the product relies on.

Each attribute has one entry: its signature, or that it exists. `test_canary.py` compares them with the installed
with every use in the product's source; an upgrade that moves one fails by its name.
"""

from collections.abc import Mapping
from typing import Final

__all__ = ["HOLDERS", "INTERNALS", "IS_THERE"]

IS_THERE: Final = "is there"
"""Of an attribute that is no function, or is not called: its shape says nothing."""

_CLIENT: Final = "aiokafka.client.AIOKafkaClient"
_CONSUMER: Final = "aiokafka.AIOKafkaConsumer"
_FETCHER: Final = "aiokafka.consumer.fetcher.Fetcher"
_PRODUCER: Final = "aiokafka.AIOKafkaProducer"
_SENDER: Final = "aiokafka.producer.sender.Sender"

HOLDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "_ensure_consumer": (_CONSUMER,),
    "_producer": (_PRODUCER,),
    "_sender": (_SENDER,),
    "accumulator": ("aiokafka.producer.message_accumulator.MessageAccumulator",),
    "app": ("faust.app.base.App",),
    "client": (_CLIENT, _CONSUMER),
    "cluster": ("kafka.cluster.ClusterMetadata",),
    "consumer": (_CONSUMER,),
    "coordinator": ("aiokafka.consumer.group_coordinator.GroupCoordinator",),
    "fetcher": (_FETCHER,),
    "found": ("aiokafka.consumer.fetcher.FetchResult", "aiokafka.consumer.fetcher.PartitionRecords"),
    "message": ("faust.types.tuples.Message",),
    "producer": (_PRODUCER,),
    "reader": (_CONSUMER,),
    "request": ("aiokafka.protocol.commit.OffsetFetchRequest",),
    "sender": (_SENDER,),
}
"""Classes of the objects that the product holds by a name, and looks into."""

INTERNALS: Final[Mapping[str, Mapping[str, str]]] = {
    "aiokafka.AIOKafkaConsumer": {
        "_client": IS_THERE,
        "_closed": IS_THERE,
        "_coordinator": IS_THERE,
        "_fetch_max_wait_ms": IS_THERE,
        "_fetcher": IS_THERE,
        "_isolation_level": IS_THERE,
        "_subscription": IS_THERE,
    },
    "aiokafka.AIOKafkaProducer": {
        "_message_accumulator": IS_THERE,
        "_sender": IS_THERE,
        "_txn_manager": IS_THERE,
        "client": IS_THERE,
        "send_batch": "(self, batch, topic, *, partition)",
    },
    "aiokafka.client.AIOKafkaClient": {
        "_conns": IS_THERE,
        "_on_connection_closed": "(self, conn, reason)",
        "_request_timeout_ms": IS_THERE,
        "_wait_on_metadata": "(self, topic)",
        "bootstrap": "(self)",
        "close": "(self)",
        "cluster": IS_THERE,
        "coordinator_lookup": "(self, coordinator_type, coordinator_key)",
        "force_metadata_update": "(self)",
        "send": "(self, node_id, request, *, group=)",
    },
    "aiokafka.client.CoordinationType": {
        "TRANSACTION": IS_THERE,
    },
    "aiokafka.cluster.ClusterMetadata": {
        "leader_for_partition": "(self, partition)",
    },
    "aiokafka.codec": {
        "has_gzip": "()",
        "has_lz4": "()",
        "has_snappy": "()",
        "has_zstd": "()",
    },
    "aiokafka.conn.AIOKafkaConnection": {
        "close": "(self, reason=, exc=)",
        "connect": "(self)",
        "send": "(self, request, expect_response=)",
    },
    "aiokafka.conn.CloseReason": {
        "CONNECTION_BROKEN": IS_THERE,
        "CONNECTION_TIMEOUT": IS_THERE,
    },
    "aiokafka.consumer.fetcher.FetchError": {
        "check_raise": "(self)",
    },
    "aiokafka.consumer.fetcher.FetchResult": {
        "_partition_records": IS_THERE,
        "_update_position": "(self)",
        "check_assignment": "(self, tp)",
    },
    "aiokafka.consumer.fetcher.Fetcher": {
        "_closed": IS_THERE,
        "_create_fetch_waiter": "(self)",
        "_notify": "(self, future)",
        "_proc_fetch_request": "(self, assignment, node_id, request)",
        "_records": IS_THERE,
        "_subscriptions": IS_THERE,
        "_wait_consume_future": IS_THERE,
    },
    "aiokafka.consumer.fetcher.PartitionRecords": {
        "_aborted_producers": IS_THERE,
        "_check_crcs": IS_THERE,
        "_consume_aborted_up_to": "(self, batch_offset)",
        "_contains_abort_marker": "(self, next_batch)",
        "_isolation_level": IS_THERE,
        "_records": IS_THERE,
        "_records_iterator": IS_THERE,
        "_tp": IS_THERE,
        "next_fetch_offset": IS_THERE,
    },
    "aiokafka.consumer.group_coordinator.GroupCoordinator": {
        "_closing": IS_THERE,
        "_coordination_task": IS_THERE,
        "_do_heartbeat": "(self)",
        "_push_error_to_user": "(self, exc)",
        "_send_req": "(self, request)",
        "ensure_coordinator_known": "(self)",
        "fetch_committed_offsets": "(self, partitions)",
        "generation": IS_THERE,
    },
    "aiokafka.consumer.subscription_state.Assignment": {
        "state_value": "(self, tp)",
    },
    "aiokafka.consumer.subscription_state.Subscription": {
        "assignment": IS_THERE,
    },
    "aiokafka.consumer.subscription_state.SubscriptionState": {
        "fetch_context": "(self)",
        "is_assigned": "(self, tp)",
        "reassignment_in_progress": IS_THERE,
        "subscription": IS_THERE,
        "wait_for_assignment": "(self)",
    },
    "aiokafka.consumer.subscription_state.TopicPartitionState": {
        "has_valid_position": IS_THERE,
        "highwater": IS_THERE,
        "position": IS_THERE,
        "timestamp": IS_THERE,
    },
    "aiokafka.producer.message_accumulator.BatchBuilder": {
        "_build": "(self)",
        "_set_producer_state": "(self, producer_id, producer_epoch, base_sequence)",
        "append": "(self, *, timestamp, key, value, headers=)",
        "close": "(self)",
        "closed": "(self)",
        "record_count": "(self)",
        "size": "(self)",
    },
    "aiokafka.producer.message_accumulator.MessageAccumulator": {
        "_pending_batches": IS_THERE,
    },
    "aiokafka.producer.sender.BaseHandler": {
        "__init__": "(self, sender)",
        "_sender": IS_THERE,
        "create_request": "(self)",
        "do": "(self, node_id)",
        "handle_error": "(self)",
        "handle_response": "(self, response)",
    },
    "aiokafka.producer.sender.Sender": {
        "_coordinator_dead": "(self, coordinator_type)",
        "_do_add_offsets_to_txn": "(self, group_id)",
        "_do_init_pid": "(self, node_id)",
        "_txn_manager": IS_THERE,
        "client": IS_THERE,
    },
    "aiokafka.producer.transaction_manager.TransactionManager": {
        "maybe_add_partition_to_txn": "(self, tp)",
        "producer_id": IS_THERE,
        "transactional_id": IS_THERE,
        "wait_for_transaction_end": "(self)",
    },
    "aiokafka.protocol.api.Request": {
        "API_KEY": IS_THERE,
        "build": "(self, request_struct_class)",
    },
    "aiokafka.protocol.api.RequestStruct": {
        "API_KEY": IS_THERE,
        "API_VERSION": IS_THERE,
        "FLEXIBLE_VERSION": IS_THERE,
        "RESPONSE_TYPE": IS_THERE,
        "SCHEMA": IS_THERE,
    },
    "aiokafka.protocol.api.Response": {
        "API_KEY": IS_THERE,
        "API_VERSION": IS_THERE,
    },
    "aiokafka.protocol.commit.OffsetFetchRequest": {
        "_partitions": IS_THERE,
    },
    "aiokafka.protocol.struct.Struct": {
        "SCHEMA": IS_THERE,
    },
    "aiokafka.record.default_records.DefaultRecord": {
        "key": IS_THERE,
        "offset": IS_THERE,
        "timestamp": IS_THERE,
        "value": IS_THERE,
    },
    "aiokafka.record.default_records.DefaultRecordBatch": {
        "__iter__": "(self)",
        "base_offset": IS_THERE,
        "is_control_batch": IS_THERE,
        "is_transactional": IS_THERE,
        "next_offset": IS_THERE,
        "producer_id": IS_THERE,
        "validate_crc": "(self)",
    },
    "aiokafka.record.default_records.DefaultRecordBatchBuilder": {
        "append": "(self, offset, timestamp, key, value, headers)",
        "build": "(self)",
    },
    "aiokafka.record.memory_records.MemoryRecords": {
        "has_next": "(self)",
        "next_batch": "(self)",
    },
    "aiokafka.record.util": {
        "calc_crc32c": "(data)",
    },
    "faust.app.base.App": {
        "BootStrategy": IS_THERE,
        "_app_tasks": IS_THERE,
        "_consumer": IS_THERE,
        "_create_directories": "(self)",
        "_on_agent_error": "(self, agent, exc)",
        "consumer_generation_id": IS_THERE,
        "crash": "(self, reason)",
        "crash_reason": IS_THERE,
        "flow_control": IS_THERE,
        "logger": IS_THERE,
        "on_before_shutdown": IS_THERE,
        "on_rebalance_complete": IS_THERE,
        "rebalancing_count": IS_THERE,
        "transport": IS_THERE,
        "wait_until_stopped": "(self)",
    },
    "faust.app.base.BootStrategy": {
        "enable_kafka_producer": IS_THERE,
        "enable_web": IS_THERE,
    },
    "faust.events.Event": {
        "ack": "(self)",
    },
    "faust.streams.Stream": {
        "events": "(self)",
        "noack": "(self)",
    },
    "faust.tables.manager.TableManager": {
        "_update_channels": "(self)",
        "on_start": "(self)",
        "recovery": IS_THERE,
    },
    "faust.transport.consumer.Consumer": {
        "_add_gap": "(self, tp, offset_from, offset_to)",
        "_commit_offsets": "(self, offsets, start_new_transaction=)",
        "_committed_offset": IS_THERE,
        "_filter_tps_with_pending_acks": "(self, topics=)",
        "_new_offset": "(self, tp)",
        "_paused_partitions": IS_THERE,
        "_read_offset": IS_THERE,
        "_unacked_messages": IS_THERE,
        "_wait_for_ack": "(self, timeout)",
        "_wait_next_records": "(self, timeout)",
        "_waiting_for_ack": IS_THERE,
        "ack": "(self, message)",
        "app": IS_THERE,
        "flow_active": IS_THERE,
        "force_commit": "(self, topics=, start_new_transaction=)",
        "getmany": "(self, timeout)",
        "maybe_wait_for_commit_to_finish": "(self)",
        "on_buffer_drop": "(self, tp)",
        "on_buffer_full": "(self, tp)",
        "on_partitions_assigned": "(self, assigned, generation_id=)",
        "on_partitions_revoked": "(self, revoked)",
        "pause_partitions": "(self, tps)",
        "perform_seek": "(self)",
        "resume_flow": "(self)",
        "resume_partitions": "(self, tps)",
        "stop_flow": "(self)",
        "transport": IS_THERE,
        "wait_empty": "(self)",
    },
    "faust.transport.consumer.ConsumerThread": {
        "__init__": "(self, consumer, **kwargs)",
        "app": IS_THERE,
        "consumer": IS_THERE,
    },
    "faust.transport.consumer.ThreadDelegateConsumer": {
        "__init__": "(self, *args, **kwargs)",
        "_commit": "(self, offsets)",
        "assignment": "(self)",
    },
    "faust.transport.drivers.aiokafka.AIOKafkaConsumerThread": {
        "_create_worker_consumer": "(self, transport)",
        "_ensure_consumer": "(self)",
        "_fetch_records": "(self, consumer, active_partitions, timeout=, max_records=)",
        "assignment": "(self)",
        "on_start": "(self)",
        "on_thread_stop": "(self)",
        "seek_to_committed": "(self)",
    },
    "faust.transport.drivers.aiokafka.Consumer": {
        "_new_consumer_thread": "(self)",
        "_thread": IS_THERE,
        "logger": IS_THERE,
        "verify_event_path": "(self, now, tp)",
    },
    "faust.transport.drivers.aiokafka.Transport": {
        "Consumer": IS_THERE,
        "__init__": "(self, *args, **kwargs)",
    },
    "faust.types.tuples.ConsumerMessage": {
        "__call__": "(topic, partition, offset, timestamp, timestamp_type, headers, key, value, checksum, "
        "serialized_key_size=, serialized_value_size=, tp=, time_in=, time_out=, time_total=, generation_id=)",
    },
    "faust.types.tuples.Message": {
        "acked": IS_THERE,
    },
    "kafka.admin._groups.GroupAdminMixin": {
        "_list_group_offsets_requests": "(self, group_specs)",
    },
    "kafka.admin.client.KafkaAdminClient": {
        "_manager": IS_THERE,
    },
    "kafka.cluster.ClusterMetadata": {
        "_coordinators": IS_THERE,
    },
    "kafka.net.compat.KafkaNetClient": {
        "__init__": "(self, net=, manager=, **configs)",
        "close": "(self, node_id=)",
    },
    "mode.services.Service": {
        "beacon": IS_THERE,
        "mundane_level": IS_THERE,
        "should_stop": IS_THERE,
    },
    "mode.services.ServiceBase": {
        "log": IS_THERE,
        "loop": IS_THERE,
    },
    "mode.threads.QueueServiceThread": {
        "call_thread": "(self, fun, *args, **kwargs)",
    },
}
"""By the dotted name of a class or module and that of the attribute. `__call__` is how a class itself is called."""
