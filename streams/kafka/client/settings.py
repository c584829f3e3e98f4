"""The operator's settings: environment variables `DOCKETWATCH_<NAME>`, with secrets in files they name."""

import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from schemas.topics import input_topics
from streams.case_url import CaseUrl
from streams.environment import EnvironmentSettings
from streams.errors import UsageError
from streams.logs import LogFormat

__all__ = [
    "EMBEDDED_HOST",
    "EMBEDDED_PORT",
    "ENV_PREFIX",
    "SecurityProtocol",
    "Settings",
    "Span",
    "at_least",
    "to_span",
]

EMBEDDED_HOST: Final = "127.0.0.1"
"""The embedded broker authenticates no client, so it listens on loopback only."""

EMBEDDED_PORT: Final = 9092

ENV_PREFIX: Final = "DOCKETWATCH_"
_SPAN: Final = re.compile(r"(\d{1,9})(ms|s|m|h|d)", re.ASCII)
_UNITS: Final = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_ADDRESS: Final = re.compile(r"(\[[0-9A-Fa-f:]+\]|[A-Za-z0-9._-]+):(\d{1,5})", re.ASCII)
_NAME: Final = r"^[A-Za-z0-9._-]{1,80}$"


def to_span(text: str) -> timedelta:
    """Parse a span of time such as `500ms`, `2s`, `15m`, `1h` or `3d`.

    Raises:
        ValueError: The text is no span of time.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ValueError('must be a span of time such as "500ms", "2s" or "15m"')
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _to_span(value: object) -> object:
    return to_span(value) if isinstance(value, str) else value


Span = Annotated[timedelta, BeforeValidator(_to_span)]
"""A span of time, parsed from text such as `500ms`, `2s`, `15m`, `1h`."""


def at_least(least: timedelta, text: str) -> AfterValidator:
    """A check of a span of time, which the reference of settings names.

    Args:
        least: The shortest.
        text: The same in words.
    """

    def check(value: timedelta) -> timedelta:
        if value < least:
            raise ValueError(f"must be {text} or more")
        return value

    check.__doc__ = f"{text} or more"  # the reference of settings says it
    return AfterValidator(check)


_Some = Annotated[Span, at_least(timedelta(milliseconds=1), "1ms")]

SecurityProtocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]


class Settings(EnvironmentSettings):
    """The settings of the Kafka edge.

    Attributes:
        brokers: Addresses of the cluster: `host:port`, several separated by commas.
        prefix: First part of every topic's name: `docket` makes `docket.cases`.
        partitions: Partitions of every topic that is keyed by case or by officer.
        replication: Copies of every partition; None: three, or as many as there are brokers.
        group: Consumer group, application id and first part of every transactional id.
        instance_id: Static membership: a restart within `session_timeout` moves no partition.
        delivery: How outputs, state and offsets are tied together. `transactional`: in one transaction; the new owner
            of a partition fences the old one. `ordered`: outputs durable, then state, then offsets; one worker, no
            fencing; for the embedded broker, which has no transactions.
        hold_back: How long the watermark waits for out-of-order events.
        feed_heartbeats: Input topics whose feed sends `clock` records, and the longest normal time between two records:
            `check-ins=15m,hearings=1h`. With the wall clock, the watermark stops while such a feed sends nothing.
        policy_file: The policy; None is the packaged default.
        data_dir: Directory of a worker's checkpoints; each worker needs its own.
        checkpoint_every: The least time between two checkpoints of a partition.
        live_every: The least time between two live load partials of a partition.
        session_timeout: Time without a heartbeat after which the group gives a worker's partitions to another.
        rebalance_timeout: How long a rebalance waits for a worker to finish its work under way.
        request_timeout: How long a client waits for an answer before it sends a request again.
        broker_timeout: How long a worker continues without an answer, or with work that does not become durable, before
            it ends; it is also the longest that a transaction may take.
        metrics_bind: Address at which a worker serves its metrics and its health.
        metrics_port: Port of it; 0 is any free one.
        metrics_token_file: File whose first line is the token that the metrics require; None: they require none.
        metrics_officers: How many officers, those with the most open cases, get series of their own; 0 is none.
        case_url: Address of a case in the case system, to which the console links: `https://cases.example/{case_id}`.
        log_format: Format of the log: lines of `text`, or `json` for a log collector.
        security_protocol: Kafka's security.protocol.
        sasl_mechanism: How a client proves who it is, with SASL.
        sasl_username: Its name at the brokers.
        sasl_password_file: File whose first line is its password.
        tls_ca_file: PEM file of the authorities that sign the brokers' certificates; without one, the system's.
        tls_cert_file: PEM file of the client's certificate.
        tls_key_file: PEM file of its key.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, extra="forbid", validate_default=True)

    brokers: str = f"{EMBEDDED_HOST}:{EMBEDDED_PORT}"
    prefix: Annotated[str, Field(pattern=_NAME)] = "docket"
    partitions: Annotated[int, Field(ge=1, le=10_000)] = 8
    replication: Annotated[int, Field(ge=1, le=32)] | None = None
    group: Annotated[str, Field(pattern=_NAME)] = "docketwatch"
    instance_id: Annotated[str, Field(pattern=_NAME)] | None = None
    delivery: Literal["transactional", "ordered"] = "transactional"
    hold_back: Annotated[Span, at_least(timedelta(0), "0s")] = timedelta(seconds=2)
    feed_heartbeats: str = ""
    policy_file: Path | None = None
    data_dir: Path = Path.home() / ".local" / "state" / "docketwatch"
    checkpoint_every: Annotated[Span, at_least(timedelta(seconds=1), "1s")] = timedelta(seconds=60)
    live_every: _Some = timedelta(seconds=1)
    session_timeout: Annotated[Span, at_least(timedelta(seconds=6), "6s")] = timedelta(seconds=15)
    rebalance_timeout: _Some = timedelta(seconds=60)
    request_timeout: _Some = timedelta(seconds=60)
    broker_timeout: Annotated[Span, at_least(timedelta(seconds=1), "1s")] = timedelta(seconds=60)
    metrics_bind: str = EMBEDDED_HOST
    metrics_port: Annotated[int, Field(ge=0, le=65_535)] = 9108
    metrics_token_file: Path | None = None
    metrics_officers: Annotated[int, Field(ge=0, le=20_000)] = 2_000
    case_url: CaseUrl | None = None
    log_format: LogFormat = "text"
    security_protocol: SecurityProtocol = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] | None = None
    sasl_username: str | None = None
    sasl_password_file: Path | None = None
    tls_ca_file: Path | None = None
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None

    @field_validator("brokers")
    @classmethod
    def _are_addresses(cls, value: str) -> str:
        addresses = [address.strip() for address in value.split(",")]
        for address in addresses:
            found = _ADDRESS.fullmatch(address)
            if found is None or not 0 < int(found[2]) < 65_536:
                raise ValueError("must be host:port, several separated by commas, such as kafka-0:9092,kafka-1:9092")
        return ",".join(addresses)

    @field_validator("feed_heartbeats")
    @classmethod
    def _are_heartbeats(cls, value: str) -> str:
        _heartbeats(value)
        return value

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.security_protocol.startswith("SASL") and not (
            self.sasl_mechanism and self.sasl_username and self.sasl_password_file
        ):
            needed = "SASL_MECHANISM, SASL_USERNAME and SASL_PASSWORD_FILE"
            raise ValueError(f"{ENV_PREFIX}SECURITY_PROTOCOL={self.security_protocol} needs {needed}")
        if (self.tls_cert_file is None) != (self.tls_key_file is None):
            raise ValueError(f"{ENV_PREFIX}TLS_CERT_FILE and {ENV_PREFIX}TLS_KEY_FILE go together")
        return self

    @property
    def servers(self) -> list[str]:
        """The addresses of the brokers, one each."""
        return self.brokers.split(",")

    @property
    def heartbeats(self) -> Mapping[str, timedelta]:
        """The longest normal time between two records, by input topic without its prefix; other topics have none."""
        return _heartbeats(self.feed_heartbeats)

    @property
    def metrics_token(self) -> str | None:
        """The token that the metrics require.

        Raises:
            UsageError: The file cannot be read, or is empty.
        """
        if self.metrics_token_file is None:
            return None
        token = _first_line("METRICS_TOKEN_FILE", self.metrics_token_file).strip()
        if not token:
            raise UsageError(
                f"{ENV_PREFIX}METRICS_TOKEN_FILE: the first line of {self.metrics_token_file} is empty: "
                "it must be the token"
            )
        return token

    @property
    def sasl_password(self) -> str | None:
        """The password; each call reads the file again, so that it can change under a running process.

        Raises:
            UsageError: The file cannot be read.
        """
        if self.sasl_password_file is None:
            return None
        return _first_line("SASL_PASSWORD_FILE", self.sasl_password_file)

    @classmethod
    def embedded(cls, port: int, **changes: object) -> Self:
        """Settings for the embedded broker on a port of this machine; `changes` override them.

        Raises:
            UsageError: See `load`.
        """
        fixed = {
            "brokers": f"{EMBEDDED_HOST}:{port}",
            "replication": 1,
            "delivery": "ordered",
            "session_timeout": timedelta(seconds=6),
            "security_protocol": "PLAINTEXT",
        }
        return cls.load(**{**fixed, **changes})


def _first_line(name: str, file: Path) -> str:
    try:
        return file.read_text().partition("\n")[0]
    except UnicodeDecodeError as error:
        raise UsageError(f"{ENV_PREFIX}{name}: {file} must be text in UTF-8") from error
    except OSError as error:
        raise UsageError(f"{ENV_PREFIX}{name}: {file} cannot be read: {error.strerror}") from error


def _heartbeats(text: str) -> dict[str, timedelta]:
    topics = [topic.short for topic in input_topics()]
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, span = part.partition("=")
        if name not in topics:
            raise ValueError(f"{name!r} is no input topic: must be {', '.join(topics)}, such as check-ins=15m")
        every = _to_span(span)
        if not every:
            raise ValueError(f"{name}: must last, such as {name}=15m")
        assert isinstance(every, timedelta)
        found[name] = every
    return found
