"""Applying one fact to a register (CONTRACT.md §3).

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `apply_fact.pxd` gives the types.
"""

from streams.core.state.fact_key import FactKey
from streams.core.state.statements import Register, ValueT

__all__ = ["apply_fact"]


def apply_fact(register: Register[ValueT], key: FactKey, value: ValueT) -> bool:
    """Apply one fact: a later other value is a change, a later same value a repetition.

    Returns:
        Whether the register says anything else now.
    """
    since = register.since
    last = register.repeated or since
    if last is None:
        if value == register.value:
            register.repeated = key
        else:
            register.value, register.since = value, key
        return True
    if value == register.value:
        if key > last:
            register.repeated = key
            return True
        if since is not None and key < since and not register.disputed:
            register.repeated, register.since = last, key
            return True
        return False
    was_disputed = register.disputed
    register.disputed = True
    if key > last:
        register.value, register.since, register.repeated = value, key, None
        return True
    if since is None or key > since:
        register.since, register.repeated = last, None
        return True
    return not was_disputed
