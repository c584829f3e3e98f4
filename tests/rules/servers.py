"""Prometheus, Alertmanager and a receiver as real processes on loopback and free ports."""

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self

import yaml

from schemas.policy_model import Policy
from streams.monitoring.alertmanager import alertmanager_config
from streams.process.child_process import ChildProcess
from tests.kafka.waiting import LIMIT, free_port, wait_until
from tests.rules.tools import program

__all__ = ["Alertmanager", "Prometheus", "Webhook"]

_SECOND: Final = "1s"
_LONGEST_SECONDS: Final = 5
_MINUTES: Final = {"m": 1, "h": 60, "d": 1_440}


class _Server:
    """A program that answers HTTP."""

    def __init__(self, directory: Path, name: str, words: Sequence[str], port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._name = name
        self._child = ChildProcess([program(name), *words], directory / f"{name}.log")

    def __enter__(self) -> Self:
        wait_until(self._is_ready, f"a {self._name} that is ready")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.stop(grace=LIMIT)

    def _is_ready(self) -> bool:
        assert self._child.exit_code is None, self._child.output()
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=LIMIT) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, ConnectionError):
            return False

    def get(self, path: str, **parameters: str) -> Any:
        """Return its answer, parsed as JSON."""
        query = f"?{urllib.parse.urlencode(parameters)}" if parameters else ""
        try:
            with urllib.request.urlopen(f"{self.url}{path}{query}", timeout=LIMIT) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path} {parameters}: {error.read().decode()}") from error


class Prometheus(_Server):
    """A Prometheus that scrapes every second; a rule's `for` of a minute becomes a second, and at most five seconds.

    The order of two durations stays: an inhibiting alert comes before those that it inhibits.

    Args:
        directory: For its files.
        rules: The rule file as committed.
        targets: host:port of the workers.
        alertmanager: The receiver of its alerts; None: no receiver.
        consoles: host:port of consoles.
        console_token: The token for the metrics of consoles; None: they want none.
    """

    def __init__(
        self,
        directory: Path,
        rules: Path,
        targets: Sequence[str],
        alertmanager: "Alertmanager | None" = None,
        *,
        consoles: Sequence[str] = (),
        console_token: str | None = None,
    ) -> None:
        document = yaml.safe_load(rules.read_text())
        for group in document["groups"]:
            group["interval"] = _SECOND
            for rule in group["rules"]:
                if "for" in rule:
                    rule["for"] = _shortened(rule["for"])
        (directory / "rules.yaml").write_text(yaml.safe_dump(document))
        addresses = [] if alertmanager is None else [alertmanager.url.removeprefix("http://")]
        authorization = {} if console_token is None else {"authorization": {"credentials": console_token}}
        config = {
            "global": {"scrape_interval": _SECOND, "evaluation_interval": _SECOND},
            "rule_files": [str(directory / "rules.yaml")],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": addresses}]}]},
            "scrape_configs": [
                {"job_name": job, "static_configs": [{"targets": list(where)}], **more}
                for job, where, more in (
                    ("docketwatch", targets, {}),
                    ("docketwatch-console", consoles, authorization),
                )
            ],
        }
        (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
        port = free_port()
        words = [
            f"--config.file={directory}/prometheus.yml",
            f"--storage.tsdb.path={directory}/data",
            f"--web.listen-address=127.0.0.1:{port}",
            "--rules.alert.resend-delay=1s",  # an alert that precedes its Alertmanager is sent again at once
        ]
        super().__init__(directory, "prometheus", words, port)

    def query(self, expr: str) -> list[dict[str, Any]]:
        """Return the current result of an expression."""
        found: list[dict[str, Any]] = self.get("/api/v1/query", query=expr)["data"]["result"]
        return found

    def names(self) -> set[str]:
        """Return the names of all metrics."""
        return set(self.get("/api/v1/label/__name__/values")["data"])

    def firing(self) -> set[str]:
        """Return the names of the firing alerts."""
        return {
            alert["labels"]["alertname"]
            for alert in self.get("/api/v1/alerts")["data"]["alerts"]
            if alert["state"] == "firing"
        }


def _shortened(wait: str) -> str:
    return f"{min(int(wait[:-1]) * _MINUTES[wait[-1]], _LONGEST_SECONDS)}s"


class Alertmanager(_Server):
    """An Alertmanager whose longer waits become a second.

    Args:
        directory: For its files.
        policy: Whose routes it has.
        webhook: The receiver of every notification.
    """

    def __init__(self, directory: Path, policy: Policy, webhook: "Webhook") -> None:
        document = yaml.safe_load(alertmanager_config(policy, hooks=webhook.url))
        for route in (document["route"], *document["route"]["routes"]):
            route |= {"group_wait": _SECOND, "group_interval": _SECOND}
        (directory / "alertmanager.yaml").write_text(yaml.safe_dump(document))
        port = free_port()
        words = [
            f"--config.file={directory}/alertmanager.yaml",
            f"--storage.path={directory}/alertmanager",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ]
        super().__init__(directory, "prometheus-alertmanager", words, port)

    def send(self, alerts: Sequence[Mapping[str, Any]]) -> None:
        """Send it alerts, as Prometheus does."""
        body = json.dumps(alerts).encode()
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts", data=body, headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=LIMIT) as answer:
            assert answer.status == 200

    def inhibited(self) -> set[str]:
        """Return the names of the inhibited alerts."""
        return {alert["labels"]["alertname"] for alert in self.get("/api/v2/alerts") if alert["status"]["inhibitedBy"]}


class Webhook:
    """A receiver of Alertmanager's notifications.

    Attributes:
        calls: The notifications, with their receiver.
        url: Its address.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                calls.append((self.path.lstrip("/"), json.loads(body)))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def names(self, receiver: str) -> set[str]:
        """Return the names of the alerts that a receiver got."""
        return {
            alert["labels"]["alertname"] for to, call in list(self.calls) if to == receiver for alert in call["alerts"]
        }
