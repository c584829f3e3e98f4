"""`docketwatch alerts`: republishes open alerts after an alert topic was lost."""

import time
from pathlib import Path

import click

from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.options import POLICY, read_policy
from streams.cli.reference.command_group import CommandGroup
from streams.cli.state import DELIVERY, GROUP

__all__ = ["command"]


@click.group("alerts", cls=CommandGroup)
def command() -> None:
    """Republish alerts."""


@command.command("republish")
@GROUP
@DELIVERY
@BROKERS
@PREFIX
@POLICY
def _republish(
    group: str | None,
    delivery: str | None,
    brokers: str | None,
    prefix: str | None,
    policy_file: Path | None,
) -> None:
    """Republish every open alert of cases and officers from the workers' state.

    Use it after an alert topic was deleted, emptied or recreated. Ids, revisions and contents are the same; only
    observed_at differs. An officer alert of an earlier release gets the current policy and load, because that release
    did not keep them. Ended alerts are not republished. You can run the command again at any time; it overwrites
    records with equal ones.

    Stop the workers of the group first. The command refuses while one runs, because it could overwrite the end of an
    alert. It needs the workers' permissions and uses the transactional ids of their partitions: a worker that starts
    meanwhile fences it, or is fenced and restarted by its supervisor.
    """
    # imported late: the Kafka client is slow to import, and --help does not need it
    from streams.agents.republishing import republish
    from streams.agents.worker import topics_of
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.partition_count import with_partition_count
    from streams.kafka.client.settings import Settings

    settings = Settings.load(group=group, delivery=delivery, brokers=brokers, prefix=prefix, policy_file=policy_file)
    policy = read_policy(settings.policy_file)
    with AdminClient(settings) as admin:
        settings = with_partition_count(admin, settings)
        topics = admin.identities(topics_of(settings))
    done = run_loop(republish(settings, policy, topics, time.time_ns() // 1_000_000))
    for short, count in done.items():
        click.echo(f"{count:,} open alerts published to {settings.prefix}.{short}")
