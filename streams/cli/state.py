"""`docketwatch state`: checks whether the workers' state matches their committed offsets, and repairs it."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

from streams.cli.actor import ACTOR, actor_id
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.reference.command_group import CommandGroup

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings
    from streams.kafka.state.state_repair import RepairMode, StateRepair

__all__ = ["DELIVERY", "GROUP", "command"]

_AGENT: Final = click.option("--agent", type=click.Choice(["cases", "officers"]), help="Only the states of this agent.")
_PARTITION: Final = click.option(
    "--partition", type=click.IntRange(min=0), help="Only the states of this partition number."
)
GROUP: Final = click.option("--group", help="The consumer group. Default: DOCKETWATCH_GROUP, else docketwatch.")
DELIVERY: Final = click.option(
    "--delivery",
    type=click.Choice(["transactional", "ordered"]),
    help="The workers' delivery. Default: DOCKETWATCH_DELIVERY, else transactional.",
)


def _options(*more: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((_AGENT, _PARTITION, *more, GROUP, DELIVERY, BROKERS, PREFIX)):
            function = option(function)
        return function

    return add


@click.group("state", cls=CommandGroup)
def command() -> None:
    """Check whether the state of every partition matches the offsets of its group, and repair it.

    A worker refuses a state that does not match (exit code 70), because its alerts would be wrong or missing. You can
    run `check` at any time. For the other commands, stop all workers of the group. They need the workers' permissions
    and use the partitions' transactional ids, so a worker that starts meanwhile is fenced, or fences them. They change
    only refused states, and leave a record in the audit topic.
    """


@command.command("check")
@_options(click.option("--json", "as_json", is_flag=True, help="Print every state as a line of JSON."))
def _check(agent: str | None, partition: int | None, as_json: bool, **where: str | None) -> int:
    """Print every state that a worker would refuse, and why. Exit code 1 when there is such a state."""
    repair, _ = _repair(where)
    found = run_loop(repair.inspect([agent] if agent else (), partition))
    unfit = [each.unfit.sentence for each in found if each.unfit is not None]
    if as_json:
        for each in found:
            why = None if each.unfit is None else each.unfit.sentence
            click.echo(json.dumps({"agent": each.agent, "partition": each.number, "refused": why}))
        return 1 if unfit else 0
    for sentence in unfit:
        click.echo(sentence)
    click.echo(f"{len(found):,} states, {len(unfit):,} of them do not match the offsets that their group has committed")
    return 1 if unfit else 0


@command.command("rebuild")
@_options(
    ACTOR,
    click.option("--accept-loss", is_flag=True, help="Rebuild even if the input no longer goes back to its beginning."),
)
def _rebuild(
    agent: str | None, partition: int | None, actor: str | None, accept_loss: bool, **where: str | None
) -> int:
    """Discard refused states and read the input again from its beginning.

    The workers publish the alerts of these partitions again, in the same order and with the same ids and revisions, as
    far as the input still has their events.
    """
    return _repair_states("rebuild", agent, partition, actor, where, accept_loss=accept_loss)


@command.command("resume")
@_options(
    ACTOR,
    click.option("--from-group", help="Take over the states of this group; stop its workers too."),
)
def _resume(
    agent: str | None, partition: int | None, actor: str | None, from_group: str | None, **where: str | None
) -> int:
    """Set the group's offsets to those of the state: the offsets expired or were changed, and the state is complete.

    Nothing is lost or read twice. With --from-group the group also takes over the states of another group.
    """
    return _repair_states("resume", agent, partition, actor, where, from_group=from_group)


@command.command("accept")
@_options(ACTOR)
def _accept(agent: str | None, partition: int | None, actor: str | None, **where: str | None) -> int:
    """Keep the state and the group's offsets, and accept the loss of the events between them.

    Events that the group has read and the state lacks are not read again: cases may be missing or out of date, and
    their alerts with them. A recreated input topic is read from its beginning. After `kafka-consumer-groups
    --reset-offsets` to an earlier offset nothing is lost: events that are read a second time change nothing.
    """
    return _repair_states("accept", agent, partition, actor, where)


def _repair_states(
    mode: "RepairMode",
    agent: str | None,
    partition: int | None,
    actor: str | None,
    where: dict[str, str | None],
    *,
    accept_loss: bool = False,
    from_group: str | None = None,
) -> int:
    who = actor_id(actor)
    repair, settings = _repair(where)
    found = run_loop(repair.inspect([agent] if agent else (), partition))
    unfit = [each for each in found if each.unfit is not None]
    done = run_loop(
        repair.repair(
            mode,
            unfit,
            actor=who,
            now=time.time_ns() // 1_000_000,
            accept_loss=accept_loss,
            from_group=from_group,
        )
    )
    for record in done:
        click.echo(f"{record.topic} partition {record.partition}: {record.action.replace('_', ' ')}")
    click.echo(f"{len(done):,} of {len(found):,} states of group {settings.group} were repaired; audited as {who}")
    return 0


def _repair(where: dict[str, str | None]) -> "tuple[StateRepair, Settings]":
    # imported late: the Kafka client is slow to import, and --help does not need it
    from streams.agents.state_origins import histories
    from streams.agents.worker import topics_of
    from streams.kafka.client.admin import AdminClient
    from streams.kafka.client.partition_count import with_partition_count
    from streams.kafka.client.settings import Settings
    from streams.kafka.state.state_repair import StateRepair

    settings = Settings.load(**where)
    with AdminClient(settings) as admin:
        settings = with_partition_count(admin, settings)
        topics = admin.identities(topics_of(settings))
    return StateRepair(settings, histories(settings, topics)), settings
