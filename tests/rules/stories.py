"""For every alert, a story in which it fires and one in which it almost does; series in promtool's form, by minute."""

from typing import Final

from tests.rules.console_stories import CONSOLE_STORIES
from tests.rules.docket_stories import DOCKET_STORIES
from tests.rules.own_stories import OWN_STORIES

__all__ = ["STORIES"]

STORIES: Final = (*DOCKET_STORIES, *OWN_STORIES, *CONSOLE_STORIES)
