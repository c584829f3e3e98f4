"""The docketwatch command, with one file for each subcommand."""
