"""Settings of the console: variables `DOCKETWATCH_CONSOLE_<NAME>`, with secrets in files that they name."""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from schemas.case_views import Role
from streams.environment import EnvironmentSettings
from streams.kafka.client.settings import EMBEDDED_HOST, Span, at_least

__all__ = ["ConsoleSettings", "Network", "is_loopback"]

_ENV_PREFIX: Final = "DOCKETWATCH_CONSOLE_"
_HEADER: Final = r"^[A-Za-z][A-Za-z0-9-]{0,63}$"
_GROUP: Final = r"^[!-~]{1,128}$"

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_Header = Annotated[str, Field(pattern=_HEADER), AfterValidator(str.lower)]
_Group = Annotated[str, Field(pattern=_GROUP)]


def is_loopback(bind: str) -> bool:
    """Whether only this machine reaches an address."""
    if bind == "localhost":
        return True
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return False


class ConsoleSettings(EnvironmentSettings):
    """The console's own settings, beside those of the brokers.

    Attributes:
        bind: Address to listen on; beyond loopback only with TLS or behind a proxy.
        port: Port to listen on; 0 is any free one.
        tls_cert_file: PEM file of the console's certificate.
        tls_key_file: PEM file of its key.
        trusted_proxies: Addresses or networks, separated by commas, of proxies that authenticate users.
        user_header: Header in which a proxy names the user; the default is that of OAuth2 Proxy.
        groups_header: Header in which it names the user's groups, likewise.
        viewer_group, supervisor_group, restricted_group: The group whose members have the role.
        viewer_tokens_file, supervisor_tokens_file, restricted_tokens_file: File with a name and a token of 24
            characters or more on each line; each gives the role.
        session: How long a user stays signed in with a token.
        due_every: How often the console reads the deadlines ahead from the workers' state. It also reads them when a
            user opens their page.
        event_log: Files of the event log, separated by commas, for reports and for forecast and what-if of the page
            Offices. Empty: both read the input topics.
    """

    model_config = SettingsConfigDict(env_prefix=_ENV_PREFIX, frozen=True, extra="forbid", validate_default=True)

    bind: str = EMBEDDED_HOST
    port: Annotated[int, Field(ge=0, le=65_535)] = 9180
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    trusted_proxies: str = ""
    user_header: _Header = "x-auth-request-user"
    groups_header: _Header = "x-auth-request-groups"
    viewer_group: _Group = "docketwatch-viewer"
    supervisor_group: _Group = "docketwatch-supervisor"
    restricted_group: _Group = "docketwatch-restricted"
    viewer_tokens_file: Path | None = None
    supervisor_tokens_file: Path | None = None
    restricted_tokens_file: Path | None = None
    session: Span = timedelta(hours=8)
    due_every: Annotated[Span, at_least(timedelta(minutes=1), "1m")] = timedelta(minutes=15)
    event_log: str = ""

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.split(","))):
            try:
                network = ipaddress.ip_network(part)
            except ValueError:
                raise ValueError("must be addresses or networks such as 10.0.3.7 or 10.0.3.0/28") from None
            if network.prefixlen == 0:
                raise ValueError("must not be the whole internet: any client could then claim any identity")
        return value

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError(f"{_ENV_PREFIX}TLS_CERT_FILE and {_ENV_PREFIX}TLS_KEY_FILE go together")
        if not is_loopback(self.bind) and not self.has_tls and not self.proxies:
            raise ValueError(
                f"{_ENV_PREFIX}BIND={self.bind} would send tokens and cases over the network as plain text: set "
                f"{_ENV_PREFIX}TLS_CERT_FILE and {_ENV_PREFIX}TLS_KEY_FILE, or name the proxy that does TLS in "
                f"{_ENV_PREFIX}TRUSTED_PROXIES"
            )
        if not self.token_files and not self.proxies:
            raise ValueError(
                f"sign-in is not configured: set a token file in {_ENV_PREFIX}SUPERVISOR_TOKENS_FILE (or VIEWER, "
                f"RESTRICTED), or a proxy in {_ENV_PREFIX}TRUSTED_PROXIES"
            )
        return self

    @property
    def has_tls(self) -> bool:
        """Whether the console itself serves TLS."""
        return self.tls_cert_file is not None

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The trusted proxies."""
        return tuple(ipaddress.ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())

    @property
    def event_log_files(self) -> tuple[Path, ...]:
        """The files of the event log; empty when the input topics stand for it."""
        return tuple(Path(part.strip()) for part in self.event_log.split(",") if part.strip())

    @property
    def token_files(self) -> dict[Role, Path]:
        """The file of each role that has one."""
        files: dict[Role, Path | None] = {
            "viewer": self.viewer_tokens_file,
            "supervisor": self.supervisor_tokens_file,
            "restricted": self.restricted_tokens_file,
        }
        return {role: path for role, path in files.items() if path is not None}

    @property
    def groups(self) -> dict[Role, str]:
        """The group of each role."""
        return {
            "viewer": self.viewer_group,
            "supervisor": self.supervisor_group,
            "restricted": self.restricted_group,
        }
