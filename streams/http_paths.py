"""The HTTP paths of every process, and who may read each; the middleware, documents and tests use this one list."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple, cast

from schemas.case_views import Role

__all__ = ["CONSOLE_PATHS", "WORKER_PATHS", "HttpPath", "Reader", "as_table", "find_path"]

Reader = Literal["anyone", "configured"] | Role
"""Who may read a path; `configured`: clients with the token of DOCKETWATCH_METRICS_TOKEN_FILE, or any client when none
is set. A role includes every higher role."""


class HttpPath(NamedTuple):
    """One path.

    Attributes:
        path: As in a URL; a `*` at its end covers every path with that beginning.
        methods: The allowed methods; `WS` opens a WebSocket.
        reader: Who may read it.
        what: What it serves.
    """

    path: str
    methods: tuple[str, ...]
    reader: Reader
    what: str

    @property
    def role(self) -> Role | None:
        """The required role, or None."""
        return None if self.reader in ("anyone", "configured") else cast(Role, self.reader)

    def covers(self, path: str) -> bool:
        """Whether this entry covers a requested path."""
        return path.startswith(self.path[:-1]) if self.path.endswith("*") else path == self.path


_GET: Final = ("GET", "HEAD")

WORKER_PATHS: Final = (
    HttpPath("/metrics", _GET, "configured", "the metrics, for Prometheus; no case id is among them"),
    HttpPath("/livez", _GET, "anyone", "200 while the process answers, else 503; nothing about any case"),
    HttpPath(
        "/readyz", _GET, "anyone", "200 while it works on its partitions, with the gaps of its input; else 503 and why"
    ),
)

CONSOLE_PATHS: Final = (
    HttpPath("/livez", _GET, "anyone", "200 while the process answers; nothing about any case"),
    HttpPath("/readyz", _GET, "anyone", "200 while events are judged and the pages show it, else 503 and why"),
    HttpPath("/metrics", _GET, "configured", "the metrics, for Prometheus; no case id is among them"),
    HttpPath("/api/health", _GET, "viewer", "whether events are judged, and how many wait, as JSON"),
    HttpPath("/login", ("POST",), "anyone", "takes a token; answers 401 to anything else"),
    HttpPath("/logout", ("POST",), "viewer", "ends the session"),
    HttpPath("/", _GET, "viewer", "overview: totals; with officers and cases for a supervisor only"),
    HttpPath("/offices", _GET, "viewer", "offices by load"),
    HttpPath(
        "/due-soon",
        _GET,
        "viewer",
        "deadlines ahead by cause and office; with officers and cases for a supervisor only, protected cases for "
        "`restricted` only",
    ),
    HttpPath("/feeds", _GET, "viewer", "health of the feeds"),
    HttpPath("/policy", _GET, "viewer", "the policy in force and what it assumes"),
    HttpPath("/officers", _GET, "supervisor", "officers by load"),
    HttpPath(
        "/lost-track", _GET, "supervisor", "records that need a human look; protected cases for `restricted` only"
    ),
    HttpPath(
        "/case", _GET, "supervisor", "one case, explained; its id is in the URL fragment, which browsers do not send"
    ),
    HttpPath("/report", _GET, "supervisor", "makes the report of an office and a week"),
    HttpPath(
        "/download/report.html",
        _GET,
        "supervisor",
        "that report, for print; with case ids, but no protected ones, on request",
    ),
    HttpPath("/download/offices.csv", _GET, "viewer", "offices by load"),
    HttpPath("/download/officers.csv", _GET, "supervisor", "officers by load"),
    HttpPath("/download/lost-track.csv", ("GET", "HEAD", "POST"), "supervisor", "the filtered list"),
    HttpPath("/favicon.ico", _GET, "viewer", "the icon"),
    HttpPath("/_nicegui/*", _GET, "viewer", "scripts and styles of the UI library"),
    HttpPath("/_nicegui_ws/*", ("GET", "POST", "WS"), "viewer", "live updates of an open page"),
)


def find_path(paths: Sequence[HttpPath], path: str) -> HttpPath | None:
    """The entry that covers a requested path, or None."""
    return next((entry for entry in paths if entry.covers(path)), None)


def as_table() -> str:
    """The list as a document: `python -m streams.http_paths > deploy/http-paths.md`."""
    about = (
        "Made by `python -m streams.http_paths` from the list that the processes themselves use. Any other path "
        "answers 401 without a required token, else 404."
    )
    lines = ["# Every HTTP path, and who may read it", "", about]
    for process, paths in (("docketwatch worker", WORKER_PATHS), ("docketwatch console", CONSOLE_PATHS)):
        lines += ["", f"## `{process}`", "", "| path | methods | who | what |", "|---|---|---|---|"]
        lines += [
            f"| `{each.path}` | {', '.join(each.methods)} | {_readers(each.reader)} | {each.what} |" for each in paths
        ]
    return "\n".join(lines) + "\n"


def _readers(reader: Reader) -> str:
    match reader:
        case "anyone":
            return reader
        case "configured":
            return "clients with the token, if one is set"
        case "restricted":
            return f"`{reader}`"
        case _:
            return f"`{reader}` and up"


if __name__ == "__main__":
    import sys

    sys.stdout.write(as_table())
