"""The officer alerts that stand by the changelog of an officer table, as they were last published.

This module judges nothing, whatever the policy is now. An officer table that is restored under another policy returns
what the new policy changes.
"""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from streams.core.load.partials import PartialRow
from streams.core.officers.alert_revision import OfficerAlertRevision
from streams.core.officers.changelog_records import OfficerChangelog, RestoredTable
from streams.core.officers.officer_evaluation import NO_OFFICER, LoadFigures, as_published
from streams.core.officers.partial_merge import PartialMerge
from streams.core.officers.state.officer_state import OfficerState
from streams.core.officers.state.rules import OfficerRules
from streams.core.policy.rules import Rules

__all__ = ["standing_records"]


def standing_records(records: Mapping[str, bytes], rules: Rules, sources: int) -> Iterator[OfficerAlertRevision]:
    """Every officer alert that stands, as its last record says it.

    An alert of a program that did not keep what it published is returned with what can be known now: the
    policy given here, and the officer's load as of the period end judged last, which may be other than published.

    Args:
        records: The newest changelog record of every key of an officer table that was not deleted.
        rules: The policy.
        sources: How many case partitions send partials.
    """
    restored = OfficerChangelog(is_kept=False).read(records)
    if restored.meta is None or restored.meta.judged is None:
        return
    at = restored.meta.judged
    loads = _JudgedLoads(restored, at, OfficerRules(rules), sources)
    for officer_id, state in restored.officers.items():
        for alert in state.standing:
            record = as_published(officer_id, alert, at)
            if not alert.policy:
                open_cases, in_custody, utilisation = loads.figures(officer_id, state)
                record = replace(
                    record,
                    policy=rules.policy_id,
                    policy_hash=rules.policy_hash,
                    open_cases=open_cases,
                    in_custody=in_custody,
                    utilisation=utilisation,
                )
            yield record


class _JudgedLoads:
    """The loads of officers as of the period end judged last (ms), under a policy."""

    def __init__(self, restored: RestoredTable, judged: int, rules: OfficerRules, sources: int) -> None:
        self._rules, self._partials = rules, PartialMerge(sources)
        for partial in restored.finals:
            self._partials.add(partial)
        self._partials.judge(judged)

    def figures(self, officer_id: str, state: OfficerState) -> LoadFigures:
        if officer_id == NO_OFFICER:
            return LoadFigures(None, None, None)
        rules, row = self._rules, self._partials.judged(officer_id) or PartialRow(officer_id)
        utilisation = rules.capacity(state.registers.updated).utilisation(rules.workload_units(row))
        return LoadFigures(row.open_cases, row.in_custody, utilisation)
