"""The docketwatch command, one file a subcommand."""
