"""The list of HTTP paths: the document is generated from it, and every served path is in it."""

from pathlib import Path

import pytest

from streams.http_paths import CONSOLE_PATHS, WORKER_PATHS, as_table, find_path

DOCUMENT = Path(__file__).parents[3] / "deploy" / "http-paths.md"


class TestPaths:
    def test_the_document_is_generated(self) -> None:
        """After a change run `python -m streams.http_paths > deploy/http-paths.md`."""
        assert DOCUMENT.read_text() == as_table()

    def test_only_health_sign_in_and_metrics_are_open(self) -> None:
        """A change that opens another path has to change this test."""
        opened = [each.path for each in (*WORKER_PATHS, *CONSOLE_PATHS) if each.role is None]
        assert opened == ["/metrics", "/livez", "/readyz", "/livez", "/readyz", "/metrics", "/login"]

    @pytest.mark.parametrize(
        ("path", "entry"),
        [
            ("/", "/"),
            ("/case", "/case"),
            ("/case/", None),
            ("/_nicegui/3/x", "/_nicegui/*"),
            ("/x", None),
            ("//", None),
        ],
    )
    def test_a_path_matches_exactly(self, path: str, entry: str | None) -> None:
        """A star matches any end."""
        found = find_path(CONSOLE_PATHS, path)
        assert (None if found is None else found.path) == entry
