"""The Faust app of a worker: how its agents and tasks are declared."""

import asyncio
from typing import Any

import venusian

from streams.kafka.client.settings import Settings
from streams.kafka.consumer.faust_app import add_agent, add_task, make_app


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


class TestTask:
    def test_it_starts_with_the_app(self) -> None:
        """Faust starts what is in its list."""
        app = make_app(Settings(prefix="docket", partitions=2), [["docket.cases"]])
        ran = []

        async def run() -> None:
            ran.append(app)

        async def start() -> None:
            await app.on_started_init_extra_tasks()
            while not ran:
                await asyncio.sleep(0)

        add_task(app, run)
        asyncio.run(start())
        assert ran == [app]

    def test_its_place_in_the_source_is_not_looked_for(self) -> None:
        """As that of an agent."""
        app = make_app(Settings(prefix="docket", partitions=2), [["docket.cases"]])

        async def run() -> None:
            """Do nothing."""

        add_task(app, run)
        assert not hasattr(run, venusian.ATTACH_ATTR)
