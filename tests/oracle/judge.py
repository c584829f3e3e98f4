"""One case from its first event to its last deadline: its alerts, revision by revision (CONTRACT.md §5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.oracle.causes import CLASS, Holding, holding
from tests.oracle.facts import text
from tests.oracle.later import NEVER, later
from tests.oracle.policy_hash import policy_hash
from tests.oracle.state import KnownFacts

if TYPE_CHECKING:
    from schemas.policy import Policy
    from tests.oracle.facts import Fact

__all__ = ["CaseStory", "OracleAlert", "alert_id"]

LIFE = {"case_opened", "case_closed", "case_reopened"}
TRANSFERS = {"transferred_out", "transferred_in"}
CHECK_INS = {"check_in_scheduled", "check_in_completed", "check_in_missed", "check_in_cancelled"}
HEARINGS = {"hearing_scheduled", "hearing_adjourned", "hearing_held", "hearing_missed", "hearing_cancelled"}
ASSIGNMENTS = {"officer_assigned", "officer_unassigned"}

# §5: "Types a cause reads".
READS = {
    "no_officer": LIFE | ASSIGNMENTS | TRANSFERS,
    "in_transit": LIFE | TRANSFERS | {"officer_assigned"},
    "handoff_stalled": LIFE
    | {"custody_changed"}
    | ASSIGNMENTS
    | TRANSFERS
    | {"assignment_acknowledged", "check_in_completed", "hearing_held"},
    "nothing_scheduled": LIFE | {"custody_changed"} | CHECK_INS | HEARINGS | {"order_rescinded"},
    "notice_undeliverable": LIFE | {"custody_changed", "address_changed"},
    "hearing_unresolved": LIFE | HEARINGS | {"order_rescinded"},
    "check_in_overdue": LIFE | {"custody_changed"} | CHECK_INS | {"hearing_held", "supervision_changed"},
    "no_contact": LIFE | {"custody_changed"} | CHECK_INS | {"hearing_held", "supervision_changed"},
    "hearing_missed": LIFE | {"custody_changed"} | HEARINGS | {"order_rescinded", "check_in_completed"},
}

ENDED, RAISED, ESCALATED, REPUBLISHED = range(4)


def alert_id(case_id: str, cause: str, instance: str | None, anchor: int) -> str:
    """§5: "first 32 hex digits of SHA-256 of `case_id|cause|instance|anchor in ms|`"."""
    plain = f"{case_id}|{cause}|{instance or ''}|{anchor}|"
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


@dataclass
class OracleAlert:
    """The latest revision of one alert, instants in milliseconds."""

    holding: Holding
    raised_at: int = 0
    escalated_at: int | None = None
    ended_at: int | None = None
    ended_by: str | None = None
    status: str = "raised"
    severity: str = "warning"
    officer_id: str | None = None
    office: str | None = None
    revision: int = 0


@dataclass
class CaseStory:
    """§5 for one case; `revisions` holds (instant, wave, record as in JSON) in the contract's order."""

    case_id: str
    policy: Policy
    facts: list[Fact] = field(default_factory=list)
    known: KnownFacts = field(default_factory=lambda: KnownFacts([]))
    records: dict[str, OracleAlert] = field(default_factory=dict)
    revisions: list[tuple[int, int, dict[str, Any]]] = field(default_factory=list)
    officer_changes: list[tuple[int, str | None, str | None]] = field(default_factory=list)
    judged: int = 0

    def pass_time(self, until: int) -> None:
        """§5: every deadline and escalation not yet judged, up to an instant, "is judged at its own instant"."""
        while due := [at for at in self._wakes() if self.judged < at <= until]:
            self.judge(min(due), 0, [])
        self.judged = max(self.judged, until)

    def hear(self, at: int, wave: int, facts: list[Fact]) -> None:
        """§5: "All events of one instant are applied first, then the cases they touched are judged"."""
        heard = {fact.canonical for fact in self.facts}
        before = self.known.officer
        new = []
        for fact in facts:
            if fact.canonical not in heard:  # "A replayed or duplicated event changes nothing and emits nothing new"
                heard.add(fact.canonical)
                new.append(fact)
        changing = self._changing(new) if wave else new
        self.facts += new
        self.known = KnownFacts(self.facts)
        if self.known.officer != before:
            self.officer_changes.append((at, before, self.known.officer))
        self.judge(at, wave, changing or new)

    def _changing(self, facts: list[Fact]) -> list[Fact]:
        """Yield the events that change something, and apply them one after the other."""
        known, changing = self.known, []
        for index, fact in enumerate(facts):
            following = KnownFacts([*self.facts, *facts[: index + 1]])
            if following.contents != known.contents:
                changing.append(fact)
            known = following
        return changing

    def judge(self, c: int, wave: int, applied: list[Fact], ended_by: str | None = None) -> None:
        """§5 Judging: "the standing set is every (cause, instance, anchor) that holds with deadline <= c"."""
        self.judged = c
        holds = {
            alert_id(self.case_id, row.cause, row.instance, row.anchor): row
            for row in holding(self.known, self.policy)
            if row.deadline <= c
        }
        standing = set(self.standing)
        ended, raised = sorted(standing - set(holds)), sorted(set(holds) - standing)
        begun = [holds[key] for key in raised]

        lines: list[tuple[int, str]] = []
        for key in ended:
            self._end(self.records[key], c, applied, begun, ended_by)
            lines.append((ENDED, key))
        for key in raised:
            earlier = self.records.get(key)
            self.records[key] = OracleAlert(holds[key], raised_at=c, revision=earlier.revision if earlier else 0)
            lines.append((RAISED, key))
        for key, record in self.standing.items():
            if record.status == "raised" and self._escalation_of(record) <= c:
                record.status, record.severity, record.escalated_at = "escalated", "critical", c
                lines.append((ESCALATED, key))
        for key, record in self.standing.items():
            moved = (record.officer_id, record.office) != (self.known.officer, self.known.office)
            if moved and key not in {other for _, other in lines}:
                lines.append((REPUBLISHED, key))

        for _, key in sorted(lines):
            record = self.records[key]
            record.revision += 1
            record.officer_id, record.office = self.known.officer, self.known.office
            self.revisions.append((c, wave, self._as_json(key, record)))

    @property
    def standing(self) -> dict[str, OracleAlert]:
        return {key: record for key, record in self.records.items() if record.ended_at is None}

    def _wakes(self) -> list[int]:
        deadlines = [row.deadline for row in holding(self.known, self.policy)]
        escalations = [self._escalation_of(record) for record in self.standing.values() if record.status == "raised"]
        return [at for at in deadlines + escalations if at < NEVER]

    def _escalation_of(self, record: OracleAlert) -> int:
        """§5: "raised_at ⊕ escalate_after[cause]"."""
        duration = self.policy.causes[record.holding.cause].escalate_after
        return later(record.raised_at, duration, self.known.office, self.policy)

    def _end(
        self, record: OracleAlert, c: int, applied: list[Fact], begun: list[Holding], ended_by: str | None
    ) -> None:
        """§5: "Out of the set at c, while applying events: take the newest fact ..."."""
        record.ended_at = c
        if ended_by is not None:
            record.status, record.ended_by = "resolved", ended_by
            return
        old = record.holding
        read = [fact for fact in applied if fact.kind in READS[old.cause]] or applied
        newest = max(read, key=lambda fact: fact.key)
        record.status = "retracted" if newest.at <= old.deadline else "resolved"
        record.ended_by = newest.kind
        for row in begun:  # "superseded when the same cause is raised in the same judging with another anchor"
            same_hearing = row.instance == old.instance or old.cause not in ("hearing_unresolved", "hearing_missed")
            if row.cause == old.cause and row.anchor != old.anchor and same_hearing:
                record.ended_by = "superseded"

    def _as_json(self, key: str, record: OracleAlert) -> dict[str, Any]:
        """§5 "Alert record", without observed_at."""
        row = record.holding
        others = {other.holding.cause for other in self.standing.values()}
        agency = sorted(cause for cause in others if CLASS[cause] in ("agency", "record"))
        return {
            "v": 1,
            "alert_id": key,
            "case_id": self.case_id,
            "cause": row.cause,
            "cause_class": CLASS[row.cause],
            "instance": row.instance,
            "anchor_at": text(row.anchor),
            "deadline_at": text(row.deadline),
            "status": record.status,
            "severity": record.severity,
            "raised_at": text(record.raised_at),
            "escalated_at": None if record.escalated_at is None else text(record.escalated_at),
            "ended_at": None if record.ended_at is None else text(record.ended_at),
            "ended_by": record.ended_by,
            "officer_id": record.officer_id,
            "office": record.office,
            "level": self.known.level,
            "policy": self.policy.id,
            "policy_hash": policy_hash(self.policy),
            "revision": record.revision,
            "evidence": list(row.evidence),
            "agency_causes": agency if CLASS[row.cause] == "person" else None,
        }
