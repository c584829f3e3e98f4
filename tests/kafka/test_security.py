"""Brokers that want passwords or certificates: commands connect with valid ones and explain invalid ones."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from schemas.instants import to_text
from tests.kafka.brokers import KafkaBroker
from tests.kafka.certificates import Authority
from tests.kafka.docket import Docket
from tests.kafka.listeners import Listeners
from tests.unit.cli.test_evaluate import run

pytestmark = pytest.mark.kafka


@dataclass(frozen=True)
class SecuredBroker:
    """A broker with every kind of listener; its one user is ops.

    Attributes:
        broker: The broker.
        authority: Signed the broker's certificate, and signs those of clients.
        stranger: An authority that the broker does not trust.
        directory: For files.
    """

    broker: KafkaBroker
    authority: Authority
    stranger: Authority
    directory: Path

    def settings(self, protocol: str, *, mechanism: str = "SCRAM-SHA-512", password: str = "right") -> dict[str, str]:
        """Return the settings for a protocol."""
        known = {"BROKERS": self.broker.address(protocol), "SECURITY_PROTOCOL": protocol}
        if protocol.startswith("SASL"):
            file = self.directory / f"password-{password}"
            file.write_text(f"{password}\n")
            known |= {"SASL_MECHANISM": mechanism, "SASL_USERNAME": "ops", "SASL_PASSWORD_FILE": str(file)}
        if protocol.endswith("SSL"):
            known["TLS_CA_FILE"] = str(self.authority.certificate)
        if protocol == "SSL":
            known |= shown(self.authority)
        return known


def shown(authority: Authority) -> dict[str, str]:
    """Return the settings that name a client's certificate."""
    certificate, key = authority.client()
    return {"TLS_CERT_FILE": str(certificate), "TLS_KEY_FILE": str(key)}


@pytest.fixture(scope="module")
def guarded(kafka_needed: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredBroker]:
    """Start one broker for all tests: none of them ends it."""
    directory = tmp_path_factory.mktemp("guarded")
    authority, stranger = Authority(directory / "ca"), Authority(directory / "stranger")
    with KafkaBroker(directory / "kafka", listeners=Listeners({"ops": "right"}, authority)) as broker:
        yield SecuredBroker(broker, authority, stranger, directory)


@pytest.fixture(scope="module")
def docket(tmp_path_factory: pytest.TempPathFactory) -> Docket:
    """Generate a small docket."""
    return Docket.make(tmp_path_factory.mktemp("docket"), cases=100, days=20)


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch, namespace: str, tmp_path: Path) -> None:
    """Return what no test here is about; `set_variables` sets the rest."""
    ours = {"PREFIX": namespace, "GROUP": namespace, "PARTITIONS": "2", "DATA_DIR": str(tmp_path)}
    set_variables(monkeypatch, ours)


def set_variables(monkeypatch: pytest.MonkeyPatch, settings: Mapping[str, str]) -> None:
    """Set environment variables."""
    for name, value in settings.items():
        monkeypatch.setenv(f"DOCKETWATCH_{name}", value)


DOORS = [
    pytest.param("SASL_SSL", "SCRAM-SHA-512", id="scram-512"),
    pytest.param("SASL_SSL", "SCRAM-SHA-256", id="scram-256"),
    pytest.param("SASL_SSL", "PLAIN", id="plain"),
    pytest.param("SASL_PLAINTEXT", "SCRAM-SHA-512", id="without-tls"),
    pytest.param("SSL", "", id="certificate"),
]


