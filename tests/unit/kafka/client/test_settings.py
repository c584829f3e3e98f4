"""Settings: their valid values, and the message for an invalid one."""

from datetime import timedelta
from pathlib import Path

import pytest

from streams.errors import UsageError
from streams.kafka.client.settings import Settings


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"DOCKETWATCH_{name.upper()}", raising=False)


class TestLoad:
    def test_the_default_is_the_embedded_broker(self) -> None:
        """Without any setting a process uses the address of `docketwatch broker`."""
        settings = Settings.load()
        assert (["127.0.0.1:9092"], "docket", "transactional") == (settings.servers, settings.prefix, settings.delivery)

    def test_the_environment_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each text becomes its value."""
        monkeypatch.setenv("DOCKETWATCH_BROKERS", "kafka-0:9092, kafka-1:9092")
        monkeypatch.setenv("DOCKETWATCH_HOLD_BACK", "500ms")
        settings = Settings.load()
        assert ["kafka-0:9092", "kafka-1:9092"] == settings.servers
        assert timedelta(milliseconds=500) == settings.hold_back

    def test_heartbeats_are_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each topic has one, in any number."""
        monkeypatch.setenv("DOCKETWATCH_FEED_HEARTBEATS", "check-ins=15m, officers=1h")
        assert {"check-ins": timedelta(minutes=15), "officers": timedelta(hours=1)} == Settings.load().heartbeats
        monkeypatch.setenv("DOCKETWATCH_FEED_HEARTBEATS", "")
        assert {} == Settings.load().heartbeats

    def test_an_option_wins(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The command line overrides the environment; None sets nothing."""
        monkeypatch.setenv("DOCKETWATCH_PREFIX", "mine")
        assert ("yours", "mine") == (Settings.load(prefix="yours").prefix, Settings.load(prefix=None).prefix)

    @pytest.mark.parametrize(
        ("name", "value", "sentence"),
        [
            ("BROKERS", "kafka-0", "must be host:port, several separated by commas, such as kafka-0:9092,kafka-1:9092"),
            ("BROKERS", "kafka-0:99999", "must be host:port, several separated by commas"),
            ("HOLD_BACK", "2", 'must be a span of time such as "500ms", "2s" or "15m"'),
            ("SESSION_TIMEOUT", "1s", "must be 6s or more"),
            ("PARTITIONS", "0", "Input should be greater than or equal to 1"),
            ("DELIVERY", "hopeful", "Input should be"),
            ("PREFIX", "a/b", "String should match pattern"),
            ("METRICS_PORT", "70000", "Input should be less than or equal to 65535"),
            ("FEED_HEARTBEATS", "checkins=15m", "'checkins' is no input topic: must be cases, check-ins, hearings, "),
            ("FEED_HEARTBEATS", "check-ins=15", 'must be a span of time such as "500ms", "2s" or "15m"'),
            ("FEED_HEARTBEATS", "check-ins=0s", "check-ins: must last, such as check-ins=15m"),
        ],
    )
    def test_a_wrong_value_is_named(
        self, monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
    ) -> None:
        """The error names the variable and what would be valid."""
        monkeypatch.setenv(f"DOCKETWATCH_{name}", value)
        with pytest.raises(UsageError, match=f"^DOCKETWATCH_{name}: {sentence}"):
            Settings.load()

    def test_related_settings_are_required(self) -> None:
        """A protocol with a password needs the rest of it, a certificate needs its key."""
        with pytest.raises(UsageError, match="SECURITY_PROTOCOL=SASL_SSL needs SASL_MECHANISM, SASL_USERNAME and"):
            Settings.load(security_protocol="SASL_SSL")
        with pytest.raises(UsageError, match="TLS_CERT_FILE and DOCKETWATCH_TLS_KEY_FILE go together"):
            Settings.load(tls_cert_file="a.pem")


class TestSecrets:
    def test_a_password_is_the_first_line_of_its_file(self, tmp_path: Path) -> None:
        """An orchestrator mounts it; the settings do not have the password, so no log can."""
        file = tmp_path / "password"
        file.write_text("s3cret\n")
        settings = Settings.load(sasl_password_file=file)
        assert settings.sasl_password == "s3cret"
        assert "s3cret" not in repr(settings)

    def test_a_missing_file_is_named(self, tmp_path: Path) -> None:
        """The error names the variable and the file."""
        settings = Settings.load(sasl_password_file=tmp_path / "none")
        with pytest.raises(UsageError, match=r"SASL_PASSWORD_FILE: .*none cannot be read: No such file"):
            assert settings.sasl_password

    def test_an_empty_token_is_refused(self, tmp_path: Path) -> None:
        """Otherwise an empty file would open the metrics to everyone."""
        file = tmp_path / "token"
        file.write_text("t0ken \n")
        settings = Settings.load(metrics_token_file=file)
        assert settings.metrics_token == "t0ken"
        assert Settings.load().metrics_token is None
        file.write_text("\n")
        with pytest.raises(UsageError, match=r"METRICS_TOKEN_FILE: the first line of .*token is empty: it must be the"):
            assert settings.metrics_token


class TestEmbedded:
    def test_is_what_the_embedded_broker_can_do(self) -> None:
        """It has one replica, no transactions, a short session and loopback, and the given changes."""
        settings = Settings.embedded(1234, prefix="mine")
        assert ("127.0.0.1:1234", 1, "ordered", timedelta(seconds=6), "mine") == (
            settings.brokers,
            settings.replication,
            settings.delivery,
            settings.session_timeout,
            settings.prefix,
        )
