"""A slow implementation of CONTRACT.md §3 to §8: a list of events in, every alert revision and the load table out.

Each section's place:

- §1 instants, §3 key and rank: `facts.py`
- §3 registers, statements, repetitions; §4 winning transferred_in, stale, open, at_liberty, base; §8 who counts for
  an officer: `state.py`, rebuilt from the whole list of facts at every instant
- §4 table and its three notes: `causes.py`, one function a row
- §5 judging, ends, escalation, republishing, record, order within a case: `judge.py`
- §5 order of work, duplicates, order in a file: here
- §6: `later.py`, the holidays written out by hand
- §8: `loads.py`

Where the text is silent or ambiguous, the reading chosen here (L: fixed by the lead):

 1. §3 (L) an officer_assigned of the old office's feed says nothing to the `assignment` statement only; the office
    register, first_assignment and arrived count it.
 2. §3 "repeats the officer" means: names the officer whom the assignment statement holds when it is applied.
 3. §3 "no other value ever applied": values said by events; the value held before anything was said is none of them.
 4. §3 "the same instant's duplicates" and replays: an event whose canonical JSON was applied before is not applied
    again, nor is it among "the events applied at this instant". (The rules of §3 alone do not give that: a repetition
    that changed nothing, delivered again after a cancellation, would change something.)
 5. §3 "a check_in_cancelled by person ... counts as missed" everywhere, also for Repetitions, and by the due_at known
    at that moment, so that a later rebooking or a late scheduled event can change it; last_settled and the type in
    ended_by stay those of a cancellation.
 6. §3 "of an id never scheduled ... nothing else": a hearing_held with appeared = yes is a contact all the same.
 7. §3 a due_at is that of the winning scheduled event even when an event between two of them arrives later.
 8. §4 (L) no_officer: "the unassignment" is the since of an assignment `none`, when something was said before it.
 9. §4 no_officer: the winning transferred_in counts for the anchor whether the assignment is stale or none.
10. §4 handoff_stalled: "not by first_assignment" compares keys: the event that holds since is not the least
    officer_assigned.
11. §4 "later of t and base": by instant; evidence holds every event that has that instant (also custody's since).
12. §4 hearing_missed: evidence is the event that holds the hearing's register, not others of the same instant.
13. §4 max_ahead: exactly max_ahead later still counts; check_in_overdue, hearing_unresolved and §8 know no max_ahead.
14. §5 a standing alert whose deadline moves but stays <= c goes on standing and keeps the deadline it was raised with;
    "the alert's deadline" of `retracted` is that one.
15. §5 the office whose time zone `⊕` uses for an escalation is that of the moment of judging.
16. §5 "with another anchor" (L) is literal: a booking with the same due_at does not supersede.
17. §5 (L) an alert raised, escalated or ended in a judging is not republished in it; agency_causes are those of the
    set that stands after the judging.
18. §5 "the events applied to the case at this instant": those applied together. Events that came late, at an instant
    that was judged already, are a step of their own; one that changes nothing of what §3 keeps is none of them, for it
    cannot be distinguished from a repetition.
19. §5 late events that are applied together are applied by key, as if recorded at the clock's instant, though their
    keys keep the recorded_at that they bear.
20. §5 nothing is republished when only the level, agency_causes or the protection of a case changed.
21. §5 severity and escalated_at of an ended alert stay what they were.
22. §8 (L) bookings_7d and hearings_* count the bookings and hearings of every case that counts for the officer; the
    bookings of the workload only those of cases at liberty.
23. §5 a transfer's staleness changes the officer of record, so it counts as (un)assigned; so does a case_opened that
    registers a case which has an officer, for before it the case has no officer.
24. §6 a deadline after the end of the calendar (9999) never comes.
25. §5 under another policy all that no longer stands ends `resolved`, policy_changed, also where the same cause is
    raised with another anchor in that judging.
26. §5 what is moved to the restricted topic bears the level and agency_causes of the moment (not computed here).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any

from tests.oracle.facts import Fact, instant
from tests.oracle.judge import CaseStory
from tests.oracle.loads import load_rows
from tests.oracle.offices import office_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.policy import Policy

__all__ = ["Step", "carry_out", "naive", "naive_offices"]

Rows = list[dict[str, Any]]


@dataclass
class Step:
    """Events that become known at one instant; late ones, if that instant was judged already; or another policy."""

    at: int
    events: Rows = field(default_factory=list)
    late: bool = False
    policy: Policy | None = None


def naive(events: Sequence[dict[str, Any]], policy: Policy, until_ms: int) -> tuple[Rows, Rows]:
    """Return the alert revisions and the load rows of a log, as of an instant.

    Args:
        events: The events as parsed JSON, in any order, doubled or not.
        policy: The policy.
        until_ms: The instant of `--until`.
    """
    known = sorted(events, key=lambda event: instant(event["recorded_at"]))
    steps = [
        Step(at, list(together)) for at, together in groupby(known, key=lambda event: instant(event["recorded_at"]))
    ]
    return carry_out([step for step in steps if step.at <= until_ms], policy, until_ms)


def naive_offices(events: Sequence[dict[str, Any]], policy: Policy, until_ms: int) -> Rows:
    """Return the office records of a log (§8), as of an instant; `*` comes first."""
    known = sorted(events, key=lambda event: instant(event["recorded_at"]))
    steps = [Step(at, list(group)) for at, group in groupby(known, key=lambda event: instant(event["recorded_at"]))]
    stories, facts, policy = _carried_out([step for step in steps if step.at <= until_ms], policy, until_ms)
    return office_rows(stories, load_rows(stories, facts, policy, until_ms), policy, until_ms)


def carry_out(steps: Sequence[Step], policy: Policy, until_ms: int) -> tuple[Rows, Rows]:
    """§5 "Order of work", for steps whose instants never go back."""
    stories, officer_facts, policy = _carried_out(steps, policy, until_ms)
    # "Order in a file: (instant, case_id), within a case ended, raised, escalated, republished, each by alert_id".
    revisions = [line for story in stories for line in story.revisions]
    revisions.sort(key=lambda line: (line[0], line[1], line[2]["case_id"]))
    return [record for _, _, record in revisions], load_rows(stories, officer_facts, policy, until_ms)


def _carried_out(steps: Sequence[Step], policy: Policy, until_ms: int) -> tuple[list[CaseStory], list[Fact], Policy]:
    stories: dict[str, CaseStory] = {}
    officer_facts: list[Fact] = []
    for wave, step in enumerate(steps, start=1):
        facts = [Fact.of(event) for event in step.events if event["type"] != "clock"]
        facts.sort(key=lambda fact: fact.key)
        officer_facts += [fact for fact in facts if "case_id" not in fact.body]
        touched: dict[str, list[Fact]] = {}
        for fact in facts:
            if "case_id" in fact.body:
                touched.setdefault(fact["case_id"], []).append(fact)
        for case_id in touched:
            stories.setdefault(case_id, CaseStory(case_id, policy))
        judged_already = step.late or step.policy is not None
        for story in stories.values():  # "Before instant r is applied, every deadline and escalation < r is judged"
            story.pass_time(step.at if judged_already else step.at - 1)
        for case_id, together in touched.items():
            stories[case_id].hear(step.at, wave if step.late else 0, together)
        if step.policy is not None:  # "A worker started with another policy judges every case at its clock"
            policy = step.policy
            for story in stories.values():
                story.policy = policy
                story.judge(step.at, wave, [], ended_by="policy_changed")
    for story in stories.values():
        story.pass_time(until_ms)
    return list(stories.values()), officer_facts, policy
