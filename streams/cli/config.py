"""`docketwatch config`: prints the settings in effect and the source of each."""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from streams.cli.broker_options import BROKERS, LOG_FORMAT, PREFIX
from streams.cli.options import POLICY

if TYPE_CHECKING:
    from streams.cli.reference.effective_settings import Setting

__all__ = ["command"]

_OF_TESTS: Final = ("REQUIRE_KAFKA", "REQUIRE_BROWSER", "KAFKA_LIB", "EFFORT", "FUZZ")


@click.command("config")
@BROKERS
@PREFIX
@POLICY
@click.option("--metrics-port", type=click.IntRange(0, 65_535), help="Port of /metrics; 0 is any free one.")
@LOG_FORMAT
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--reference", is_flag=True, help="Print what each setting does, its default and its values instead.")
def command(
    brokers: str | None,
    prefix: str | None,
    policy_file: Path | None,
    metrics_port: int | None,
    log_format: str | None,
    as_json: bool,
    reference: bool,
) -> int:
    """Print the settings in effect: each variable, its value, and its source (flag, environment or default).

    It accepts the flags of `docketwatch worker`. Secrets are masked; for a file with a secret it prints the path, never
    the contents. It prints the console's settings when one of them is set. Exit code 1 when a DOCKETWATCH_ variable is
    set that docketwatch does not know.
    """
    # late: the settings take their time to import, and --help needs none of it
    from streams.cli.reference.effective_settings import MASKED, Setting, effective_settings, unknown_variables
    from streams.kafka.client.settings import ENV_PREFIX, Settings
    from streams.sources.pseudonym_key import KEY_FILE_VARIABLE, KEY_VARIABLE
    from streams.web.settings import ConsoleSettings

    if reference:
        _print_reference(as_json=as_json)
        return 0
    flags = {
        "brokers": brokers,
        "prefix": prefix,
        "policy_file": policy_file,
        "metrics_port": metrics_port,
        "log_format": log_format,
    }
    given = [name for name, value in flags.items() if value is not None]
    found = effective_settings(Settings.load(**flags), os.environ, given)
    console_prefix = ConsoleSettings.model_config["env_prefix"]
    console = [f"{console_prefix}{field}".upper() for field in ConsoleSettings.model_fields]
    if any(name.upper() in console for name in os.environ):
        found += effective_settings(ConsoleSettings.load(), os.environ)
    if KEY_VARIABLE in os.environ:
        found.append(Setting(KEY_VARIABLE, MASKED, "environment"))
    if KEY_FILE_VARIABLE in os.environ:
        found.append(Setting(KEY_FILE_VARIABLE, os.environ[KEY_FILE_VARIABLE], "environment"))
    others = [KEY_VARIABLE, KEY_FILE_VARIABLE, *(f"{ENV_PREFIX}{name}" for name in _OF_TESTS)]
    unknown = unknown_variables(os.environ, ENV_PREFIX, [*(each.name for each in found), *console, *others])
    if as_json:
        document = {"settings": [asdict(each) for each in found], "unknown": [asdict(each) for each in unknown]}
        click.echo(json.dumps(document, indent=2))
    else:
        _print(found)
    for each in unknown:
        meant = f": did you mean {each.meant}?" if each.meant else ""
        click.echo(f"{each.name} is set but unknown{meant}", err=True)
    return 1 if unknown else 0


def _print_reference(*, as_json: bool) -> None:
    from streams.cli.reference.settings_reference import MODELS, entries, write_settings  # late, as above

    if as_json:
        rows = [each._asdict() for model in MODELS.values() for each in entries(model)]
        click.echo(json.dumps({"settings": rows}, indent=2))
        return
    formatter = click.HelpFormatter(width=min(120, shutil.get_terminal_size().columns))
    for model in MODELS.values():
        write_settings(formatter, model)
    click.echo(formatter.getvalue().strip())


def _print(settings: "list[Setting]") -> None:
    names = max(len(each.name) for each in settings)
    values = max(len(_cell(each)) for each in settings)
    for each in settings:
        click.echo(f"{each.name:<{names}}  {_cell(each):<{values}}  {each.origin}")


def _cell(setting: "Setting") -> str:
    return "-" if setting.value in (None, "") else str(setting.value)
