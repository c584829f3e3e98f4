"""Connection options for aiokafka and for Faust, made from the settings, and how their clients connect."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import faust
from aiokafka.errors import KafkaConnectionError  # type: ignore[import-untyped]  # ships no type information
from faust.types.auth import CredentialsT

from streams.errors import UsageError
from streams.kafka.client.codecs import check_codecs
from streams.kafka.client.settings import ENV_PREFIX, Settings

__all__ = ["await_brokers", "client_options", "faust_credentials"]

_ASK_AGAIN_SECONDS: Final = 0.1


def client_options(settings: Settings) -> dict[str, Any]:
    """Options for any aiokafka client.

    Raises:
        UsageError: A file with a secret or a certificate cannot be read, or a codec of records.
    """
    check_codecs()
    options: dict[str, Any] = {
        "bootstrap_servers": settings.servers,
        "security_protocol": settings.security_protocol,
        "request_timeout_ms": int(settings.request_timeout.total_seconds() * 1000),
    }
    if settings.security_protocol.endswith("SSL"):
        options["ssl_context"] = _tls(settings)
    if settings.security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.sasl_mechanism
        options["sasl_plain_username"] = settings.sasl_username
        options["sasl_plain_password"] = settings.sasl_password
    return options


def faust_credentials(settings: Settings) -> CredentialsT | None:
    """The same for Faust's own consumer.

    Raises:
        UsageError: As above.
    """
    context = _tls(settings) if settings.security_protocol.endswith("SSL") else None
    if settings.security_protocol.startswith("SASL"):
        return faust.SASLCredentials(
            username=settings.sasl_username,
            password=settings.sasl_password,
            mechanism=settings.sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else faust.SSLCredentials(context)


def await_brokers(client: Any) -> None:  # noqa: ANN401  # aiokafka's own
    """Let the start of a client return when it knows a broker, or fail when it knows none within its request timeout.

    Stock: a broker that starts, or that its controller has fenced because its heartbeats were late, answers without
    brokers. The start returns, and the next lookup of a coordinator ends with an AssertionError, which nothing retries:
    a worker that took a partition over at that moment ended.
    Shown by tests/kafka/test_bootstrap.py.

    Args:
        client: The AIOKafkaClient of a consumer or producer, not started.
    """
    bootstrap = client.bootstrap

    async def complete() -> None:
        await bootstrap()
        loop = asyncio.get_running_loop()
        give_up = loop.time() + client._request_timeout_ms / 1000  # noqa: SLF001  # no public name
        while not client.cluster.brokers():
            if loop.time() > give_up:
                raise KafkaConnectionError("the broker names no broker of its cluster: it starts, or it is fenced")
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
            await client.force_metadata_update()

    client.bootstrap = complete


def _tls(settings: Settings) -> ssl.SSLContext:
    ca, certificate, key = settings.tls_ca_file, settings.tls_cert_file, settings.tls_key_file
    with _reading(f"{ENV_PREFIX}TLS_CA_FILE: {ca}"):
        context = ssl.create_default_context(cafile=ca)
    if certificate is not None and key is not None:
        with _reading(f"{ENV_PREFIX}TLS_CERT_FILE and {ENV_PREFIX}TLS_KEY_FILE: {certificate} and {key}"):
            # an empty password keeps OpenSSL from asking the terminal for one
            context.load_cert_chain(certificate, key, password="")
    return context


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except ssl.SSLError as error:
        why = (error.reason or "not PEM, or encrypted").replace("_", " ").lower()
        raise UsageError(f"{what} cannot be used: {why}") from error
    except OSError as error:
        raise UsageError(f"{what} cannot be read: {error.strerror}") from error
