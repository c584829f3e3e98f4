"""The broker's fixtures, for the one test here that starts one."""

from tests.kafka.conftest import kafka_needed

__all__ = ["kafka_needed"]
