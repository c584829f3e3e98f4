"""The ASGI application: pages, downloads, health, sign-in and sign-out, behind the security middleware."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import nicegui
from fastapi import FastAPI, Request
from nicegui import ui
from starlette.responses import HTMLResponse, PlainTextResponse, Response, StreamingResponse

from streams.errors import BrokerError
from streams.web.console import Console
from streams.web.csv_files import lost_track_csv, officers_csv, offices_csv
from streams.web.health.metrics import ConsoleCollector, ConsoleMetrics
from streams.web.health.pipeline import health_json
from streams.web.identity import Identity
from streams.web.list_query import query_of, url_fields
from streams.web.login import LoginPaths, read_form
from streams.web.middleware import IDENTITY, REQUESTER, SecurityMiddleware
from streams.web.pages.case import CasePage
from streams.web.pages.due_soon import DueSoonPage
from streams.web.pages.feeds import FeedsPage
from streams.web.pages.frame import PageFrame, Refresh
from streams.web.pages.lost_track import LostTrackPage
from streams.web.pages.officers import OfficersPage
from streams.web.pages.offices import OfficesPage
from streams.web.pages.overview import OverviewPage
from streams.web.pages.policy import PolicyPage
from streams.web.pages.report import REPORT_PATH, ReportPage, requested
from streams.web.totals import CauseCounts

__all__ = ["make_app"]

_ICON: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#1c57b8"/>'
    '<circle cx="16" cy="16" r="9" fill="none" stroke="#fff" stroke-width="3"/>'
    '<path d="M16 10v6l4 3" fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"/></svg>'
)


def make_app(console: Console) -> SecurityMiddleware:
    """Make the application, once per process, because NiceGUI registers pages globally.

    Args:
        console: What all pages share.
    """
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    _health(app, console)
    _login(app, console)
    _downloads(app, console)
    _pages(console)
    nicegui.app.config.quasar_config["loadingBar"]["skipHijack"] = True  # it would show a bar for background requests
    ui.run_with(
        app,
        title="docketwatch",
        favicon=_ICON,
        dark=None,
        language="en-US",
        tailwind=False,
        gzip_middleware_factory=None,  # on loopback it costs more than it saves; elsewhere the proxy compresses
        reconnect_timeout=10.0,
        show_welcome_message=False,
    )
    return SecurityMiddleware(app, console.gate, metrics_token=console.metrics_token)


def _health(app: FastAPI, console: Console) -> None:
    async def alive(_: Request) -> Response:
        return PlainTextResponse("alive\n")

    async def ready(_: Request) -> Response:
        health = console.health()
        if health.is_calm:
            return PlainTextResponse(f"ready: {health.sentence}\n")
        return PlainTextResponse(f"not ready: {health.sentence}\n", 503)

    async def api(_: Request) -> Response:
        return Response(health_json(console.health(), console.feeds.feeds), media_type="application/json")

    metrics = ConsoleMetrics(
        ConsoleCollector(
            console.health,
            lambda: console.feeds.feeds,
            lambda: console.feeds.answered_at,
            lambda: console.due_soon.latest,
            console.rules.policy.offices,
            console.most_officers,
        )
    )

    async def scrape(request: Request) -> Response:
        answer = metrics.scrape(request.headers.get("accept", ""), request.headers.get("accept-encoding", ""))
        return Response(answer.content, headers={"content-type": answer.kind, **answer.headers()})

    app.add_route("/livez", alive, methods=["GET"])
    app.add_route("/readyz", ready, methods=["GET"])
    app.add_route("/metrics", scrape, methods=["GET"])
    app.add_route("/api/health", api, methods=["GET"])


def _login(app: FastAPI, console: Console) -> None:
    paths = LoginPaths(console.gate)

    async def login(request: Request) -> Response:
        return await paths.login(request, request.scope[REQUESTER])

    async def logout(request: Request) -> Response:
        return await paths.logout(request.scope[REQUESTER])

    app.add_route("/login", login, methods=["POST"])
    app.add_route("/logout", logout, methods=["POST"])


def _downloads(app: FastAPI, console: Console) -> None:
    async def offices(_: Request) -> Response:
        totals = console.totals.now()
        rows = [(office, totals.by_office.get(office.office) or CauseCounts()) for office in totals.offices]
        rows.insert(0, (totals.whole, totals.counts))
        return _file("offices.csv", offices_csv(rows, console.clock()))

    async def officers(_: Request) -> Response:
        loads = sorted(console.following.tables.loads.values(), key=lambda load: load.officer_id)
        return _file("officers.csv", officers_csv(loads))

    async def lost_track(request: Request) -> Response:
        identity: Identity = request.scope[IDENTITY]
        fields = await read_form(request) if request.method == "POST" else url_fields(request.query_params)
        found = console.lost_track(identity).find(query_of(fields))
        cases = list(dict.fromkeys(alert.case_id for alert in found.alerts))
        try:
            await console.audit.record(identity, "downloaded", cases)
        except BrokerError as error:
            return PlainTextResponse(f"{error}\n", 503)
        return _file("lost-track.csv", lost_track_csv(found.alerts))

    async def report(request: Request) -> Response:
        asked = requested(request.query_params)
        made = None if asked is None else console.reports.find(asked)
        if made is None:
            return PlainTextResponse("this report is not there: make it on the page Report\n", 404)
        try:
            await console.audit.record(request.scope[IDENTITY], "downloaded", made.case_ids)
        except BrokerError as error:
            return PlainTextResponse(f"{error}\n", 503)
        return HTMLResponse(made.html)

    app.add_route(REPORT_PATH, report, methods=["GET"])
    app.add_route("/download/offices.csv", offices, methods=["GET"])
    app.add_route("/download/officers.csv", officers, methods=["GET"])
    app.add_route("/download/lost-track.csv", lost_track, methods=["GET", "POST"])


def _file(name: str, chunks: Iterator[str]) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(chunks, media_type="text/csv; charset=utf-8", headers=headers)


def _pages(console: Console) -> None:
    builders: dict[tuple[str, str], Callable[[PageFrame, Request], Refresh]] = {
        ("/", "Overview"): lambda frame, _: OverviewPage(frame).refresh,
        ("/lost-track", "Records that need a human look"): lambda frame, request: (
            LostTrackPage(frame, dict(request.query_params)).refresh
        ),
        ("/due-soon", "Due soon"): lambda frame, request: DueSoonPage(frame, dict(request.query_params)).refresh,
        ("/case", "Case"): lambda frame, request: CasePage(frame, dict(request.query_params)).refresh,
        ("/officers", "Officers"): lambda frame, request: OfficersPage(frame, dict(request.query_params)).refresh,
        ("/offices", "Offices"): lambda frame, request: OfficesPage(frame, dict(request.query_params)).refresh,
        ("/report", "Report"): lambda frame, request: ReportPage(frame, dict(request.query_params)).refresh,
        ("/feeds", "Feeds"): lambda frame, _: FeedsPage(frame).refresh,
        ("/policy", "Policy"): lambda frame, _: PolicyPage(frame).refresh,
    }
    for (path, title), build in builders.items():
        ui.page(path)(partial(_show, console, title, build))


async def _show(console: Console, title: str, build: Callable[[PageFrame, Request], Refresh], request: Request) -> None:
    frame = PageFrame(console, request, title)
    await frame.follow(build(frame, request))
