"""Rules for Prometheus: alerts about dockets and about docketwatch, recordings, and the files they are written to."""
