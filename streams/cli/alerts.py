"""`docketwatch alerts`: alerts published again, for a topic that was lost."""

import time
from pathlib import Path

import click

from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.options import POLICY, read_policy
from streams.cli.state import DELIVERY, GROUP

__all__ = ["command"]


@click.group("alerts")
def command() -> None:
    """Publish alerts again."""


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
    """Publish every alert that stands, of cases and of officers, again from the state that the workers keep.

    For an alert topic that was deleted, emptied or made anew: same ids, same revisions, same contents but observed_at.
    Of an officer alert that a release before this one published, the policy and the load are those of now: it did not
    keep them. Ended alerts do not come again. It may be run again at any time; what is on the topic already is written
    over by the same.

    Stop the workers of the group first: it refuses while one runs, for beside a worker it could write an alert that
    stands over its end. It works as the workers' user and takes the transactional ids of their partitions: a worker
    that is started meanwhile fences it, or is fenced and started again by its supervisor.
    """
    # late: the Kafka client takes its time to import, and --help needs none of it
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
        click.echo(f"{count:,} alerts that stand published to {settings.prefix}.{short}")
