"""The console's settings: loopback by default, and no plain-text access to cases over the network."""

from pathlib import Path

import pytest

from streams.errors import UsageError
from streams.web.settings import ConsoleSettings

TOKENS = {"supervisor_tokens_file": Path("tokens")}


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ConsoleSettings.model_fields:
        monkeypatch.delenv(f"DOCKETWATCH_CONSOLE_{name.upper()}", raising=False)


class TestConsoleSettings:
    def test_by_default_only_this_machine_reaches_it(self) -> None:
        """It has loopback and its own port."""
        own = ConsoleSettings.load(**TOKENS)
        assert ("127.0.0.1", 9180, False) == (own.bind, own.port, own.has_tls)

    @pytest.mark.parametrize("bind", ["0.0.0.0", "::", "10.0.3.7", "console.example"])
    def test_beyond_loopback_it_needs_tls_or_a_proxy(self, bind: str) -> None:
        """It refuses to start, and names the variables."""
        with pytest.raises(UsageError) as caught:
            ConsoleSettings.load(bind=bind, **TOKENS)
        assert str(caught.value) == (
            f"DOCKETWATCH_CONSOLE_BIND={bind} would send tokens and cases over the network as plain text: set "
            "DOCKETWATCH_CONSOLE_TLS_CERT_FILE and DOCKETWATCH_CONSOLE_TLS_KEY_FILE, or name the proxy that does TLS "
            "in DOCKETWATCH_CONSOLE_TRUSTED_PROXIES"
        )
        tls = {"tls_cert_file": Path("cert"), "tls_key_file": Path("key")}
        assert ConsoleSettings.load(bind=bind, **TOKENS, **tls).has_tls
        assert ConsoleSettings.load(bind=bind, **TOKENS, trusted_proxies="10.0.3.8").proxies

    @pytest.mark.parametrize("bind", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
    def test_loopback_has_many_names(self, bind: str) -> None:
        """All of them are this machine."""
        assert ConsoleSettings.load(bind=bind, **TOKENS).bind == bind

    def test_a_way_to_sign_in_is_required(self) -> None:
        """Without tokens and proxies no user could sign in."""
        with pytest.raises(
            UsageError, match=r"^sign-in is not configured: set a token file in DOCKETWATCH_CONSOLE_SUP"
        ):
            ConsoleSettings.load()

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            (
                {"tls_cert_file": Path("cert")},
                "DOCKETWATCH_CONSOLE_TLS_CERT_FILE and DOCKETWATCH_CONSOLE_TLS_KEY_FILE go",
            ),
            (
                {"trusted_proxies": "proxy.example"},
                "TRUSTED_PROXIES: must be addresses or networks such as 10.0.3.7 or",
            ),
            (
                {"trusted_proxies": "0.0.0.0/0"},
                "TRUSTED_PROXIES: must not be the whole internet: any client",
            ),
            ({"port": 70_000}, "DOCKETWATCH_CONSOLE_PORT: Input should be less than or equal to 65535"),
            ({"user_header": "X User"}, "DOCKETWATCH_CONSOLE_USER_HEADER: String should match pattern"),
            ({"session": "8"}, 'DOCKETWATCH_CONSOLE_SESSION: must be a span of time such as "500ms", "2s" or "15m"'),
        ],
    )
    def test_a_wrong_value_is_named(self, changes: dict[str, object], sentence: str) -> None:
        """The error has the variable and what would be valid."""
        with pytest.raises(UsageError) as caught:
            ConsoleSettings.load(**{**TOKENS, **changes})
        assert sentence in str(caught.value)

    def test_the_environment_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Networks are separated by commas."""
        monkeypatch.setenv("DOCKETWATCH_CONSOLE_TRUSTED_PROXIES", "10.0.3.7, fd00::/64")
        monkeypatch.setenv("DOCKETWATCH_CONSOLE_SUPERVISOR_GROUP", "docket/supervisors")
        own = ConsoleSettings.load()
        assert ["10.0.3.7/32", "fd00::/64"] == [str(each) for each in own.proxies]
        assert own.groups["supervisor"] == "docket/supervisors"
