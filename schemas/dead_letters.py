"""The records about refused input: the dead letter, and the audit record of each redrive.

A dead letter tells where the record lies and why it was refused. Its payload it holds only when every value in it is an
instant, a word of the contract or an id of no suspicious shape; otherwise the payload stays where it is.
"""

import json
import re
from typing import Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from schemas.events import EVENT_MODELS
from schemas.fields import AnyId, Instant, Version
from schemas.ids import is_id, looks_like_a_number
from schemas.refusals import MAX_EVENT_BYTES, RefusalCode, Refused

__all__ = ["AuditRecord", "DeadLetter", "payload_to_keep"]

_FIELDS: Final = frozenset(name for model in EVENT_MODELS.values() for name in model.model_fields)
_LIKE_AN_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ][0-9:.]{1,20}(?:[Zz]|[+-][0-9:]{4,5})?", re.ASCII)
_WITHIN: Final = re.compile(r"A[- ]?\d{7,9}(?!\d)|(?<!\d)\d{3}-\d\d-\d{4}(?!\d)", re.IGNORECASE | re.ASCII)
"""Shapes of an A-number and of a social security number, anywhere in a value."""


class _KeyedRecord(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    v: Version = Field(default=1, description="Version of the contract.")
    topic: str = Field(description="Topic of the refused record.")
    partition: int = Field(ge=0, description="Its partition.")
    offset: int = Field(ge=0, description="Its offset.")

    @property
    def key(self) -> str:
        """Where the refused record lies, as topic:partition:offset; the key on the topic."""
        return f"{self.topic}:{self.partition}:{self.offset}"


class DeadLetter(_KeyedRecord):
    """A record that was refused, and why."""

    code: RefusalCode = Field(description="What kind of refusal it is.")
    field: str = Field(description="The field at fault; empty when it is the record as a whole.")
    sentence: str = Field(description="What is wrong and what would be right; never the refused value.")
    payload: str | None = Field(description="The record as it came; null when it may hold what identifies a person.")
    size: int = Field(ge=0, description="Bytes of the record.")
    observed_at: Instant = Field(description="Wall clock of the refusal.")

    @classmethod
    def of(cls, refused: Refused, raw: bytes, topic: str, partition: int, offset: int, observed_at: int) -> Self:
        """The dead letter of a record.

        Args:
            refused: Why it was refused.
            raw: The record as it came.
            topic: Topic where it lies.
            partition: Its partition.
            offset: Its offset.
            observed_at: Wall clock, UTC milliseconds.
        """
        return cls(
            topic=topic,
            partition=partition,
            offset=offset,
            code=refused.code,
            field=refused.field,
            sentence=refused.sentence,
            payload=None if refused.code is RefusalCode.IDENTIFIER_SHAPED else payload_to_keep(raw),
            size=len(raw),
            observed_at=observed_at,
        )


class AuditRecord(_KeyedRecord):
    """An operator sent a refused record again."""

    action: Literal["redrive"] = Field(description="What was done.")
    actor: AnyId = Field(description="Id of the person or the service that did it.")
    outcome: Literal["sent", "refused", "already_sent", "gone"] = Field(
        description="sent; still refused; sent by an earlier redrive; no longer kept by the broker."
    )
    code: RefusalCode | None = Field(default=None, description="Why it is still refused.")
    event_id: AnyId | None = Field(default=None, description="Id of the event that was sent.")
    observed_at: Instant = Field(description="Wall clock of the redrive.")


def payload_to_keep(raw: bytes) -> str | None:
    """The text of a refused record, or None when something in it may identify a person.

    Args:
        raw: The record as it came.
    """
    if len(raw) > MAX_EVENT_BYTES:
        return None
    try:
        text = raw.decode()
        pairs = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not raw.lstrip().startswith(b"{"):
        return None
    return text if all(name in _FIELDS and _is_harmless(value) for name, value in pairs) else None


def _is_harmless(value: object) -> bool:
    if value is None or isinstance(value, bool):
        return True
    if isinstance(value, int | float):
        return abs(value) < 1_000_000
    if not isinstance(value, str) or _WITHIN.search(value):
        return False
    if is_id(value):
        return not looks_like_a_number(value)
    return _LIKE_AN_INSTANT.fullmatch(value) is not None
