"""Every number of a command is finite and in its range; an invalid one is refused by name."""

from collections.abc import Iterator
from importlib import import_module

import click
import pytest

from streams.cli.main import _COMMANDS
from streams.cli.options import Speed

NO_NUMBERS = ["nan", "NAN", "inf", "-inf", "infinity", "1e400", "-1e400", "", "x"]


def options(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, click.Option]]:
    """Return every option of a command and of its subcommands."""
    if isinstance(command, click.Group):
        for name, inner in command.commands.items():
            yield from options(inner, (*words, name))
    for param in command.params:
        if isinstance(param, click.Option):
            yield " ".join((*words, max(param.opts, key=len))), param


def every_option() -> dict[str, click.Option]:
    found: dict[str, click.Option] = {}
    for name in sorted(_COMMANDS):
        command = import_module(f"streams.cli.{name.replace('-', '_')}").command
        found.update(options(command, (name,)))
    return found


EVERY = every_option()
FRACTIONS = [name for name, option in EVERY.items() if isinstance(option.type, click.types.FloatParamType)]
WHOLE = [name for name, option in EVERY.items() if isinstance(option.type, click.types.IntParamType)]


class TestEveryOption:
    def test_options_are_found(self) -> None:
        """The search finds the known ones."""
        assert {"replay --rate", "generate --late", "load-test --seconds"} <= set(FRACTIONS)
        assert {"verify --workers", "generate --cases", "topics create --partitions"} <= set(WHOLE)

    @pytest.mark.parametrize("name", FRACTIONS)
    @pytest.mark.parametrize("text", NO_NUMBERS)
    def test_a_fraction_is_finite(self, name: str, text: str) -> None:
        """The option refuses nan, which passes any comparison, and numbers too large for a float."""
        with pytest.raises(click.BadParameter):
            EVERY[name].type.convert(text, EVERY[name], None)

    @pytest.mark.parametrize("name", [name for name in (*FRACTIONS, *WHOLE) if not name.endswith("--seed")])
    def test_it_has_a_minimum(self, name: str) -> None:
        """No number except a seed may be negative."""
        with pytest.raises(click.BadParameter, match="range"):
            EVERY[name].type.convert("-100", EVERY[name], None)


class TestSpeed:
    @pytest.mark.parametrize("text", ["9" * 400 + "x", "0x", "0.0x", "nanx", "infx", "-1x", "1e9x", "60", "x", "٣x"])
    def test_an_invalid_speed(self, text: str) -> None:
        """The error says what would be valid."""
        with pytest.raises(click.BadParameter, match=r"must be a multiple of real time such as 60x or 0\.5x, or max"):
            Speed().convert(text, None, None)

    @pytest.mark.parametrize(("text", "speed"), [("60x", 60.0), ("0.5x", 0.5), ("max", None)])
    def test_a_valid_speed(self, text: str, speed: float | None) -> None:
        """It is log seconds per second, or none for the highest speed."""
        assert speed == Speed().convert(text, None, None)
