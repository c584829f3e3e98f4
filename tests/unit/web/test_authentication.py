"""Who is let in: sessions, tokens, proxies, and nobody on his own word."""

from pathlib import Path

import pytest

from streams.web.authentication import Authentication, Requester
from streams.web.settings import ConsoleSettings
from tests.unit.web.test_limits import Clock

TOKEN = "a" * 24
PROXY = "10.0.3.7"
VOUCHED = [
    (b"x-auth-request-user", b"ana@docket.example"),
    (b"x-auth-request-groups", b"staff, docketwatch-supervisor"),
]


class House:
    """A gate, its clock and its file of tokens."""

    def __init__(self, directory: Path, **changes: object) -> None:
        self.file = directory / "tokens"
        self.file.write_text(f"sue {TOKEN}\n")
        self.clock = Clock()
        settings = ConsoleSettings.load(supervisor_tokens_file=self.file, **changes)
        self.gate = Authentication(settings, self.clock)

    def requester(self, *headers: tuple[bytes, bytes], peer: str = "127.0.0.1") -> Requester:
        return self.gate.requester(peer, list(headers))

    def signed_in(self) -> Requester:
        """Where the requests of somebody with a session come from."""
        identity = self.gate.check(TOKEN, self.requester())
        assert identity is not None
        cookie = self.gate.set_cookie(self.gate.sessions.open(identity), self.requester()).partition(";")[0]
        return self.requester((b"cookie", cookie.encode()))


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


@pytest.fixture
def behind(tmp_path: Path) -> House:
    """A gate that trusts a proxy."""
    return House(tmp_path, bind="10.0.3.9", trusted_proxies=PROXY)


class TestSessions:
    def test_a_session_lasts_its_hours(self, house: House) -> None:
        """And not a second more, whatever is done meanwhile."""
        requester = house.signed_in()
        house.clock.at = 8 * 3600 - 1
        sue = house.gate.identify(requester)
        assert sue is not None
        assert sue.actor == "sue"
        assert house.gate.is_still_valid(sue, requester)
        house.clock.at += 1
        assert not house.gate.is_still_valid(sue, requester)
        assert house.gate.identify(requester) is None

    def test_it_ends_with_its_token(self, house: House) -> None:
        """Who is taken out of the file is out."""
        requester = house.signed_in()
        house.file.write_text("")
        assert house.gate.identify(requester) is None
        house.file.write_text(f"sue {TOKEN}\n")
        assert house.gate.identify(requester) is None, "the session has ended, and stays so"

    @pytest.mark.parametrize("cookie", [b"docketwatch_session=made-up", b"docketwatch_session", b"\xff=;;", b""])
    def test_nobody_makes_up_a_session(self, house: House, cookie: bytes) -> None:
        """What was not handed out opens nothing."""
        assert house.gate.identify(house.requester((b"cookie", cookie))) is None

    def test_the_cookie_is_for_nobody_else(self, house: House, behind: House) -> None:
        """No script reads it, no other site sends it; with TLS only TLS carries it."""
        plain = house.gate.set_cookie("key", house.requester())
        assert plain == "docketwatch_session=key; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict"
        secure = behind.requester((b"x-forwarded-proto", b"https"), peer=PROXY)
        assert behind.gate.set_cookie("key", secure) == (
            "__Host-docketwatch_session=key; Path=/; Max-Age=28800; HttpOnly; SameSite=Strict; Secure"
        )


class TestTokens:
    def test_a_request_may_bear_a_token(self, house: House) -> None:
        """As programs do."""
        sue = house.gate.identify(house.requester((b"authorization", f"Bearer {TOKEN}".encode())))
        assert sue is not None
        assert (sue.actor, sue.role) == ("sue", "supervisor")

    def test_a_right_token_counts_whatever_was_guessed(self, house: House) -> None:
        """An address is shared: by an office, by the users of a proxy."""
        wrong = house.requester((b"authorization", b"Bearer guess"))
        assert [None] * 50 == [house.gate.identify(wrong) for _ in range(50)]
        assert house.gate.failures.wait(wrong.client) == pytest.approx(20.0)
        right = house.gate.identify(house.requester((b"authorization", f"Bearer {TOKEN}".encode())))
        assert right is not None
        assert right.actor == "sue"


class TestProxies:
    def test_a_trusted_proxy_vouches(self, behind: House) -> None:
        """For the user it names, with the most that his groups may see."""
        ana = behind.gate.identify(behind.requester(*VOUCHED, peer=PROXY))
        assert ana is not None
        assert (ana.actor, ana.role) == ("ana@docket.example", "supervisor")

    @pytest.mark.parametrize("peer", ["10.0.3.8", "127.0.0.1", "", "::1"])
    def test_nobody_else_does(self, behind: House, peer: str) -> None:
        """The same words from elsewhere are dropped, for the pages too."""
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
    def test_what_is_not_clear_counts_for_nothing(self, behind: House, headers: list[tuple[bytes, bytes]]) -> None:
        """A header that came twice may be the client's own."""
        assert behind.gate.identify(behind.requester(*headers, peer=PROXY)) is None

    def test_an_address_of_version_4_is_known_in_version_6(self, behind: House) -> None:
        """As a socket for both tells it."""
        assert behind.gate.identify(behind.requester(*VOUCHED, peer=f"::ffff:{PROXY}")) is not None

    def test_limits_are_for_whom_the_proxy_speaks_for(self, behind: House) -> None:
        """The last it names, which it has seen itself."""
        requester = behind.requester((b"x-forwarded-for", b"6.6.6.6, 192.0.2.7"), peer=PROXY)
        assert requester.client == "192.0.2.7"

    def test_without_tls_only_the_proxy_may_talk(self, house: House, behind: House) -> None:
        """Beyond loopback; on loopback everybody here may."""
        assert behind.gate.rejects_peer(behind.requester(peer="10.0.3.8"))
        assert not behind.gate.rejects_peer(behind.requester(peer=PROXY))
        assert not house.gate.rejects_peer(house.requester())
