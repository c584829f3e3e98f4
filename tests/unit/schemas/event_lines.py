"""Events as lines of a log, for tests of the decoder."""

import json

from schemas.events import EVENT_MODELS
from schemas.examples import example_of

DUE = "2026-04-13T14:30:00.000Z"


def line(kind: str, **changes: object) -> bytes:
    """Return the example of a type as a log line, with some fields changed; `...` leaves one out."""
    event = {**example_of(EVENT_MODELS[kind]), **changes}
    return json.dumps({name: value for name, value in event.items() if value is not ...}).encode()
