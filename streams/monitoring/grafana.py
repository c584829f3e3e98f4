"""Dashboards as Grafana's JSON, made with its foundation SDK, and the provisioning files."""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final

from grafana_foundation_sdk.builders import bargauge, common, dashboard, prometheus, stat, table, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    BarGaugeDisplayMode,
    BarGaugeNamePlacement,
    BigValueColorMode,
    BigValueGraphMode,
    LegendDisplayMode,
    LegendPlacement,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardCursorSync,
    DashboardLinkType,
    DataSourceRef,
    DataTransformerConfig,
    DynamicConfigValue,
    FieldColorModeId,
    GridPos,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from streams.monitoring.boards.panels import HERE, NEUTRAL, POOR, DashboardSpec, Marks, Panel
from streams.monitoring.rules.rule_files import as_yaml

__all__ = ["EVENTS", "as_json", "places", "provisioning"]

_DATASOURCE: Final = DataSourceRef(type_val="prometheus", uid="${datasource}")
_WIDTH: Final = 24
_WORKERS_BY_POLICY: Final = f"count by (policy) (docketwatch_worker_info{{{HERE}}}"
EVENTS: Final = (
    ("Restarts", f"changes(process_start_time_seconds{{{HERE}}}[1m]) > 0", NEUTRAL),
    ("Policy changes", f"{_WORKERS_BY_POLICY}) unless {_WORKERS_BY_POLICY} offset 2m)", POOR),
)
"""What every board marks on its charts: title, PromQL, color. A policy is marked for two minutes from its start on."""


def as_json(board: DashboardSpec, others: Sequence[DashboardSpec], *, runbooks: str, console: str) -> str:
    """A dashboard as Grafana reads it.

    Args:
        board: The dashboard.
        others: All dashboards, for the links between them.
        runbooks: The folder with a page for each alert.
        console: The console of docketwatch.
    """
    made = (
        dashboard.Dashboard(board.title)
        .uid(board.uid)
        .description(board.question)
        .tags(["docketwatch"])
        .readonly()
        .timezone("browser")
        .refresh("30s")
        .time("now-24h", "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("datasource").label("Prometheus").type("prometheus"))
        .with_variable(_variable("job", "label_values(docketwatch_worker_info, job)"))
    )
    if board.by_office:
        made.with_variable(_variable("office", "label_values(docketwatch_office_officers_at_work, office)"))
    for title, expr, color in EVENTS:
        made.annotation(_annotation(title, expr, color))
    for other in others:
        if other is not board:
            made.link(_link(other.title, f"/d/{other.uid}", keeps=True))
    made.link(_link("Console", console)).link(_link("Runbooks", f"{runbooks}/README.md"))
    for place, panel in zip(places(board.panels), board.panels, strict=True):
        made.with_panel(_panel(panel, place, runbooks))
    text = JSONEncoder(sort_keys=True, indent=2).encode(made.build())
    return json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def provisioning() -> dict[str, str]:
    """Grafana's provisioning files for Prometheus and the dashboards, by path below its folder."""
    source = {
        "name": "Prometheus",
        "type": "prometheus",
        "access": "proxy",
        "url": "http://prometheus:9090",
        "isDefault": True,
    }
    provider = {
        "name": "docketwatch",
        "folder": "docketwatch",
        "type": "file",
        "allowUiUpdates": False,
        "options": {"path": "/var/lib/grafana/dashboards"},
    }
    return {
        "provisioning/datasources/prometheus.yaml": as_yaml({"apiVersion": 1, "datasources": [source]}),
        "provisioning/dashboards/docketwatch.yaml": as_yaml({"apiVersion": 1, "providers": [provider]}),
    }


def _annotation(title: str, expr: str, color: str) -> dashboard.AnnotationQuery:
    made = dashboard.AnnotationQuery().name(title).datasource(_DATASOURCE).expr(expr)
    return made.enable(True).icon_color(color)


def _variable(name: str, query: str) -> dashboard.QueryVariable:
    return (
        dashboard.QueryVariable(name)
        .label(name)
        .query(query)
        .datasource(_DATASOURCE)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
        .include_all(True)
        .all_value(".*")
        .multi(True)
    )


def _link(title: str, url: str, *, keeps: bool = False) -> dashboard.DashboardLink:
    link = dashboard.DashboardLink(title).type(DashboardLinkType.LINK).url(url).target_blank(not keeps)
    return link.keep_time(keeps).include_vars(keeps)


def places(panels: Sequence[Panel]) -> list[GridPos]:
    """Positions from left to right; a full row starts a new one."""
    places, x, y, tallest = [], 0, 0, 0
    for panel in panels:
        if x + panel.width > _WIDTH:
            x, y, tallest = 0, y + tallest, 0
        places.append(GridPos(h=panel.height, w=panel.width, x=x, y=y))
        x, tallest = x + panel.width, max(tallest, panel.height)
    return places


def _panel(panel: Panel, place: GridPos, runbooks: str) -> Any:  # noqa: ANN401  # four builders with no common type
    kinds: dict[str, Callable[[Panel], Any]] = {"stat": _stat, "lines": _lines, "bars": _bars, "table": _table}
    made = kinds[panel.kind](panel)
    made.title(panel.question).description(panel.about).datasource(_DATASOURCE).grid_pos(place).unit(panel.unit)
    made.thresholds(_thresholds(panel.marks))
    if panel.decimals is not None:
        made.decimals(panel.decimals)
    if panel.runbook:
        link = dashboard.DashboardLink("Runbook").type(DashboardLinkType.LINK)
        made.links([link.url(f"{runbooks}/{panel.runbook}.md").target_blank(True)])
    for number, query in enumerate(panel.queries):
        made.with_target(_target(panel, query.expr, query.legend, chr(ord("A") + number)))
    return made


def _target(panel: Panel, expr: str, legend: str, ref: str) -> prometheus.Dataquery:
    target = prometheus.Dataquery().expr(expr).legend_format(legend).ref_id(ref).datasource(_DATASOURCE)
    if panel.kind == "lines":
        return target.range()
    if panel.kind == "table":
        return target.instant().format(PromQueryFormat.TABLE)
    return target.instant()


def _thresholds(marks: Marks) -> dashboard.ThresholdsConfig:
    steps = [Threshold(value=value, color=color) for value, color in marks]
    return dashboard.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)


