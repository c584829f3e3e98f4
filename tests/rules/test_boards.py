"""The dashboards: questions with units and explanations, stable addresses, the policy's thresholds, valid links."""

import json
from typing import Any

import pytest

from schemas.policy import load_policy
from streams.monitoring.boards import boards
from streams.monitoring.boards.panels import DashboardSpec, Panel
from tests.rules.test_rules import ALERTS
from tests.rules.tools import DEPLOY

BOARDS = boards(load_policy(None))
PANELS = [(board, panel) for board in BOARDS for panel in board.panels]


def committed(board: DashboardSpec) -> dict[str, Any]:
    """Return a board as Grafana reads it."""
    found: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboards" / f"{board.file}.json").read_text())
    return found


class TestBoards:
    def test_their_uids_never_change(self) -> None:
        """Links, bookmarks and runbooks use them."""
        assert {board.title: committed(board)["uid"] for board in BOARDS} == {
            "Docket overview": "docketwatch-overview",
            "Officers and workload": "docketwatch-officers",
            "Lost track by cause": "docketwatch-lost-track",
            "Pipeline health": "docketwatch-pipeline",
        }

    @pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.file)
    def test_each_uses_the_chosen_datasource(self, board: DashboardSpec) -> None:
        """No datasource has a fixed name."""
        made = committed(board)
        assert made["templating"]["list"][0]["type"] == "datasource"
        for panel in made["panels"]:
            assert panel["datasource"]["uid"] == "${datasource}"
            assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}

    @pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.file)
    def test_each_has_links(self, board: DashboardSpec) -> None:
        """The links lead to the other boards, the console and the runbooks."""
        links = {link["title"]: link["url"] for link in committed(board)["links"]}
        others = {other.title for other in BOARDS if other is not board}

        assert set(links) == {*others, "Console", "Runbooks"}
        for other in BOARDS:
            assert other is board or links[other.title] == f"/d/{other.uid}"

    @pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.file)
    def test_each_marks_restarts_and_policy_changes(self, board: DashboardSpec) -> None:
        """What changed at an instant is seen on every chart, and one cursor is on all of them."""
        made = committed(board)
        marked = {each["name"]: each for each in made["annotations"]["list"]}
        assert {"Restarts", "Policy changes"} == set(marked)
        assert all(each["enable"] and each["datasource"]["uid"] == "${datasource}" for each in marked.values())
        assert 1 == made["graphTooltip"]

    @pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.file)
    def test_panels_fill_rows_and_overlap_nowhere(self, board: DashboardSpec) -> None:
        """A column of 1280 px is 50 px wide: a number needs four columns, a chart eight."""
        taken: set[tuple[int, int]] = set()
        for panel in committed(board)["panels"]:
            position = panel["gridPos"]
            cells = {
                (position["x"] + dx, position["y"] + dy) for dx in range(position["w"]) for dy in range(position["h"])
            }  # fmt: skip
            assert not cells & taken, panel["title"]
            taken |= cells
            assert position["w"] >= (4 if panel["type"] == "stat" else 8), panel["title"]
        width, height = max(x for x, _ in taken) + 1, max(y for _, y in taken) + 1
        assert (width, len(taken)) == (24, 24 * height)

    @pytest.mark.parametrize(("board", "panel"), PANELS, ids=[panel.question for _, panel in PANELS])
    def test_a_panel_asks_a_question_and_explains_its_answer(self, board: DashboardSpec, panel: Panel) -> None:
        """It has a unit, thresholds, and a runbook if there is an alert of it."""
        made = next(one for one in committed(board)["panels"] if one["title"] == panel.question)

        assert panel.question.endswith("?")
        assert len(made["description"].split()) >= 3 or panel.about.endswith(".")
        assert made["fieldConfig"]["defaults"]["unit"]
        assert made["fieldConfig"]["defaults"]["thresholds"]["steps"][0]["value"] is None
        assert not panel.runbook or panel.runbook in ALERTS
        assert [link["url"].rpartition("/")[2] for link in made.get("links") or []] == [
            f"{panel.runbook}.md" for _ in [0] if panel.runbook
        ]

    def test_thresholds_are_the_policys(self) -> None:
        """A policy with another threshold makes another dashboard."""
        policy = load_policy(None)
        load = policy.load.model_copy(
            update={"minutes_per_month": policy.load.minutes_per_month.model_copy(update={"low": 77})}
        )
        other = boards(policy.model_copy(update={"load": load}))[0]
        panel = next(one for one in other.panels if one.question.startswith("How much time per case"))

        assert [value for value, _ in panel.marks] == [None, 600, 77 * 60]
