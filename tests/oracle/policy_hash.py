"""§11: "policy_hash, the first 12 hex digits of SHA-256 over the canonical JSON of the policy in effect"."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.policy import Policy

_KNOWN: dict[int, tuple[Policy, str]] = {}


def policy_hash(policy: Policy) -> str:
    """ "every default filled in, dates as text, numbers as the shortest decimal"; computed once per policy."""
    known = _KNOWN.get(id(policy))
    if known is None or known[0] is not policy:
        document = policy.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)
        text = json.dumps(_shortest(document), sort_keys=True, separators=(",", ":"))
        known = _KNOWN[id(policy)] = (policy, hashlib.sha256(text.encode()).hexdigest()[:12])
    return known[1]


def _shortest(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortest(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_shortest(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
