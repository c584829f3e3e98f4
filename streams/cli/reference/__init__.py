"""The help of the command line: groups, examples, and the reference of settings."""
