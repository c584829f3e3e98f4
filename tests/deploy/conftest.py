"""The broker fixtures for the one test of this folder that starts a broker."""

from tests.kafka.conftest import kafka_needed

__all__ = ["kafka_needed"]
