"""The Faust agents: thin shells that move batches into the core and effects out."""
