"""What a command needs to read the state that workers keep on the broker: their topics and their policy."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from schemas.policy import PACKAGED
from streams.cli.options import read_policy
from streams.core.policy.rules import Rules, policy_name
from streams.errors import UsageError

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings

__all__ = ["rules_of_workers", "workers_settings"]


def workers_settings(brokers: str | None, prefix: str | None, only: Iterable[str] | None = None) -> "Settings":
    """The settings with the number of partitions that the topics have.

    Args:
        brokers: Addresses of the cluster; the environment's when None.
        prefix: First part of every topic's name, likewise.
        only: The topics that are read, without prefix; all of the catalogue when left out.

    Raises:
        BrokerError: The broker cannot be reached, or lacks a topic.
    """
    # imported late: the Kafka client is slow to import, and files do not need it
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.partition_count import with_partition_count
    from streams.kafka.client.settings import Settings

    settings = Settings.load(brokers=brokers, prefix=prefix)
    with AdminClient(settings) as admin:
        return with_partition_count(admin, settings, only)


def rules_of_workers(what: str, judged_as: str, policy_file: Path | None) -> Rules:
    """The policy of the workers: the given one, else a packaged one.

    Args:
        what: What they judged, for the error's sentence.
        judged_as: The policy that judged it, as `Rules.judged_as` writes it.
        policy_file: The file of a policy.

    Raises:
        UsageError: It is none of these; the state has only its name and hash.
    """
    for path in (policy_file,) if policy_file is not None else map(Path, PACKAGED):
        rules = Rules(read_policy(path))
        if rules.has_judged(judged_as):
            return rules
    ours = Rules(read_policy(policy_file)).policy_name
    raise UsageError(
        f"the workers judged {what} by {policy_name(judged_as)}, not by {ours}: "
        "name the file of theirs with --policy, or this would explain what they did not decide"
    )
