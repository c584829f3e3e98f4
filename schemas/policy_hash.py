"""The hash of a policy (CONTRACT.md §11): two policies that judge differently never share it, whatever their names."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Final

from pydantic import BaseModel

from schemas.durations import Duration

__all__ = ["canonical_policy", "hash_of"]

_DIGITS: Final = 12


def hash_of(policy: BaseModel) -> str:
    """The first 12 hex digits of SHA-256 over the canonical JSON of a policy in effect."""
    return sha256(canonical_policy(policy).encode()).hexdigest()[:_DIGITS]


def canonical_policy(policy: BaseModel) -> str:
    """A policy as JSON: every default filled in, keys sorted, no spaces, numbers as the shortest decimal.

    Durations and dates are texts, a duration in the largest unit that comes out even ("1d", not "24h"). A key that has
    no value, such as `after` of a cause with another deadline, is left out.
    """
    return _written(policy)


def _written(value: object) -> str:
    match value:
        case BaseModel():
            fields = type(value).model_fields
            given = {field.alias or name: getattr(value, name) for name, field in fields.items()}
            return _written({name: part for name, part in given.items() if part is not None})
        case Mapping():
            return "{" + ",".join(f"{json.dumps(name)}:{_written(value[name])}" for name in sorted(value)) + "}"
        case tuple():
            return "[" + ",".join(map(_written, value)) + "]"
        case bool() | str():
            return json.dumps(value)
        case int() | float():
            return f"{Decimal(repr(value)).normalize():f}"
        case Duration():
            return json.dumps(value.text)
        case date():
            return json.dumps(value.isoformat())
    raise TypeError(f"a policy holds no {type(value).__name__}")
