"""The address of a case in the case system: valid templates, and the link."""

import pytest

from streams.case_url import case_link
from streams.errors import UsageError
from streams.kafka.client.settings import Settings


class TestTemplate:
    @pytest.mark.parametrize(
        "template",
        [
            "https://cases.example/case/{case_id}",
            "http://10.0.0.7:8080/find?id={case_id}&tab=1",
            "https://cases.example/#/case/{case_id}",
        ],
    )
    def test_an_address_with_one_place_is_accepted(self, template: str) -> None:
        """The place may be in the path, in a query, or after the #."""
        assert Settings.load(case_url=template).case_url == template

    @pytest.mark.parametrize(
        "template",
        [
            "",
            "cases.example/{case_id}",
            "ftp://cases.example/{case_id}",
            "javascript:alert({case_id})",
            "https://cases.example/",
            "https://cases.example/{case_id}/{case_id}",
            "https://cases.example/{case_id}?of={office}",
            "https://{case_id}.cases.example/",
            "https://sue:secret@cases.example/{case_id}",
            "https://cases.example/a b/{case_id}",
            "https://[::1/{case_id}",
        ],
    )
    def test_anything_else_is_refused_by_name(self, template: str) -> None:
        """The sentence names the variable and never repeats the value, which may hold a password."""
        with pytest.raises(UsageError, match=r"^DOCKETWATCH_CASE_URL: ") as caught:
            Settings.load(case_url=template)
        assert "secret" not in str(caught.value)
        assert "://sue" not in str(caught.value)


class TestLink:
    def test_the_id_stays_one_part_of_the_address(self) -> None:
        """An id may hold a colon."""
        assert case_link("https://x.example/{case_id}?a=1", "c:1.b") == "https://x.example/c%3A1.b?a=1"
