"""For every alert, a story that makes it fire and one that nearly does; series as promtool writes them, by minute."""

from typing import Final

from tests.rules.console_stories import CONSOLE_STORIES
from tests.rules.docket_stories import DOCKET_STORIES
from tests.rules.own_stories import OWN_STORIES

__all__ = ["STORIES"]

STORIES: Final = (*DOCKET_STORIES, *OWN_STORIES, *CONSOLE_STORIES)
