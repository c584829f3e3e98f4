"""Clients of the broker: settings, connection, administration, topics, readers."""
