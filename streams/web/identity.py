"""The identity behind a request, and what its role may see."""

from msgspec import Struct

from schemas.case_views import ROLES, Role

__all__ = ["Identity"]


class Identity(Struct, frozen=True):
    """An authenticated user.

    Attributes:
        actor: The token's name, or the identity provider's name of the user.
        role: The user's role.
        proof: Digest of the token; empty when a trusted proxy authenticated the user.
    """

    actor: str
    role: Role
    proof: bytes = b""

    def may(self, role: Role) -> bool:
        """Whether the user has at least the rights of a role."""
        return ROLES.index(self.role) >= ROLES.index(role)
