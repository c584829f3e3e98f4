"""`docketwatch worker`: one worker on the configured broker."""

from pathlib import Path
from typing import Final, cast

import click

from streams.cli.broker_options import BROKERS, LOG_FORMAT, PREFIX
from streams.cli.options import POLICY, read_policy
from streams.logs import LogFormat, announce, log_to_stderr

__all__ = ["command"]

_MEANING: Final = {
    "transactional": "all of a step or nothing; who had a partition before is fenced",
    "ordered": "for one worker, nobody is fenced; a crash repeats records",
}


@click.command("worker")
@click.option(
    "--clock",
    type=click.Choice(["wall", "log"]),
    default="wall",
    show_default=True,
    help="wall: time passes for a topic that is read to its end; log: only events and clock records move it.",
)
@BROKERS
@PREFIX
@POLICY
@click.option(
    "--delivery",
    type=click.Choice(["transactional", "ordered"]),
    help="ordered is for the embedded broker, which has no transactions; DOCKETWATCH_DELIVERY or transactional.",
)
@click.option("--metrics-port", type=click.IntRange(0, 65_535), help="Port of /metrics; 0 is any free one.")
@LOG_FORMAT
@click.option("-v", "--verbose", is_flag=True, help="Log what the Kafka client does, too.")
def command(
    clock: str,
    brokers: str | None,
    prefix: str | None,
    policy_file: Path | None,
    delivery: str | None,
    metrics_port: int | None,
    log_format: LogFormat | None,
    verbose: bool,
) -> int:
    """Read case and officer events, keep state, publish alerts and loads until Ctrl-C.

    Settings come from the environment (DOCKETWATCH_BROKERS, DOCKETWATCH_GROUP, ...). Exit code 70: something unexpected
    happened; start it again, it goes on where it was.
    """
    # late: the Kafka client takes its time to import, and --help needs none of it
    from streams.agents.worker import Clock, Worker, topics_of
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.partition_count import with_partition_count
    from streams.kafka.client.settings import Settings
    from streams.kafka.client.topics import refuse_obstacles

    settings = Settings.load(
        brokers=brokers,
        prefix=prefix,
        metrics_port=metrics_port,
        policy_file=policy_file,
        delivery=delivery,
        log_format=log_format,
    )
    log_to_stderr(settings.log_format, verbose=verbose)
    policy = read_policy(settings.policy_file)
    with AdminClient(settings) as admin:
        settings = with_partition_count(admin, settings)
        refuse_obstacles(admin, settings, topics_of(settings))
        topics = admin.identities(topics_of(settings))
    worker = Worker(settings, policy, cast(Clock, clock), topics)

    def say_ready() -> None:
        announce(
            f"ready: group {settings.group} on {settings.brokers}, delivery {settings.delivery} "
            f"({_MEANING[settings.delivery]}), clock {clock}, policy {policy.id} ({policy.hash}), "
            f"metrics {worker.metrics_url}",
            settings.log_format,
        )

    return worker.run(say_ready)
