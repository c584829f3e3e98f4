"""`docketwatch policy check`: checks a policy and names every fault in it."""

from pathlib import Path

import click

from schemas.policy import Policy, PolicyError
from streams.cli.files import InputPath
from streams.cli.options import days_overdue, load_named_policy
from streams.cli.reference.command_group import CommandGroup

__all__ = ["command"]


@click.group("policy", cls=CommandGroup)
def command() -> None:
    """The policy: every number by which cases and officers are judged."""


@command.command("check")
@click.argument("file", type=InputPath(must_exist=False), metavar="FILE")
@click.pass_context
def _check(context: click.Context, file: Path) -> None:
    """Check FILE, or one of the packaged policies by name: default, eoir, permits.

    Exit code 0 for a valid policy, 2 for an invalid one, with the key, value and right form of each fault.
    """
    try:
        policy = load_named_policy(file)
    except PolicyError as error:
        click.echo(str(error), err=True)
        context.exit(2)
    late = days_overdue(policy)
    was_due = f"review was due by {policy.review_by}, {late:,} days ago"
    review = was_due if late > 0 else f"review due by {policy.review_by}"
    click.echo(f"{file}: {policy.id} is valid; {review}")
    click.echo(f"  policy_hash: {policy.hash}")
    click.echo(_summary(policy))


def _summary(policy: Policy) -> str:
    enabled = [name for name, cause in policy.causes.items() if cause.enabled]
    off = [name for name, cause in policy.causes.items() if not cause.enabled]
    lines = [f"  causes: {', '.join(enabled) or 'none'}"]
    if off:
        lines.append(f"  off: {', '.join(off)}")
    lines.append(f"  offices with a time zone: {', '.join(policy.offices) or 'none'}")
    return "\n".join(lines)
