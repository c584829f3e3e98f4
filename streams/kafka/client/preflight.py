"""Knocks before any client does: clients try again and again in silence, here who is not let in hears why, at once."""

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

_PATIENCE_MS: Final = 5_000
_LEAVE_SECONDS: Final = 0.2
_TLS_ALERT: Final = 0x1503
_NAMES_ANOTHER: Final = (62, 64)  # OpenSSL's X509_V_ERR_HOSTNAME_MISMATCH and X509_V_ERR_IP_ADDRESS_MISMATCH
_PROTOCOL: Final = f"{ENV_PREFIX}SECURITY_PROTOCOL"
_CLIENT_FILES: Final = f"{ENV_PREFIX}TLS_CERT_FILE and {ENV_PREFIX}TLS_KEY_FILE"


async def check_connection(settings: Settings) -> str:
    """The address of the first of the brokers that lets us in.

    Args:
        settings: How to reach them, and who we say we are.

    Raises:
        BrokerError: None does; the text says what the first one that answered has against us.
        UsageError: A file with a secret or a certificate cannot be read.
    """
    options = {**client_options(settings), "request_timeout_ms": _PATIENCE_MS}
    del options["bootstrap_servers"]
    refusals = []
    for server in settings.servers:
        refusal = await _refusal(settings, server, options)
        if refusal is None:
            return server
        refusals.append(refusal)
    told = [refusal for refusal in refusals if refusal]
    if told:
        raise BrokerError(told[0])
    raise BrokerError(
        f"no broker answers at {settings.brokers}: start one (`docketwatch broker`), "
        f"or name yours in {ENV_PREFIX}BROKERS"
    )


async def _refusal(settings: Settings, server: str, options: dict[str, Any]) -> str | None:
    """What a broker has against us; None when it lets us in, "" when nobody is there."""
    host, _, port = server.rpartition(":")
    is_met = False
    connection: Any = AIOKafkaConnection(host.strip("[]"), int(port), **options)
    try:
        await connection.connect()
        is_met = True
        # somebody who wants a password answers a stranger's first question, and hangs up at the next
        await connection.send(MetadataRequest([]))
    except ssl.SSLCertVerificationError as error:
        return _distrusted(server, error)
    except KafkaError as error:
        return _refused(settings, server, error, is_met=is_met)
    except TimeoutError:
        return _silent(settings, server)
    except (ssl.SSLError, ConnectionResetError):
        return f"what listens at {server} speaks no TLS: is {_PROTOCOL}={settings.security_protocol} wrong?"
    except OSError:
        return ""
    finally:
        # a socket is closed in a later turn of the loop, and our caller's may end with this call
        await asyncio.wait({connection.close()}, timeout=_LEAVE_SECONDS)
    return None


def _distrusted(server: str, error: ssl.SSLCertVerificationError) -> str:
    if error.verify_code in _NAMES_ANOTHER:
        return f"the certificate of {server} names another host: {error.verify_message}"
    return (
        f"the certificate of {server} is not trusted ({error.verify_message}): "
        f"{ENV_PREFIX}TLS_CA_FILE must name the authority that signed it"
    )


def _refused(settings: Settings, server: str, error: KafkaError, *, is_met: bool) -> str:
    protocol, cause = settings.security_protocol, error.__cause__
    if isinstance(error, SaslAuthenticationFailed):
        return (
            f"the broker at {server} does not let us in: {ENV_PREFIX}SASL_USERNAME or the password in "
            f"{ENV_PREFIX}SASL_PASSWORD_FILE is wrong"
        )
    if isinstance(error, UnsupportedSaslMechanismError):
        return f"the broker at {server} knows no {settings.sasl_mechanism}: is {ENV_PREFIX}SASL_MECHANISM wrong?"
    if isinstance(error, IllegalSaslStateError):
        return f"the broker at {server} wants no password there: is {_PROTOCOL}={protocol} wrong?"
    if isinstance(error, IncompatibleBrokerVersion):
        return f"what listens at {server} is no broker, though it speaks Kafka's protocol, as a controller does"
    if isinstance(cause, ssl.SSLError):
        if settings.tls_cert_file is None:
            return f"the broker at {server} wants a certificate of us: {_CLIENT_FILES} name it"
        return f"the broker at {server} does not trust our certificate: do {_CLIENT_FILES} name the right one?"
    if isinstance(cause, asyncio.IncompleteReadError) and (cause.expected or 0) >> 16 == _TLS_ALERT:
        # what was taken for the length of an answer is the head of an alert
        return f"the broker at {server} speaks TLS only: is {_PROTOCOL}={protocol} wrong?"
    if is_met and not protocol.startswith("SASL"):
        return f"the broker at {server} hangs up on who gives no password: is {_PROTOCOL}={protocol} wrong?"
    return _silent(settings, server)


def _silent(settings: Settings, server: str) -> str:
    protocol = settings.security_protocol
    return f"what listens at {server} does not answer as a broker that speaks {protocol}: is {_PROTOCOL} wrong?"
