"""`docketwatch topics`: creates the topics of the catalogue, and compares them with the broker."""

import json
from dataclasses import asdict

import click

from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.reference.command_group import CommandGroup
from streams.errors import UsageError

__all__ = ["command"]

_EMBEDDED = "note: the embedded broker keeps these settings but acts on none: it neither deletes nor compacts"


@click.group("topics", cls=CommandGroup)
def command() -> None:
    """Create the topics of the catalogue, or name every difference between it and the broker."""


@command.command("create")
@BROKERS
@PREFIX
@click.option("--partitions", type=click.IntRange(1, 10_000), help="Partitions of every topic except the audit topics.")
@click.option("--replication", type=click.IntRange(1, 32), help="Copies of every partition.")
def _create(brokers: str | None, prefix: str | None, partitions: int | None, replication: int | None) -> int:
    """Create the topics of the catalogue that are missing.

    A topic that exists stays as it is. The command names each difference. Exit code 1 when there is a difference;
    notes do not count.
    """
    # imported late: the Kafka client is slow to import, and --help does not need it
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.settings import Settings
    from streams.kafka.client.topics import check_topics, create_topics, wanted_topics

    settings = Settings.load(brokers=brokers, prefix=prefix, partitions=partitions, replication=replication)
    with AdminClient(settings) as admin:
        made = create_topics(admin, settings)
        differences = check_topics(admin, settings)
        there = len(wanted_topics(settings, admin.brokers)) - len(made)
    for name in made:
        click.echo(f"created {name}")
    click.echo(f"{len(made)} created, {there} there already, on {settings.brokers}")
    for difference in differences:
        click.echo(str(difference))
    return 1 if any(not each.is_note for each in differences) else 0


@command.command("check")
@BROKERS
@PREFIX
@click.option("--partitions", type=click.IntRange(1, 10_000), help="Partitions of every topic except the audit topics.")
@click.option("--replication", type=click.IntRange(1, 32), help="Copies of every partition.")
@click.option(
    "--downtime",
    metavar="SPAN",
    default="3d",
    show_default=True,
    help="How long workers may be down without losing an event; retention of topics and brokers must cover it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def _check(
    brokers: str | None,
    prefix: str | None,
    partitions: int | None,
    replication: int | None,
    downtime: str,
    as_json: bool,
) -> int:
    """Print every difference between the catalogue and the broker, and every setting that may lose history.

    Exit code 1 when there is a difference; notes do not count.
    """
    from streams.kafka.client.admin import AdminClient  # late, as above
    from streams.kafka.client.settings import Settings, to_span
    from streams.kafka.client.topics import check_topics, unknown_topics, wanted_topics

    try:
        span = to_span(downtime)
    except ValueError as error:
        raise UsageError(f"--downtime {downtime!r}: {error}") from error
    settings = Settings.load(brokers=brokers, prefix=prefix, partitions=partitions, replication=replication)
    with AdminClient(settings) as admin:
        differences = check_topics(admin, settings, span)
        unknown = unknown_topics(admin, settings)
        number = len(wanted_topics(settings, admin.brokers))
        is_embedded = admin.is_embedded
    is_as_wanted = all(each.is_note for each in differences)
    if as_json:
        document = {"topics": number, "differences": [asdict(each) for each in differences], "unknown": unknown}
        click.echo(json.dumps(document, indent=2))
        return 0 if is_as_wanted else 1
    for difference in differences:
        click.echo(str(difference))
    for name in unknown:
        click.echo(f"note: {name} is not in the catalogue")
    if is_embedded:
        click.echo(_EMBEDDED)
    if is_as_wanted:
        click.echo(f"{number} topics on {settings.brokers} are as the catalogue says")
        return 0
    return 1
