"""The listeners of a test broker, each without authentication, with a password, or with a certificate."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.kafka.certificates import Authority
from tests.kafka.waiting import free_port

__all__ = ["Listeners"]

_MODULES: Final = "org.apache.kafka.common.security"
_SCRAM: Final = ("SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True)
class Listeners:
    """A port per listener; PLAINTEXT always exists, because brokers use it among themselves.

    Attributes:
        users: Passwords by name, the same for PLAIN and SCRAM; with users the broker listens at SASL_PLAINTEXT.
        authority: Signs the broker's certificate and those of SSL clients; with it the broker listens at SSL and, with
            users, at SASL_SSL.
        ports: Ports by security protocol.
    """

    users: Mapping[str, str] = field(default_factory=dict)
    authority: Authority | None = None
    ports: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        protocols = ["PLAINTEXT"]
        if self.users:
            protocols.append("SASL_PLAINTEXT")
        if self.authority is not None:
            protocols += ["SSL", "SASL_SSL"] if self.users else ["SSL"]
        object.__setattr__(self, "ports", {protocol: free_port() for protocol in protocols})

    def addresses(self) -> str:
        """Return all addresses as server.properties lists them."""
        return ",".join(f"{protocol}://127.0.0.1:{port}" for protocol, port in self.ports.items())

    def protocols(self) -> str:
        """Return the protocol of each listener, which is also its name."""
        return ",".join(f"{protocol}:{protocol}" for protocol in self.ports)

    def options(self) -> dict[str, str]:
        """Return lines of server.properties for the authentication of each listener."""
        options = {}
        for protocol in self.ports:
            prefix = f"listener.name.{protocol.lower()}"
            if protocol.startswith("SASL"):
                options |= self._passwords(prefix)
            if protocol.endswith("SSL"):
                options |= self._certificates(prefix)
                options[f"{prefix}.ssl.client.auth"] = "required" if protocol == "SSL" else "none"
        return options

    def format_options(self) -> list[str]:
        """Return arguments for the formatting of the data directory: a SCRAM user is part of the cluster's data."""
        return [
            word
            for mechanism in _SCRAM
            for name, password in self.users.items()
            for word in ("--add-scram", f"{mechanism}=[name={name},password={password}]")
        ]

    def _passwords(self, prefix: str) -> dict[str, str]:
        known = " ".join(f'user_{name}="{password}"' for name, password in self.users.items())
        options = {
            f"{prefix}.sasl.enabled.mechanisms": ",".join(("PLAIN", *_SCRAM)),
            f"{prefix}.plain.sasl.jaas.config": f"{_MODULES}.plain.PlainLoginModule required {known};",
        }
        for mechanism in _SCRAM:
            options[f"{prefix}.{mechanism.lower()}.sasl.jaas.config"] = f"{_MODULES}.scram.ScramLoginModule required;"
        return options

    def _certificates(self, prefix: str) -> dict[str, str]:
        assert self.authority is not None
        return {
            f"{prefix}.ssl.keystore.type": "PEM",
            f"{prefix}.ssl.keystore.location": str(self.authority.server()),
            f"{prefix}.ssl.truststore.type": "PEM",
            f"{prefix}.ssl.truststore.location": str(self.authority.certificate),
        }