def _by_threshold() -> dashboard.FieldColor:
    return dashboard.FieldColor().mode(FieldColorModeId.THRESHOLDS)


def _last() -> common.ReduceDataOptions:
    return common.ReduceDataOptions().calcs(["lastNotNull"])


def _stat(_: Panel) -> stat.Panel:
    made = stat.Panel().color_mode(BigValueColorMode.VALUE).graph_mode(BigValueGraphMode.NONE)
    return made.color_scheme(_by_threshold()).reduce_options(_last())


def _bars(_: Panel) -> bargauge.Panel:
    made = bargauge.Panel().orientation(VizOrientation.HORIZONTAL).display_mode(BarGaugeDisplayMode.BASIC)
    made.name_placement(BarGaugeNamePlacement.LEFT)
    return made.color_scheme(_by_threshold()).reduce_options(_last()).min(0)


def _lines(_: Panel) -> timeseries.Panel:
    legend = common.VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    tooltip = common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)
    made = timeseries.Panel().line_width(2).fill_opacity(0).show_points(VisibilityMode.NEVER)
    return made.legend(legend.show_legend(True)).tooltip(tooltip).axis_soft_min(0)


def _table(panel: Panel) -> table.Panel:
    letters = [chr(ord("A") + number) for number in range(len(panel.queries))]
    names = {f"Value #{letter}": query.legend for letter, query in zip(letters, panel.queries, strict=True)}
    order = {name: place for place, name in enumerate([panel.row_label, *names])}
    made = table.Panel().with_transformation(DataTransformerConfig(id_val="merge", options={}))
    made.with_transformation(
        DataTransformerConfig(
            id_val="organize",
            options={"excludeByName": {"Time": True}, "indexByName": order, "renameByName": names},
        )
    )
    for query in panel.queries:
        special = {"unit": query.unit or None, "decimals": query.decimals}
        values = [DynamicConfigValue(id_val=name, value=each) for name, each in special.items() if each is not None]
        if values:
            made.override_by_name(query.legend, values)
    coloured = next((query.legend for query in panel.queries if query.unit == "percentunit"), None)
    if coloured is not None and len(panel.marks) > 1:
        color = DynamicConfigValue(id_val="color", value={"mode": "thresholds"})
        cell = DynamicConfigValue(id_val="custom.cellOptions", value={"type": "color-text"})
        made.override_by_name(coloured, [color, cell])
    return made
