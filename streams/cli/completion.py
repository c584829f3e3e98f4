"""`docketwatch completion`: prints the script that completes commands, options and files in a shell."""

import click
from click.shell_completion import get_completion_class

__all__ = ["command"]


@click.command("completion")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(shell: str) -> None:
    """Print the completion script of a shell: for bash, add `eval "$(docketwatch completion bash)"` to ~/.bashrc."""
    from streams.cli.main import docketwatch  # late: it imports this module

    found = get_completion_class(shell)
    assert found is not None, shell
    click.echo(found(docketwatch, {}, "docketwatch", "_DOCKETWATCH_COMPLETE").source())
