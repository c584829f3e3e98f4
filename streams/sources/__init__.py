"""Where event logs come from: files, generators, converters."""
