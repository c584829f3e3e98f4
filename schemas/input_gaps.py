"""The audit records of gaps of the input: found, or accepted by an operator."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import AnyId, Instant, Version

__all__ = ["InputGapRecord"]


class InputGapRecord(BaseModel):
    """Records of an input topic are gone that were not read; or an operator accepted that they are."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    v: Version = Field(default=1, description="Version of the contract.")
    topic: str = Field(description="The input topic.")
    partition: int = Field(ge=0, description="Its partition.")
    offset: int = Field(ge=0, description="Offset of the first record that is gone.")
    last_offset: int = Field(ge=0, description="Offset of the last one.")
    resumes_at: int = Field(ge=0, description="Where reading goes on once the gap is accepted.")
    action: Literal["gap_found", "gap_accepted"] = Field(description="What was done.")
    actor: AnyId = Field(description="Id of the person or the service that did it; docketwatch finds gaps itself.")
    known: Instant | None = Field(
        description="Everything of the topic recorded up to this instant was read before; null when nothing was."
    )
    observed_at: Instant = Field(description="Wall clock of the finding, or of the acceptance.")

    @property
    def key(self) -> str:
        """Where the gap begins, as topic:partition:offset; the key on the topic."""
        return f"{self.topic}:{self.partition}:{self.offset}"
