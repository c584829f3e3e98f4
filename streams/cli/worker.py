"""`docketwatch worker`: runs one worker on the configured broker."""

from pathlib import Path
from typing import Final, cast

import click

from streams.cli.broker_options import BROKERS, LOG_FORMAT, PREFIX
from streams.cli.options import POLICY, read_policy
from streams.cli.reference.settings_help import WorkerCommand
from streams.logs import LogFormat, announce, log_to_stderr
from streams.process.interpreter_tuning import garbage_collector_off

__all__ = ["command"]

_MEANING: Final = {
    "transactional": "atomic; a partition's earlier owner is fenced",
    "ordered": "for one worker, without fencing; a crash repeats records",
}


@click.command("worker", cls=WorkerCommand)
@click.option(
    "--clock",
    type=click.Choice(["wall", "log"]),
    default="wall",
    show_default=True,
    help="wall: the clock also advances for a topic that is read to its end; log: only by events and clock records.",
)
@BROKERS
@PREFIX
@POLICY
@click.option(
    "--delivery",
    type=click.Choice(["transactional", "ordered"]),
    help="ordered: for the embedded broker, without transactions. Default: DOCKETWATCH_DELIVERY, else transactional.",
)
@click.option("--metrics-port", type=click.IntRange(0, 65_535), help="Port of /metrics; 0 is any free one.")
@LOG_FORMAT
@click.option("-v", "--verbose", is_flag=True, help="Also log the Kafka client.")
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

    Settings come from the environment (DOCKETWATCH_BROKERS, DOCKETWATCH_GROUP, ...). Exit code 70 means an unexpected
    failure: start the worker again, and it continues where it was.
    """
    with garbage_collector_off():  # as in `streams.cli.main`
        # imported late: the Kafka client is slow to import, and --help does not need it
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

    def print_ready() -> None:
        announce(
            f"ready: group {settings.group} on {settings.brokers}, delivery {settings.delivery} "
            f"({_MEANING[settings.delivery]}), clock {clock}, policy {policy.id} ({policy.hash}), "
            f"metrics {worker.metrics_url}",
            settings.log_format,
        )

    return worker.run(print_ready)
