"""The state of a case: registers, keys, and the events that write them."""
