"""The contract: events, alerts, loads, policy, topics."""
