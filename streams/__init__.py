"""Event-driven monitor: the core, its sources and the Kafka edge."""
