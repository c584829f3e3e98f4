"""`docketwatch help`: prints what `--help` prints."""

import click

__all__ = ["command"]


@click.command("help")
@click.argument("words", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def command(ctx: click.Context, words: tuple[str, ...]) -> None:
    """Print the help of a command, as `docketwatch COMMAND --help` does, or the list of commands."""
    from streams.cli.main import docketwatch  # late: it imports this module

    docketwatch.main([*words, "--help"], prog_name=ctx.find_root().info_name, standalone_mode=False)
