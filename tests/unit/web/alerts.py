"""Records of the alert topics, and tables that have read some."""

import json
from typing import Any, Final

from schemas.causes import CLASS_OF
from schemas.loads import Load, LoadByCause, LoadByLevel
from streams.web.tables.output_tables import OutputTables

__all__ = ["DAY", "NOW", "alert", "load", "tables_of"]

DAY: Final = 86_400_000
NOW: Final = 1_767_225_600_000
"""2026-01-01T00:00:00Z"""


def alert(key: str = "1", **changes: Any) -> bytes:
    """Return the record of an open alert."""
    cause = changes.get("cause", "no_officer")
    record = {
        "v": 1, "alert_id": key, "case_id": f"c-{key}", "cause": cause, "cause_class": CLASS_OF.get(cause, "agency"),
        "instance": None, "anchor_at": "2025-12-01T00:00:00.000Z", "deadline_at": "2025-12-08T00:00:00.000Z",
        "status": "raised", "severity": "warning", "raised_at": "2025-12-08T00:00:00.000Z", "escalated_at": None,
        "ended_at": None, "ended_by": None, "officer_id": None, "office": "ATL", "level": "low",
        "policy": "default@1", "revision": 1, "evidence": ["e-1"], "agency_causes": None,
    }  # fmt: skip
    return json.dumps({**record, **changes}).encode()


def load(officer: str, **changes: Any) -> Load:
    """Return the load of an officer."""
    counts = (
        "open_cases", "in_custody", "bookings_7d", "hearings_7d", "hearings_30d", "overdue", "lost_track",
        "assigned_30d", "unassigned_30d", "workload_minutes_month",
    )  # fmt: skip
    whole: dict[str, Any] = {
        **dict.fromkeys(counts, 0), "officer_id": officer, "by_level": LoadByLevel(), "by_cause": LoadByCause(),
        "capacity_minutes_month": 7200.0, "utilisation": 0.5, "minutes_per_case_month": None, "status": "active",
        "office": "ATL", "as_of": NOW,
    }  # fmt: skip
    return Load(**{**whole, **changes})


def tables_of(*public: bytes, restricted: tuple[bytes, ...] = (), loads: tuple[Load, ...] = ()) -> OutputTables:
    """Return tables that have read these records."""
    tables = OutputTables()
    for records, is_restricted in ((public, False), (restricted, True)):
        for record in records:
            tables.update_alert(json.loads(record)["alert_id"].encode(), record, is_restricted=is_restricted)
    for each in loads:
        tables.update_load(each.json())
    return tables
