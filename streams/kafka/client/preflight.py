"""Preflight connection check: one attempt per broker, with a clear error where clients would retry silently."""

import asyncio
import ssl
from typing import Any, Final

from aiokafka.conn import AIOKafkaConnection  # type: ignore[import-untyped]  # ships no type information
from aiokafka.errors import (  # type: ignore[import-untyped]  # the same
    IllegalSaslStateError,
    IncompatibleBrokerVersion,
    KafkaError,
    SaslAuthenticationFailed,
    UnsupportedSaslMechanismError,
)
from aiokafka.protocol.metadata import MetadataRequest  # type: ignore[import-untyped]  # the same

from streams.errors import BrokerError
from streams.kafka.client.connection import client_options
from streams.kafka.client.settings import ENV_PREFIX, Settings

__all__ = ["check_connection"]

_TIMEOUT_MS: Final = 5_000
_CLOSE_SECONDS: Final = 0.2
_TLS_ALERT: Final = 0x1503
_HOST_MISMATCH: Final = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH
_PROTOCOL: Final = f"{ENV_PREFIX}SECURITY_PROTOCOL"
_CLIENT_FILES: Final = f"{ENV_PREFIX}TLS_CERT_FILE and {ENV_PREFIX}TLS_KEY_FILE"


async def check_connection(settings: Settings) -> str:
    """The address of the first broker that accepts the connection.

    Args:
        settings: How to reach the brokers, and the credentials.

    Raises:
        BrokerError: None does; the text says why the first one that answered refused.
        UsageError: A file with a secret or a certificate cannot be read.
    """
    options = {**client_options(settings), "request_timeout_ms": _TIMEOUT_MS}
    del options["bootstrap_servers"]
    refusals = []
    for server in settings.servers:
        refusal = await _refusal(settings, server, options)
        if refusal is None:
            return server
        refusals.append(refusal)
    reasons = [refusal for refusal in refusals if refusal]
    if reasons:
        raise BrokerError(reasons[0])
    raise BrokerError(
        f"no broker answers at {settings.brokers}: start one (`docketwatch broker`), "
        f"or name yours in {ENV_PREFIX}BROKERS"
    )


async def _refusal(settings: Settings, server: str, options: dict[str, Any]) -> str | None:
    """Why a broker refuses the connection; None when it accepts, "" when nothing listens there."""
    host, _, port = server.rpartition(":")
    is_connected = False
    connection: Any = AIOKafkaConnection(host.strip("[]"), int(port), **options)
    try:
        await connection.connect()
        is_connected = True
        # a broker that requires SASL answers the first request of a client without it, and closes at the second
        await connection.send(MetadataRequest([]))
    except ssl.SSLCertVerificationError as error:
        return _untrusted_sentence(server, error)
    except KafkaError as error:
        return _refusal_sentence(settings, server, error, is_connected=is_connected)
    except TimeoutError:
        return _no_answer_sentence(settings, server)
    except (ssl.SSLError, ConnectionResetError):
        return f"what listens at {server} speaks no TLS: is {_PROTOCOL}={settings.security_protocol} wrong?"
    except OSError:
        return ""
    finally:
        # asyncio closes a socket in a later turn of the loop, and the caller's loop may end with this call
        await asyncio.wait({connection.close()}, timeout=_CLOSE_SECONDS)
    return None


def _untrusted_sentence(server: str, error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _HOST_MISMATCH:
        return f"the certificate of {server} names another host: {error.verify_message}"
    return (
        f"the certificate of {server} is not trusted ({error.verify_message}): "
        f"{ENV_PREFIX}TLS_CA_FILE must name the authority that signed it"
    )


def _refusal_sentence(settings: Settings, server: str, error: KafkaError, *, is_connected: bool) -> str:
    protocol, cause = settings.security_protocol, error.__cause__
    if isinstance(error, SaslAuthenticationFailed):
        return (
            f"the broker at {server} refuses the login: {ENV_PREFIX}SASL_USERNAME or the password in "
            f"{ENV_PREFIX}SASL_PASSWORD_FILE is wrong"
        )
    if isinstance(error, UnsupportedSaslMechanismError):
        return (
            f"the broker at {server} does not support {settings.sasl_mechanism}: is {ENV_PREFIX}SASL_MECHANISM wrong?"
        )
    if isinstance(error, IllegalSaslStateError):
        return f"the broker at {server} expects no SASL on this port: is {_PROTOCOL}={protocol} wrong?"
    if isinstance(error, IncompatibleBrokerVersion):
        return f"{server} speaks Kafka's protocol but is no broker; it may be a controller"
    if isinstance(cause, ssl.SSLError):
        if settings.tls_cert_file is None:
            return f"the broker at {server} requires a client certificate: {_CLIENT_FILES} name it"
        return f"the broker at {server} does not trust the client certificate: do {_CLIENT_FILES} name the right one?"
    if isinstance(cause, asyncio.IncompleteReadError) and (cause.expected or 0) >> 16 == _TLS_ALERT:
        # the supposed length of the response is the header of a TLS alert
        return f"the broker at {server} speaks TLS only: is {_PROTOCOL}={protocol} wrong?"
    if is_connected and not protocol.startswith("SASL"):
        return f"the broker at {server} closes connections without SASL: is {_PROTOCOL}={protocol} wrong?"
    return _no_answer_sentence(settings, server)


def _no_answer_sentence(settings: Settings, server: str) -> str:
    protocol = settings.security_protocol
    return f"what listens at {server} does not answer as a broker that speaks {protocol}: is {_PROTOCOL} wrong?"
