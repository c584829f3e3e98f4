"""A group of commands: it names the nearest command for one that does not exist, and ends each help with an example."""

from difflib import get_close_matches
from typing import Final

import click

from streams.cli.reference.examples import EXAMPLES

__all__ = ["CommandGroup"]

_LIKENESS: Final = 0.6
_PROGRAM: Final = "docketwatch"


class CommandGroup(click.Group):
    """A group whose commands have examples; `docketwatch` itself, or a group below it."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command of the first argument.

        Raises:
            click.UsageError: There is none; the text names the nearest ones.
        """
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = get_close_matches(name, self.list_commands(ctx), n=3, cutoff=_LIKENESS)
            meant = f" Did you mean {' or '.join(near)}?" if near else ""
            ctx.fail(f"No such command {name!r}.{meant}")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command, its help with its example."""
        command = self.load_command(ctx, cmd_name)
        if command is not None:
            words = cmd_name if self.name == _PROGRAM else f"{self.name} {cmd_name}"
            examples = EXAMPLES.get(words, ())
            if examples:
                title = "Example:" if len(examples) == 1 else "Examples:"
                command.epilog = "\n".join(("\b", title, *(f"  {line}" for line in examples)))
        return command

    def load_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command as it is declared; None when there is none of that name."""
        return super().get_command(ctx, cmd_name)
