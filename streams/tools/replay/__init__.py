"""Plays a log into Kafka as feeds would have sent it."""
