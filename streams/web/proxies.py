"""Trusted proxies, and the identity in the headers that only they may set."""

from collections.abc import Mapping, Sequence
from ipaddress import ip_address

from schemas.case_views import ROLES, Role, is_actor
from streams.web.identity import Identity
from streams.web.settings import ConsoleSettings

__all__ = ["Headers", "Proxies"]

Headers = Sequence[tuple[bytes, bytes]]
"""The headers of a request; names in lower case."""


class Proxies:
    """The proxies that the operator configured.

    Args:
        settings: Their networks, headers and groups.
    """

    def __init__(self, settings: ConsoleSettings) -> None:
        self._networks = settings.proxies
        self._user, self._groups = settings.user_header.encode(), settings.groups_header.encode()
        self._group_of: Mapping[Role, str] = settings.groups

    def __bool__(self) -> bool:
        return bool(self._networks)

    def trusts(self, peer: str) -> bool:
        """Whether the address at the other end of the connection is a trusted proxy."""
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)

    def is_proxy_header(self, header: bytes) -> bool:
        """Whether a header (lower case) counts only from a trusted proxy."""
        return header in (self._user, self._groups) or header.startswith(b"x-forwarded-") or header == b"forwarded"

    def identity(self, headers: Headers) -> Identity | None:
        """The user in the headers, with the highest role of their groups; None when missing or ambiguous."""
        users, lists = _values(headers, self._user), _values(headers, self._groups)
        if len(users) != 1 or len(lists) != 1:
            return None
        groups = {group.strip() for group in lists[0].split(",")}
        roles = [role for role in ROLES if self._group_of[role] in groups]
        return Identity(users[0], roles[-1]) if roles and is_actor(users[0]) else None

    def client(self, peer: str, headers: Headers) -> str:
        """The address that rate limits count against: the one that the proxy forwards, else the peer's."""
        forwarded = _values(headers, b"x-forwarded-for")
        return forwarded[-1].rpartition(",")[2].strip() if forwarded and self.trusts(peer) else peer

    def is_https(self, peer: str, headers: Headers) -> bool:
        """Whether the proxy says that the browser uses TLS."""
        return self.trusts(peer) and _values(headers, b"x-forwarded-proto")[-1:] == ["https"]


def _values(headers: Headers, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in headers if key == name]
