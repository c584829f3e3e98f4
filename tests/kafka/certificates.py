"""Certificates that tests make for themselves: an authority, a broker's certificate, a client's certificate."""

from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from trustme import CA, LeafCert

__all__ = ["Authority"]

_CLIENT: Final = "worker.docketwatch.test"


class Authority:
    """An authority that signs certificates; it writes all of its files into one directory, as PEM.

    Args:
        directory: Its directory.

    Attributes:
        certificate: Its own certificate, which clients trust.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._ca = CA()
        self.certificate = directory / "ca.pem"
        self._ca.cert_pem.write_to_path(self.certificate)

    def server(self) -> Path:
        """Return key and certificate of a broker on this machine, in one file, as Kafka reads them."""
        path = self._directory / "server.pem"
        leaf = self._ca.issue_cert("127.0.0.1", "localhost")
        path.write_bytes(_key(leaf) + _chain(leaf))
        return path

    def client(self) -> tuple[Path, Path]:
        """Return certificate and key of a client, in a file each."""
        certificate, key = self._directory / "client.pem", self._directory / "client.key"
        leaf = self._ca.issue_cert(_CLIENT, common_name=_CLIENT)
        certificate.write_bytes(_chain(leaf))
        key.write_bytes(_key(leaf))
        return certificate, key


def _chain(leaf: LeafCert) -> bytes:
    return b"".join(blob.bytes() for blob in leaf.cert_chain_pems)


def _key(leaf: LeafCert) -> bytes:
    # Kafka reads only PKCS 8
    key = load_pem_private_key(leaf.private_key_pem.bytes(), None)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
