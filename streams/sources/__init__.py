"""Sources of event logs: files, generators, converters."""
