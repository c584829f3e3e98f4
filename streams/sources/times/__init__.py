"""Times of a source: the forms in which they are written, and the zone in which they were written down."""
