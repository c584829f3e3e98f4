"""Programs around the worker: replay, load test, verification, dead letters, the embedded broker."""
