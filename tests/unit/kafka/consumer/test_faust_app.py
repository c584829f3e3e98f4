"""The Faust app of a worker: how its agents are declared."""

from typing import Any

import venusian

from streams.kafka.client.settings import Settings
from streams.kafka.consumer.faust_app import add_agent, make_app


async def read(stream: Any) -> None:  # Faust's own
    """Read nothing of it."""


class TestAgent:
    def test_it_is_one_of_the_app(self) -> None:
        """Faust starts it, and its topics are read."""
        app = make_app(Settings(prefix="docket", partitions=2), [["docket.cases"]])
        add_agent(app, "cases", ["docket.cases", "docket.hearings"], read)

        assert {name: agent.channel.topics for name, agent in app.agents.items()} == {
            "cases": ("docket.cases", "docket.hearings")
        }

    def test_an_error_of_it_reaches_the_app(self) -> None:
        """As that of an agent that `app.agent` declares: without a handler Faust would only log it."""
        app = make_app(Settings(prefix="docket", partitions=2), [["docket.cases"]])
        add_agent(app, "cases", ["docket.cases"], read)

        assert app.agents["cases"]._on_error == app._on_agent_error

    def test_its_place_in_the_source_is_not_looked_for(self) -> None:
        """Venusian asks for the file of every module that is imported, once an agent."""
        app = make_app(Settings(prefix="docket", partitions=2), [["docket.cases"]])
        add_agent(app, "cases", ["docket.cases"], read)

        assert not hasattr(app.agents["cases"], venusian.ATTACH_ATTR)
