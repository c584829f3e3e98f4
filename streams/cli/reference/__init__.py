"""What the command line says of itself: groups, examples, and the reference of settings."""
