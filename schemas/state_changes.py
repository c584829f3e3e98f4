"""The audit record of an operator who mends a state that does not belong to the offsets of its group."""

from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.fields import EventId, Instant, Version

__all__ = ["STATE_ACTIONS", "StateChangeRecord"]

Action = Literal["state_rebuilt", "state_resumed", "state_accepted"]

STATE_ACTIONS: Final[tuple[Action, ...]] = ("state_rebuilt", "state_resumed", "state_accepted")


class StateChangeRecord(BaseModel):
    """An operator decided what becomes of a state that does not belong to the offsets of its group."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    v: Version = Field(default=1, description="Version of the contract.")
    topic: str = Field(description="The changelog.")
    partition: int = Field(ge=0, description="Its partition.")
    offset: int = Field(ge=0, description="Where the changelog ended.")
    action: Action = Field(
        description="state_rebuilt: thrown away, the input is read again; state_resumed: the group goes on where the "
        "state stands; state_accepted: the state goes on where the group stands, what lies between is lost."
    )
    actor: EventId = Field(description="Id of the person or the service that did it.")
    group: str = Field(description="The consumer group.")
    sentence: str = Field(description="What was wrong.")
    state_offsets: dict[str, int] | None = Field(
        description="What the state was made of, by input topic; null when it did not say, or there was none."
    )
    group_offsets: dict[str, int] = Field(description="What the group had committed, by input topic.")
    observed_at: Instant = Field(description="Wall clock of the change.")

    @property
    def key(self) -> str:
        """Where the changelog ended, as topic:partition:offset; the key on the topic."""
        return f"{self.topic}:{self.partition}:{self.offset}"
