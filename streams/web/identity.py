"""Who is asking, and what that role may see."""

from msgspec import Struct

from schemas.case_views import ROLES, Role

__all__ = ["Identity"]


class Identity(Struct, frozen=True):
    """Somebody who may come in.

    Attributes:
        actor: Name of the token, or the user as the identity provider calls it.
        role: What it may see.
        proof: Digest of the token; empty when a trusted proxy vouches.
    """

    actor: str
    role: Role
    proof: bytes = b""

    def may(self, role: Role) -> bool:
        """Whether what is open to a role is open to it."""
        return ROLES.index(self.role) >= ROLES.index(role)
