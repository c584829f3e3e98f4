"""The files that a command reads and writes: no output replaces an input, and none is ever half written."""
