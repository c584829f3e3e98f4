"""Who may do what at the broker: one role for each kind of process, with the least that it needs."""

from typing import Final, Literal, NamedTuple

from schemas.topics import DEFAULT_PREFIX, input_topics, topic

__all__ = ["DEFAULT_GROUP", "Grant", "Operation", "Resource", "Role", "roles"]

DEFAULT_GROUP: Final = "docketwatch"

Operation = Literal["Create", "DescribeConfigs", "Describe", "Read", "Write"]
Resource = Literal["group", "topic", "transactionalId"]

_CHANGELOGS: Final = ("case-state", "officer-state")
_PUBLISHED: Final = ("lost-track-alerts", "officer-load", "officer-alerts")


class Grant(NamedTuple):
    """Something that a role may do.

    Attributes:
        resource: Kind of what it may be done to.
        name: Its name, or the first part of it.
        operations: What may be done; each but Create and DescribeConfigs brings Describe with it.
        is_prefix: Whether all that begin so are meant.
    """

    resource: Resource
    name: str
    operations: tuple[Operation, ...]
    is_prefix: bool = False


class Role(NamedTuple):
    """One kind of process.

    Attributes:
        name: As a user of the broker.
        purpose: Who has it, in one sentence.
        grants: All that it may do.
    """

    name: str
    purpose: str
    grants: tuple[Grant, ...]


def roles(prefix: str = DEFAULT_PREFIX, group: str = DEFAULT_GROUP) -> tuple[Role, ...]:
    """Every role.

    Args:
        prefix: First part of every topic's name.
        group: The workers' consumer group, and first part of their transactional ids and of every role's name.
    """

    def topics(operations: tuple[Operation, ...], *shorts: str) -> tuple[Grant, ...]:
        return tuple(Grant("topic", topic(short, prefix).name, operations) for short in shorts)

    inputs = tuple(entry.short for entry in input_topics(prefix))
    kept = ("load-partials", *_CHANGELOGS)
    return (
        Role(
            f"{group}-worker",
            "`docketwatch worker`: reads events, keeps state, publishes alerts and loads.",
            (
                *topics(("Read",), *inputs),
                *topics(("Read", "Write"), *kept, "audit"),
                *topics(("Write",), *_PUBLISHED, "office-partials", "restricted-alerts", "dead-letters"),
                Grant("group", group, ("Read",)),
                *(Grant("transactionalId", f"{group}-{short}-", ("Write",), is_prefix=True) for short in _CHANGELOGS),
            ),
        ),
        Role(
            f"{group}-producer",
            "A feed, or `docketwatch replay`: writes events, reads nothing.",
            topics(("Write",), *inputs),
        ),
        Role(
            f"{group}-consumer",
            "Systems that act on alerts and loads. They read all of them except those of protected cases.",
            (*topics(("Read",), *_PUBLISHED), Grant("group", f"{group}-consumer-", ("Read",), is_prefix=True)),
        ),
        Role(
            f"{group}-restricted",
            "Systems that also act on alerts of protected cases.",
            (
                *topics(("Read",), *_PUBLISHED, "restricted-alerts"),
                Grant("group", f"{group}-restricted-", ("Read",), is_prefix=True),
            ),
        ),
        Role(
            f"{group}-console",
            "`docketwatch console`: reads what it shows, and records every view of a case.",
            (
                *topics(("Read",), *inputs, *_PUBLISHED, "restricted-alerts", "dead-letters"),
                *topics(("Read",), "office-partials", "load-partials", "case-state", "audit"),
                *topics(("Write",), "case-views"),
                Grant("group", group, ("Describe",)),
            ),
        ),
        Role(
            f"{group}-operator",
            "`docketwatch dead-letters` and `gaps`: reads refused and lost records, sends them again, audits it.",
            (*topics(("Read", "Write"), *inputs, "audit"), *topics(("Read",), "dead-letters")),
        ),
        Role(
            f"{group}-admin",
            "`docketwatch topics create` and `check`: creates topics and compares them; reads no record.",
            (Grant("topic", f"{prefix}.", ("Create", "Describe", "DescribeConfigs"), is_prefix=True),),
        ),
    )
