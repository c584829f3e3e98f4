"""Signing in to the console in a real browser: by a token, by a link, and back to the page that was asked for."""

import pytest

from tests.browser.browsers import Page
from tests.browser.console_reads import OpenAs
from tests.browser.consoles import TOKENS

pytestmark = [pytest.mark.browser, pytest.mark.kafka]


class TestSigningIn:
    def test_a_wrong_token_is_refused(self, page: Page) -> None:
        """The page says that the token is wrong and shows nothing else."""
        page.driver.get(page.url)
        page.find("#token").send_keys("no-such-token-at-all-0123456789")
        page.find("button").click()
        page.until(lambda: page.texts("[role=alert]") == ["Unknown token."], "a refusal")
        page.driver.get(f"{page.url}/lost-track")
        assert page.driver.title == "Sign in · docketwatch"
        assert page.texts("table") == []

    def test_signing_in_returns_to_the_page_and_signing_out_ends_the_session(self, page: Page) -> None:
        """Signing in opens the page that was asked for; signing out ends the session."""
        page.sign_in(TOKENS["supervisor"], "/officers")
        page.until(lambda: page.texts("h1") == ["Officers"], "the page that was asked for")
        cookie = page.driver.get_cookies()[0]
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        page.sign_out()
        page.driver.add_cookie({"name": cookie["name"], "value": cookie["value"]})
        page.driver.get(f"{page.url}/officers")
        assert "Sign in" in page.driver.title, "the old cookie no longer works"

    def test_a_link_may_contain_the_token(self, page: Page) -> None:
        """The token follows the #, so no server receives it, and it does not stay in the address."""
        page.driver.get(f"{page.url}/#token={TOKENS['viewer']}")
        page.until(lambda: "Overview" in page.driver.title, "the overview")
        assert TOKENS["viewer"] not in page.driver.current_url

    def test_a_link_may_be_pasted_into_a_tab_that_asks_for_a_token(self, page: Page) -> None:
        """Only the part after the # changes, so the browser loads no page."""
        page.driver.get(f"{page.url}/")
        page.find("#token")
        page.driver.get(f"{page.url}/#token={TOKENS['viewer']}")
        page.until(lambda: "Overview" in page.driver.title, "the overview")
        assert TOKENS["viewer"] not in page.driver.current_url

    def test_a_link_may_be_pasted_into_a_tab_of_another_session(self, open_as: OpenAs) -> None:
        """The user has the role of the link from then on, on the same page; the token does not stay in the address."""
        page = open_as("viewer")
        page.open("/offices")
        page.driver.get(f"{page.url}/offices#token={TOKENS['supervisor']}")
        page.until(lambda: page.texts(".who") == ["supervisor-1 (supervisor)"], "the other role")
        assert page.texts("h1") == ["Offices"]
        assert TOKENS["supervisor"] not in page.driver.current_url

    def test_a_deep_link_keeps_its_query(self, page: Page) -> None:
        """The sign-in page leads to the filtered list that was asked for."""
        page.sign_in(TOKENS["supervisor"], "/lost-track?cause=no_officer&office=ATL")
        page.until(lambda: page.texts("h1") == ["Records that need a human look"], "the list")
        assert page.driver.current_url.endswith("/lost-track?cause=no_officer&office=ATL")
