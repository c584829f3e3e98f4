"""Every number that a command takes is finite and in its range; what is not is refused by name."""

from collections.abc import Iterator
from importlib import import_module

import click
import pytest

from streams.cli.main import _COMMANDS
from streams.cli.options import Speed

NO_NUMBERS = ["nan", "NAN", "inf", "-inf", "infinity", "1e400", "-1e400", "", "x"]


def options(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[str, click.Option]]:
    """Every option of a command and of its subcommands."""
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
    def test_there_are_some(self) -> None:
        """The search finds them."""
        assert {"replay --rate", "generate --late", "load-test --seconds"} <= set(FRACTIONS)
        assert {"verify --workers", "generate --cases", "topics create --partitions"} <= set(WHOLE)

    @pytest.mark.parametrize("name", FRACTIONS)
    @pytest.mark.parametrize("text", NO_NUMBERS)
    def test_a_fraction_is_finite(self, name: str, text: str) -> None:
        """Neither nan, which lies in every range, nor more than a float can hold."""
        with pytest.raises(click.BadParameter):
            EVERY[name].type.convert(text, EVERY[name], None)

    @pytest.mark.parametrize("name", [name for name in (*FRACTIONS, *WHOLE) if not name.endswith("--seed")])
    def test_it_has_a_least(self, name: str) -> None:
        """No number but a seed may be less than nothing."""
        with pytest.raises(click.BadParameter, match="range"):
            EVERY[name].type.convert("-100", EVERY[name], None)


class TestSpeed:
    @pytest.mark.parametrize("text", ["9" * 400 + "x", "0x", "0.0x", "nanx", "infx", "-1x", "1e9x", "60", "x", "٣x"])
    def test_what_is_none(self, text: str) -> None:
        """What would be right is said."""
        with pytest.raises(click.BadParameter, match=r"must be a multiple of real time such as 60x or 0\.5x, or max"):
            Speed().convert(text, None, None)

    @pytest.mark.parametrize(("text", "speed"), [("60x", 60.0), ("0.5x", 0.5), ("max", None)])
    def test_what_is_one(self, text: str, speed: float | None) -> None:
        """Log seconds a second; none for as fast as it goes."""
        assert speed == Speed().convert(text, None, None)
