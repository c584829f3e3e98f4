"""The policy compiled: durations become functions of an instant, causes become places in tuples."""

from collections.abc import Callable
from typing import Final

from schemas.alerts import CLASS_OF, Cause
from schemas.durations import Duration
from schemas.policy import Policy
from streams.core.state.case_state import LEVELS
from streams.core.time.business_days import Zone

__all__ = ["CAUSES", "CAUSE_INDEX", "PERSON_CAUSES", "Plus", "Rules", "Terms", "policy_name"]

Plus = Callable[[int], int]
"""`⊕ d`: the instant (ms) a fixed duration after an instant (ms)."""

CAUSES: Final = tuple(Cause)
"""The causes in contract order; alerts, counts and bit sets use the place in it."""

CAUSE_INDEX: Final = {cause: index for index, cause in enumerate(CAUSES)}

PERSON_CAUSES: Final = frozenset(i for i, cause in enumerate(CAUSES) if CLASS_OF[cause] == "person")
"""Places of the causes that are about the person's side, whose alerts name what stands on the agency's."""

_HASH_MARK: Final = "#"  # in no name and no version

_HOLIDAYS: Final = "US"
"""Whose holidays an office keeps that names none."""
_NOTHING: Final = Duration(milliseconds=0, business_days=0)


class Terms:
    """The policy's durations in the zone of one office: each the function from an instant (ms) to that much later.

    Attributes:
        after, escalate: By place of the cause; `after` adds nothing where the contract has another deadline.
        interval, grace: By place of the level.
    """

    __slots__ = ("after", "escalate", "grace", "interval")

    def __init__(self, policy: Policy, zone: Zone) -> None:
        contact, causes = policy.contact, [policy.causes[cause] for cause in CAUSES]
        self.after: tuple[Plus, ...] = tuple(_plus(cause.after or _NOTHING, zone) for cause in causes)
        self.escalate: tuple[Plus, ...] = tuple(_plus(cause.escalate_after, zone) for cause in causes)
        self.interval: tuple[Plus, ...] = tuple(_plus(getattr(contact.interval, level), zone) for level in LEVELS)
        self.grace: tuple[Plus, ...] = tuple(_plus(getattr(contact.grace, level), zone) for level in LEVELS)


class Rules:
    """The rules of a policy, ready for the hot path. Immutable once built.

    Attributes:
        policy: The policy it was built from.
        policy_id: Its name@version.
        policy_hash: What tells it from another of that name and version.
        judged_as: Both, as a partition's own record keeps them.
        enabled: Whether each cause of CAUSES is.
        watches_transit: Whether in_transit is.
        early_window, max_ahead, period: Milliseconds.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.policy_id, self.policy_hash = policy.id, policy.hash
        self.judged_as = f"{self.policy_id}{_HASH_MARK}{self.policy_hash}"
        self.enabled: tuple[bool, ...] = tuple(policy.causes[cause].enabled for cause in CAUSES)
        self.watches_transit: bool = self.enabled[CAUSE_INDEX[Cause.IN_TRANSIT]]
        self.early_window: int = policy.contact.early_window.milliseconds
        self.max_ahead: int = policy.contact.max_ahead.milliseconds
        self.period: int = policy.load.period.milliseconds
        self._utc = Zone("UTC")
        offices = set(policy.offices.values())  # of those that are alike there is one zone
        zones = {one: Zone(one.tz, one.holidays or _HOLIDAYS, one.closed or ()) for one in offices}
        terms = {office: Terms(policy, zone) for office, zone in zones.items()}
        self._zones: dict[str | None, Zone] = {name: zones[office] for name, office in policy.offices.items()}
        self._terms: dict[str | None, Terms] = {name: terms[office] for name, office in policy.offices.items()}
        self._terms_elsewhere = Terms(policy, self._utc)

    @property
    def policy_name(self) -> str:
        """The policy for people: name@version (hash)."""
        return policy_name(self.judged_as)

    def has_judged(self, judged_as: str) -> bool:
        """Whether what was judged then need not be judged anew.

        Args:
            judged_as: What a record keeps. One of a program that kept no hash names the policy only; it is taken for
                this one when the names are equal, so that an upgrade does not judge every case anew.
        """
        return judged_as == self.judged_as or (_HASH_MARK not in judged_as and judged_as == self.policy_id)

    def terms(self, office: str | None) -> Terms:
        """The durations as they run at an office; in UTC when it is unknown."""
        return self._terms.get(office, self._terms_elsewhere)

    def is_holiday(self, ms: int, office: str | None) -> bool:
        """Whether an instant lies on a holiday or another closed day of an office; weekends are none."""
        return self._zones.get(office, self._utc).is_holiday(ms)

    def plus(self, ms: int, duration: Duration, office: str | None) -> int:
        """`ms ⊕ duration` in the zone of an office."""
        return _plus(duration, self._zones.get(office, self._utc))(ms)


def policy_name(judged_as: str) -> str:
    """A policy for people, name@version (hash), as a partition's record keeps it; without a hash where it kept none."""
    name, _, its_hash = judged_as.partition(_HASH_MARK)
    return f"{name} ({its_hash})" if its_hash else name


def _plus(duration: Duration, zone: Zone) -> Plus:
    if duration.business_days:
        return zone.business_days(duration.business_days)
    return duration.milliseconds.__add__
