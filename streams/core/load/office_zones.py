"""Offices to which the policy gives no time zone: their business days are those of UTC."""

from collections.abc import Iterable, Sequence
from typing import Final

from schemas.office_loads import ALL_OFFICES
from schemas.policy import Policy
from streams.core.load.office_rows import OTHER_OFFICES

__all__ = ["offices_without_zone", "zone_sentence"]

_NO_OFFICES: Final = {"", ALL_OFFICES, OTHER_OFFICES}
_NAMED: Final = 3


def offices_without_zone(policy: Policy, offices: Iterable[str]) -> list[str]:
    """Those offices that the policy does not name, by name; rows of several offices, and of none, are left out."""
    return sorted(set(offices) - policy.offices.keys() - _NO_OFFICES)


def zone_sentence(offices: Sequence[str]) -> str:
    """What is said of them, with the first three names.

    Args:
        offices: At least one.
    """
    named = ", ".join(offices[:_NAMED]) + (", ..." if len(offices) > _NAMED else "")
    return (
        f"{len(offices):,} {'office' if len(offices) == 1 else 'offices'} without a time zone in the policy, whose "
        f"business days are of UTC, with the holidays of the United States: {named}"
    )
