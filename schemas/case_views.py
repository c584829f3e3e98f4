"""The record of who looked at which cases: written before the console shows them."""

import re
from typing import Annotated, Final, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from schemas.fields import AnyId, Instant, Pseudonym, Version

__all__ = ["MOST_CASES_A_VIEW", "ROLES", "CaseView", "Role", "is_actor"]

Role = Literal["viewer", "supervisor", "restricted"]
"""Roles, from the least rights to the most: totals and offices; also officers and cases; also protected cases."""

ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""Every role, the one that may see least first."""

MOST_CASES_A_VIEW: Final = 1_000
"""A record must stay small: what shows more cases is several records."""

_ACTOR_CHARACTERS: Final = r"[A-Za-z0-9._:@+-]{1,128}"
_ACTOR: Final = re.compile(_ACTOR_CHARACTERS, re.ASCII)


def is_actor(text: str) -> bool:
    """Whether a text can name who looked: a token's name, or what an identity provider calls its user."""
    return _ACTOR.fullmatch(text) is not None


def _actor(text: str) -> str:
    if not is_actor(text):
        raise PydanticCustomError("bad_actor", "must be 1 to 128 characters, each one of A-Z a-z 0-9 . _ : @ + -")
    return text


Actor = Annotated[str, AfterValidator(_actor), WithJsonSchema({"type": "string", "pattern": f"^{_ACTOR_CHARACTERS}$"})]


class CaseView(BaseModel):
    """A person viewed cases, or tried to."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    v: Version = Field(default=1, description="Version of the contract.")
    view_id: AnyId = Field(description="Id of this record; the key on the topic.")
    actor: Actor = Field(description="Name of the token, or the user as the identity provider calls it.")
    role: Role = Field(description="The role that the actor had.")
    action: Literal["listed", "opened", "downloaded"] = Field(
        description="In a list; one case with its explanation; in a file."
    )
    outcome: Literal["shown", "refused"] = Field(
        description="refused: no such case is open to the role; nothing was shown."
    )
    case_ids: tuple[Pseudonym, ...] = Field(
        min_length=1, max_length=MOST_CASES_A_VIEW, description="The cases, in the order in which they were shown."
    )
    observed_at: Instant = Field(description="Wall clock of the view.")
