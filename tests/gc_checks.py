"""Checks that released objects are freed."""

import gc
import weakref
from operator import attrgetter
from typing import Any

__all__ = ["are_gone_without"]


def are_gone_without(holder: Any, name: str, *parts: str) -> bool:
    """Delete an attribute; return whether its value and parts of it are freed without a garbage collection."""
    values = [weakref.ref(attrgetter(f"{name}.{part}")(holder)) for part in parts]
    values.append(weakref.ref(getattr(holder, name)))
    gc.disable()
    try:
        delattr(holder, name)
        return not any(value() for value in values)
    finally:
        gc.enable()
