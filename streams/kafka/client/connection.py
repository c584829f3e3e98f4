"""Connection options for aiokafka and for Faust, made from the settings."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import faust
from faust.types.auth import CredentialsT

from streams.errors import UsageError
from streams.kafka.client.codecs import check_codecs
from streams.kafka.client.settings import ENV_PREFIX, Settings

__all__ = ["client_options", "faust_credentials"]


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
