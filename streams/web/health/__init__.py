"""Whether events are judged: worked out in one place, and shown by the header, the feeds page, HTTP and metrics."""