class TestValidCredentials:
    @pytest.mark.parametrize(("protocol", "mechanism"), DOORS)
    def test_every_listener_accepts_them(
        self,
        guarded: SecuredBroker,
        docket: Docket,
        protocol: str,
        mechanism: str,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Topics, replay, worker, verify, dead letters and explain each connect through their own client."""
        set_variables(monkeypatch, guarded.settings(protocol, mechanism=mechanism))
        expected = tmp_path / "alerts.jsonl"
        expected.write_bytes(b"".join(line + b"\n" for line in docket.expected.alerts))
        assert run(capsys, "topics", "create")[0] == 0
        words = ("verify", str(docket.log), "--until", to_text(docket.until), "--expect", str(expected))
        code, out, err = run(capsys, *words, "--with-worker")
        assert code == 0, out + err
        assert run(capsys, "dead-letters", "list")[0] == 0
        case = next(event.case_id for event in docket.events if hasattr(event, "case_id"))
        code, out, err = run(capsys, "explain", case)
        assert code == 0, err
        assert out.startswith(f"Case {case} as of ")


def error_message(
    settings: Mapping[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> str:
    """Return a command's error for refused settings: one error_message, exit code 2, without delay."""
    set_variables(monkeypatch, settings)
    begin = time.process_time()
    code, out, err = run(capsys, *(words or ("topics", "check")))
    assert (2, "") == (code, out)
    assert err.count("\n") == 1
    assert err.startswith("docketwatch: ")
    assert time.process_time() - begin < 2
    return err.removeprefix("docketwatch: ").strip()


class TestInvalidCredentials:
    @pytest.mark.parametrize("mechanism", ["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"])
    @pytest.mark.parametrize("words", ["topics check", "worker", "dead-letters list", "explain c-1"])
    def test_a_wrong_password(
        self,
        guarded: SecuredBroker,
        mechanism: str,
        words: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """Every command reports it and does not repeat the password."""
        wrong = guarded.settings("SASL_SSL", mechanism=mechanism, password="wr0ng")
        assert error_message(wrong, monkeypatch, capsys, *words.split()) == (
            f"the broker at {guarded.broker.address('SASL_SSL')} refuses the login: DOCKETWATCH_SASL_USERNAME or the "
            "password in DOCKETWATCH_SASL_PASSWORD_FILE is wrong"
        )

    def test_a_wrong_authority(
        self, guarded: SecuredBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error names the file of the authority."""
        wrong = {**guarded.settings("SASL_SSL"), "TLS_CA_FILE": str(guarded.stranger.certificate)}
        assert error_message(wrong, monkeypatch, capsys) == (
            f"the certificate of {guarded.broker.address('SASL_SSL')} is not trusted (unable to get local issuer "
            "certificate): DOCKETWATCH_TLS_CA_FILE must name the authority that signed it"
        )

    def test_no_certificate(
        self, guarded: SecuredBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error says that the broker wants one."""
        without = {name: value for name, value in guarded.settings("SSL").items() if "CERT" not in name}
        without.pop("TLS_KEY_FILE")
        assert error_message(without, monkeypatch, capsys) == (
            f"the broker at {guarded.broker.address('SSL')} requires a client certificate: DOCKETWATCH_TLS_CERT_FILE "
            "and DOCKETWATCH_TLS_KEY_FILE name it"
        )

    def test_a_foreign_certificate(
        self, guarded: SecuredBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The broker does not trust its authority."""
        wrong = {**guarded.settings("SSL"), **shown(guarded.stranger)}
        assert error_message(wrong, monkeypatch, capsys) == (
            f"the broker at {guarded.broker.address('SSL')} does not trust the client certificate: do "
            "DOCKETWATCH_TLS_CERT_FILE and DOCKETWATCH_TLS_KEY_FILE name the right one?"
        )

    def test_a_key_of_another_certificate(
        self, guarded: SecuredBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error names both files."""
        wrong = {**guarded.settings("SSL"), "TLS_KEY_FILE": shown(guarded.stranger)["TLS_KEY_FILE"]}
        assert error_message(wrong, monkeypatch, capsys) == (
            f"DOCKETWATCH_TLS_CERT_FILE and DOCKETWATCH_TLS_KEY_FILE: {wrong['TLS_CERT_FILE']} and "
            f"{wrong['TLS_KEY_FILE']} cannot be used: key values mismatch"
        )

    def test_a_missing_authority_file(
        self, guarded: SecuredBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The error names it."""
        wrong = {**guarded.settings("SASL_SSL"), "TLS_CA_FILE": "/nowhere/ca.pem"}
        assert error_message(wrong, monkeypatch, capsys) == (
            "DOCKETWATCH_TLS_CA_FILE: /nowhere/ca.pem cannot be read: No such file or directory"
        )


WRONG_DOORS = [
    ("PLAINTEXT", "SASL_SSL", "the broker at {} speaks TLS only: is DOCKETWATCH_SECURITY_PROTOCOL=PLAINTEXT wrong?"),
    ("PLAINTEXT", "SSL", "the broker at {} speaks TLS only: is DOCKETWATCH_SECURITY_PROTOCOL=PLAINTEXT wrong?"),
    (
        "SASL_PLAINTEXT",
        "SASL_SSL",
        "the broker at {} speaks TLS only: is DOCKETWATCH_SECURITY_PROTOCOL=SASL_PLAINTEXT wrong?",
    ),
    (
        "SASL_SSL",
        "PLAINTEXT",
        "what listens at {} speaks no TLS: is DOCKETWATCH_SECURITY_PROTOCOL=SASL_SSL wrong?",
    ),
    (
        "SSL",
        "SASL_SSL",
        "the broker at {} closes connections without SASL: is DOCKETWATCH_SECURITY_PROTOCOL=SSL wrong?",
    ),
    (
        "PLAINTEXT",
        "SASL_PLAINTEXT",
        "the broker at {} closes connections without SASL: is DOCKETWATCH_SECURITY_PROTOCOL=PLAINTEXT wrong?",
    ),
    (
        "SASL_PLAINTEXT",
        "PLAINTEXT",
        "the broker at {} expects no SASL on this port: is DOCKETWATCH_SECURITY_PROTOCOL=SASL_PLAINTEXT wrong?",
    ),
]


class TestWrongListeners:
    @pytest.mark.parametrize(("spoken", "listener", "message"), WRONG_DOORS)
    def test_a_wrong_protocol_is_named(
        self,
        guarded: SecuredBroker,
        spoken: str,
        listener: str,
        message: str,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        """The error names the protocol that the port seems to speak."""
        address = guarded.broker.address(listener)
        wrong = {**guarded.settings(spoken), "BROKERS": address}
        assert error_message(wrong, monkeypatch, capsys) == message.format(address)

    def test_a_controller_is_no_broker(
        self, guarded: SecuredBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """A controller speaks the protocol and has no topics."""
        address = f"127.0.0.1:{guarded.broker.part.controller_port}"
        assert error_message({"BROKERS": address}, monkeypatch, capsys) == (
            f"{address} speaks Kafka's protocol but is no broker; it may be a controller"
        )

    def test_one_working_broker_is_enough(
        self, guarded: SecuredBroker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """The client passes over a broker of the list that is down."""
        set_variables(monkeypatch, {"BROKERS": f"127.0.0.1:1,{guarded.broker.bootstrap}"})
        assert run(capsys, "topics", "create")[0] == 0
