"""Authentication: sessions, tokens and proxies, and no unproven claim of a user."""

from pathlib import Path

import pytest

from streams.web.authentication import Authentication, Requester
from streams.web.settings import ConsoleSettings
from tests.fake_clock import FakeClock

TOKEN = "a" * 24
PROXY = "10.0.3.7"
VOUCHED = [
    (b"x-auth-request-user", b"ana@docket.example"),
    (b"x-auth-request-groups", b"staff, docketwatch-supervisor"),
]


class Setup:
    """An authentication, its clock and its file of tokens."""

    def __init__(self, directory: Path, **changes: object) -> None:
        self.file = directory / "tokens"
        self.file.write_text(f"sue {TOKEN}\n")
        self.clock = FakeClock()
        settings = ConsoleSettings.load(supervisor_tokens_file=self.file, **changes)
        self.gate = Authentication(settings, self.clock)

    def requester(self, *headers: tuple[bytes, bytes], peer: str = "127.0.0.1") -> Requester:
        return self.gate.requester(peer, list(headers))

    def signed_in(self) -> Requester:
        """Return the requester of a signed-in user."""
        identity = self.gate.check(TOKEN, self.requester())
        assert identity is not None
        cookie = self.gate.set_cookie(self.gate.sessions.open(identity), self.requester()).partition(";")[0]
        return self.requester((b"cookie", cookie.encode()))


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    return Setup(tmp_path)


@pytest.fixture
def behind(tmp_path: Path) -> Setup:
    """Return an authentication that trusts a proxy."""
    return Setup(tmp_path, bind="10.0.3.9", trusted_proxies=PROXY)


class TestSessions:
    def test_a_session_lasts_its_hours(self, setup: Setup) -> None:
        """It does not last a second longer, whatever happens meanwhile."""
        requester = setup.signed_in()
        setup.clock.now = 8 * 3600 - 1
        sue = setup.gate.identify(requester)
        assert sue is not None
        assert sue.actor == "sue"
        assert setup.gate.is_still_valid(sue, requester)
        setup.clock.now += 1
        assert not setup.gate.is_still_valid(sue, requester)
        assert setup.gate.identify(requester) is None

    def test_it_ends_with_its_token(self, setup: Setup) -> None:
        """A user whose token is removed from the file is signed out."""
        requester = setup.signed_in()
        setup.file.write_text("")
        assert setup.gate.identify(requester) is None
        setup.file.write_text(f"sue {TOKEN}\n")
        assert setup.gate.identify(requester) is None, "the session has ended, and stays so"

    @pytest.mark.parametrize("cookie", [b"docketwatch_session=made-up", b"docketwatch_session", b"\xff=;;", b""])
    def test_an_invented_session_is_refused(self, setup: Setup, cookie: bytes) -> None:
        """A cookie that the console did not issue opens nothing."""
        assert setup.gate.identify(setup.requester((b"cookie", cookie))) is None

    def test_the_cookie_is_protected(self, setup: Setup, behind: Setup) -> None:
        """No script reads it, no other site sends it; with TLS it is sent over TLS only."""
        plain = setup.gate.set_cookie("key", setup.requester())
        assert plain == "docketwatch_session=key; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict"
        secure = behind.requester((b"x-forwarded-proto", b"https"), peer=PROXY)
        assert behind.gate.set_cookie("key", secure) == (
            "__Host-docketwatch_session=key; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure"
        )


class TestTokens:
    def test_a_request_may_have_a_token(self, setup: Setup) -> None:
        """Programs send it so."""
        sue = setup.gate.identify(setup.requester((b"authorization", f"Bearer {TOKEN}".encode())))
        assert sue is not None
        assert (sue.actor, sue.role) == ("sue", "supervisor")

    def test_a_right_token_counts_after_wrong_ones(self, setup: Setup) -> None:
        """The users of an office or of a proxy share an address."""
        wrong = setup.requester((b"authorization", b"Bearer guess"))
        assert [None] * 50 == [setup.gate.identify(wrong) for _ in range(50)]
        assert setup.gate.failures.wait(wrong.client) == pytest.approx(20.0)
        right = setup.gate.identify(setup.requester((b"authorization", f"Bearer {TOKEN}".encode())))
        assert right is not None
        assert right.actor == "sue"


class TestProxies:
    def test_a_trusted_proxy_names_the_user(self, behind: Setup) -> None:
        """The user has the highest role of his groups."""
        ana = behind.gate.identify(behind.requester(*VOUCHED, peer=PROXY))
        assert ana is not None
        assert (ana.actor, ana.role) == ("ana@docket.example", "supervisor")

    @pytest.mark.parametrize("peer", ["10.0.3.8", "127.0.0.1", "", "::1"])
    def test_any_other_address_does_not(self, behind: Setup, peer: str) -> None:
        """The same headers from elsewhere are ignored, for the pages too."""
        requester = behind.requester(
            *VOUCHED, (b"x-forwarded-for", b"1.2.3.4"), (b"x-forwarded-prefix", b"/x"), peer=peer
        )
        assert behind.gate.identify(requester) is None
        assert requester.headers == []
        assert requester.client == peer

    @pytest.mark.parametrize(
        "headers",
        [
            VOUCHED[:1],
            VOUCHED[1:],
            [*VOUCHED, (b"x-auth-request-user", b"root")],
            [(b"x-auth-request-user", b"ana\x00"), VOUCHED[1]],
            [VOUCHED[0], (b"x-auth-request-groups", b"docketwatch-supervisors")],
        ],
        ids=["no group", "no user", "two users", "no name", "no group of ours"],
    )
    def test_an_ambiguous_header_is_ignored(self, behind: Setup, headers: list[tuple[bytes, bytes]]) -> None:
        """A repeated header may be the client's own."""
        assert behind.gate.identify(behind.requester(*headers, peer=PROXY)) is None

    def test_an_ipv4_address_matches_in_ipv6_form(self, behind: Setup) -> None:
        """A socket for both reports it so."""
        assert behind.gate.identify(behind.requester(*VOUCHED, peer=f"::ffff:{PROXY}")) is not None

    def test_limits_are_for_the_proxys_client(self, behind: Setup) -> None:
        """The last address in the header is the one that the proxy saw itself."""
        requester = behind.requester((b"x-forwarded-for", b"6.6.6.6, 192.0.2.7"), peer=PROXY)
        assert requester.client == "192.0.2.7"

    def test_without_tls_only_the_proxy_may_connect(self, setup: Setup, behind: Setup) -> None:
        """This holds beyond loopback; on loopback every local user may connect."""
        assert behind.gate.rejects_peer(behind.requester(peer="10.0.3.8"))
        assert not behind.gate.rejects_peer(behind.requester(peer=PROXY))
        assert not setup.gate.rejects_peer(setup.requester())
