"""`docketwatch state`: whether the state that workers keep belongs to the offsets of their group; mended where not."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import click

from schemas.ids import is_id
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.user import user_name
from streams.errors import UsageError

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings
    from streams.kafka.state.state_repair import StateRepair, Way

__all__ = ["DELIVERY", "GROUP", "command"]

_AGENT: Final = click.option("--agent", type=click.Choice(["cases", "officers"]), help="Of one agent only.")
_PARTITION: Final = click.option("--partition", type=click.IntRange(min=0), help="Of one partition number only.")
GROUP: Final = click.option("--group", help="The consumer group; DOCKETWATCH_GROUP or docketwatch when left out.")
DELIVERY: Final = click.option(
    "--delivery",
    type=click.Choice(["transactional", "ordered"]),
    help="As the workers'; DOCKETWATCH_DELIVERY or transactional when left out.",
)
_ACTOR: Final = click.option("--actor", help="Id of who does it, for the audit record; your user name when left out.")


def _options(*more: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((_AGENT, _PARTITION, *more, GROUP, DELIVERY, BROKERS, PREFIX)):
            function = option(function)
        return function

    return add


@click.group("state")
def command() -> None:
    """See whether the state of every partition belongs to the offsets of its group, and mend it where it does not.

    A worker refuses a state that does not (exit 70): it would raise alerts that are not true, or none. `check` may be
    run at any time. The others want all workers of the group stopped, do their work as the workers' user (they take the
    partitions' transactional ids, so a worker that is started meanwhile is fenced, or fences them), change only what is
    refused, and leave a record in the audit topic.
    """


@command.command("check")
@_options()
def _check(agent: str | None, partition: int | None, **where: str | None) -> int:
    """Name every state that a worker would refuse, and why. Exit code 1 when there is one."""
    repair, _ = _repair(where)
    found = run_loop(repair.look([agent] if agent else (), partition))
    unfit = [each.unfit.sentence for each in found if each.unfit is not None]
    for sentence in unfit:
        click.echo(sentence)
    click.echo(f"{len(found):,} states, {len(unfit):,} of them do not belong to what their group has committed")
    return 1 if unfit else 0


@command.command("rebuild")
@_options(
    _ACTOR,
    click.option("--accept-loss", is_flag=True, help="Also where the input no longer reaches back to its beginning."),
)
def _rebuild(
    agent: str | None, partition: int | None, actor: str | None, accept_loss: bool, **where: str | None
) -> int:
    """Throw away states that are refused, and have the input read again from its beginning.

    The alerts of these partitions are published again, in the same order and with the same ids and revisions, as far as
    the input still holds what they were raised from.
    """
    return _mend("rebuild", agent, partition, actor, where, accept_loss=accept_loss)


@command.command("resume")
@_options(
    _ACTOR,
    click.option("--from-group", help="Take over the states of this group; its workers must be stopped too."),
)
def _resume(
    agent: str | None, partition: int | None, actor: str | None, from_group: str | None, **where: str | None
) -> int:
    """Have the group go on where the state stands: its offsets expired, were deleted or set, and the state is whole.

    Nothing is lost and nothing is read twice. With --from-group also the states of another group become this group's.
    """
    return _mend("resume", agent, partition, actor, where, from_group=from_group)


@command.command("accept")
@_options(_ACTOR)
def _accept(agent: str | None, partition: int | None, actor: str | None, **where: str | None) -> int:
    """Have the state go on where the group stands, and accept the loss of what lies between them.

    Events that the state does not hold and that the group has read already are not read again: cases may be missing or
    out of date, and their alerts with them. An input topic that was made anew is read from its beginning. After
    `kafka-consumer-groups --reset-offsets` to an earlier offset nothing is lost: what is read a second time changes
    nothing.
    """
    return _mend("accept", agent, partition, actor, where)


def _mend(
    way: "Way",
    agent: str | None,
    partition: int | None,
    actor: str | None,
    where: dict[str, str | None],
    *,
    accept_loss: bool = False,
    from_group: str | None = None,
) -> int:
    who = user_name() if actor is None else actor
    if not is_id(who):
        raise UsageError(f"--actor {who!r} must be 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -")
    repair, settings = _repair(where)
    found = run_loop(repair.look([agent] if agent else (), partition))
    unfit = [each for each in found if each.unfit is not None]
    done = run_loop(
        repair.mend(
            way,
            unfit,
            actor=who,
            now=time.time_ns() // 1_000_000,
            accept_loss=accept_loss,
            from_group=from_group,
        )
    )
    for record in done:
        click.echo(f"{record.topic} partition {record.partition}: {record.action.replace('_', ' ')}")
    click.echo(f"{len(done):,} of {len(found):,} states of group {settings.group} were mended; audited as {who}")
    return 0


def _repair(where: dict[str, str | None]) -> "tuple[StateRepair, Settings]":
    # late: the Kafka client takes its time to import, and --help needs none of it
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
