"""Records that the product writes: alerts, loads, dead letters and audit records, with their ids and keys."""

import json
from hashlib import sha256
from typing import Any

import msgspec
import pytest
from pydantic import ValidationError

from schemas.alerts import CLASS_OF, ENDED_BY, TYPES_READ, Alert, Cause, OfficerAlert, OfficerCause, alert_id
from schemas.case_views import MOST_CASES_A_VIEW, CaseView
from schemas.dead_letters import AuditRecord, DeadLetter, payload_to_keep
from schemas.events import EVENT_MODELS
from schemas.examples import examples
from schemas.instants import to_ms
from schemas.loads import Load, LoadByCause, LoadByLevel, LoadPartial, LoadPartialRow
from schemas.refusals import RefusalCode, Refused
from streams.core.alerting.alert_revision import AlertRevision
from streams.core.load.partials import Partial, PartialRow
from streams.core.officers.alert_revision import OfficerAlertRevision

NOON = to_ms("2026-03-09T12:00:00Z")

ALERT: dict[str, Any] = {
    "v": 1,
    "alert_id": "0123456789abcdef0123456789abcdef",
    "case_id": "c-1",
    "cause": "no_contact",
    "cause_class": "person",
    "instance": None,
    "anchor_at": "2026-03-09T12:00:00.000Z",
    "deadline_at": "2026-03-19T12:00:00.000Z",
    "status": "raised",
    "severity": "warning",
    "raised_at": "2026-03-19T12:00:00.000Z",
    "escalated_at": None,
    "ended_at": None,
    "ended_by": None,
    "officer_id": None,
    "office": "ATL",
    "level": "low",
    "policy": "default@1",
    "policy_hash": "0123456789ab",
    "revision": 1,
    "evidence": ["e-1"],
    "agency_causes": ["nothing_scheduled"],
}


def load(**changes: Any) -> Load:
    zeros = {name: 0 for name in Load.__struct_fields__ if name not in ("v", "by_level", "by_cause")}
    nulls = dict.fromkeys(("utilisation", "minutes_per_case_month", "status", "office"))
    whole = {**zeros, **nulls, "officer_id": "o-1", "by_level": LoadByLevel(), "by_cause": LoadByCause(), "as_of": NOON}
    return Load(**{**whole, **changes})


class TestCauses:
    def test_they_have_the_contracts_order(self) -> None:
        """The order is from no_officer to no_contact; counts and bit sets use the place."""
        assert list(Cause) == [
            "no_officer",
            "in_transit",
            "handoff_stalled",
            "nothing_scheduled",
            "notice_undeliverable",
            "hearing_unresolved",
            "check_in_overdue",
            "hearing_missed",
            "no_contact",
        ]

    def test_each_has_its_class(self) -> None:
        """The agency's causes come first, then the record's, then the person's."""
        assert [str(CLASS_OF[cause]) for cause in Cause] == ["agency"] * 4 + ["record"] * 2 + ["person"] * 3

    def test_each_reads_existing_types(self) -> None:
        """Every cause reads the life of a case, and no unknown type."""
        for cause in Cause:
            assert TYPES_READ[cause] <= set(EVENT_MODELS)
            assert TYPES_READ[cause] >= {"case_opened", "case_closed", "case_reopened"}

    @pytest.mark.parametrize(
        ("cause", "others"),
        [
            ("no_officer", "officer_assigned officer_unassigned transferred_in transferred_out"),
            ("in_transit", "officer_assigned transferred_in transferred_out"),
            ("notice_undeliverable", "address_changed custody_changed"),
            (
                "hearing_unresolved",
                "hearing_adjourned hearing_cancelled hearing_held hearing_missed hearing_scheduled order_rescinded",
            ),
            (
                "check_in_overdue",
                (
                    "check_in_cancelled check_in_completed check_in_missed check_in_scheduled custody_changed "
                    "hearing_held supervision_changed"
                ),
            ),
            (
                "handoff_stalled",
                (
                    "assignment_acknowledged check_in_completed custody_changed hearing_held officer_assigned "
                    "officer_unassigned transferred_in transferred_out"
                ),
            ),
        ],
    )
    def test_the_types_that_they_read(self, cause: str, others: str) -> None:
        """CONTRACT.md §5, last paragraph, has the list."""
        read = TYPES_READ[Cause(cause)] - {"case_opened", "case_closed", "case_reopened"}
        assert others.split() == sorted(read)

    def test_officer_causes_are_six(self) -> None:
        """CONTRACT.md §10 has them."""
        assert len(OfficerCause) == 6


class TestAlertId:
    def test_it_is_half_a_digest_of_the_alerts_parts(self) -> None:
        """The parts are case, cause, instance and anchor, with the last bar."""
        digest = sha256(b"c-1|hearing_missed|h-1|1773057600000|").hexdigest()
        assert digest[:32] == alert_id("c-1", "hearing_missed", "h-1", NOON)

    def test_no_instance_is_an_empty_part(self) -> None:
        """It lies between two bars."""
        digest = sha256(b"c-1|no_officer||1773057600000|").hexdigest()
        assert digest[:32] == alert_id("c-1", Cause.NO_OFFICER, None, NOON)


class TestAlert:
    def test_a_record_is_read(self) -> None:
        """`evaluate` writes it, and a worker adds observed_at."""
        alert = Alert.model_validate_json(json.dumps(ALERT))
        assert (alert.anchor_at, alert.observed_at, alert.agency_causes) == (NOON, None, (Cause.NOTHING_SCHEDULED,))
        seen = Alert.model_validate_json(json.dumps({**ALERT, "observed_at": "2026-03-19T12:00:00.001Z"}))
        assert json.loads(seen.model_dump_json()) == {**ALERT, "observed_at": "2026-03-19T12:00:00.001Z"}

    def test_a_record_of_an_older_release_is_read(self) -> None:
        """It has no hash of its policy."""
        alert = Alert.model_validate_json(json.dumps({k: v for k, v in ALERT.items() if k != "policy_hash"}))
        assert alert.policy_hash is None

    def test_it_equals_the_cores(self) -> None:
        """It has every field of a worker's record, and no other."""
        times = dict.fromkeys(("anchor_at", "deadline_at", "raised_at"), NOON)
        texts = {name: value for name, value in ALERT.items() if name not in ("v", *times)}
        published = AlertRevision(at=NOON, restricted=False, **texts, **times).json(NOON)
        assert {*ALERT, "observed_at"} == json.loads(published).keys()
        assert Alert.model_validate_json(published).observed_at == NOON

    def test_an_officer_alert_equals_the_cores(self) -> None:
        """The same holds for the alerts of CONTRACT.md §10."""
        fields = {name: ALERT[name] for name in OfficerAlertRevision.__struct_fields__ if name in ALERT}
        times = dict.fromkeys(("at", "anchor_at", "deadline_at", "raised_at"), NOON)
        figures = {"open_cases": 1700, "in_custody": 3, "utilisation": 1.25}
        published = OfficerAlertRevision(**{**fields, **times, **figures, "cause": "critical"}).json(NOON)
        assert figures.items() <= OfficerAlert.model_validate_json(published).model_dump().items()
        assert OfficerAlert.model_validate_json(published).cause is OfficerCause.CRITICAL

    @pytest.mark.parametrize(
        "change",
        [
            {"case_id": "A123456789"},
            {"cause": "absconded"},
            {"name": "x"},
            {"ended_by": "boredom"},
            {"revision": 0},
            {"alert_id": "x"},
            {"policy": "default"},
            {"policy_hash": "0123456789AB"},
            {"policy_hash": "0123456789a"},
        ],
    )
    def test_forbidden_contents_of_an_alert(self, change: dict[str, Any]) -> None:
        """It has no identifier, no judgement, and no field outside the contract."""
        with pytest.raises(ValidationError):
            Alert.model_validate_json(json.dumps({**ALERT, **change}))

    def test_an_event_another_alert_or_another_policy_ends_it(self) -> None:
        """The load may end an officer's alert, too."""
        assert set(ENDED_BY) == {*EVENT_MODELS, "superseded", "policy_changed", "load"}

    def test_an_officer_alert_has_no_case(self) -> None:
        """It is about a docket."""
        names = ("case_id", "cause_class", "level", "agency_causes")
        record = {name: value for name, value in ALERT.items() if name not in names}
        alert = OfficerAlert.model_validate_json(json.dumps({**record, "cause": "overloaded", "ended_by": "load"}))
        assert alert.cause is OfficerCause.OVERLOADED


class TestLoad:
    def test_its_json_is_read_back(self) -> None:
        """The instant is a text in JSON and milliseconds inside."""
        one = load(open_cases=3, utilisation=0.5, status="leave", by_cause=LoadByCause(no_contact=2))
        assert json.loads(one.json())["as_of"] == "2026-03-09T12:00:00.000Z"
        assert one == Load.from_json(one.json())
        assert NOON == one.as_of

    @pytest.mark.parametrize(
        "change", [{"as_of": 5}, {"as_of": "noon"}, {"open_cases": -1}, {"status": "asleep"}, {"v": 2}]
    )
    def test_an_invalid_record_is_refused(self, change: dict[str, Any]) -> None:
        """Every value is checked."""
        with pytest.raises(ValueError, match=r"."):
            Load.from_json(json.dumps({**json.loads(load().json()), **change}).encode())

    def test_a_record_of_a_newer_release_is_read(self) -> None:
        """Unknown fields and causes are ignored (CONTRACT.md §12)."""
        record = json.loads(load(open_cases=3, by_cause=LoadByCause(no_contact=2)).json())
        grown = {**record, "telephone_30d": 4, "by_cause": {**record["by_cause"], "no_interpreter": 1}}
        assert load(open_cases=3, by_cause=LoadByCause(no_contact=2)) == Load.from_json(json.dumps(grown).encode())

    def test_it_counts_every_cause(self) -> None:
        """The order is the contract's."""
        assert list(Cause) == list(LoadByCause.__struct_fields__)

    @pytest.mark.parametrize(("ours", "cores"), [(LoadPartial, Partial), (LoadPartialRow, PartialRow)])
    def test_a_partial_equals_the_cores(self, ours: type[msgspec.Struct], cores: type[msgspec.Struct]) -> None:
        """It has the same fields in the same places."""
        assert ours.__struct_fields__ == cores.__struct_fields__

    def test_a_partial_of_the_core_is_read(self) -> None:
        """The published shape accepts a worker's record."""
        key = (NOON, 3, NOON, "e-1", 0)
        sent = Partial(1, NOON, True, [PartialRow("o-1", 2, office="ATL", office_since=key)])
        assert msgspec.json.decode(msgspec.json.encode(sent), type=LoadPartial).rows[0].office_since == key


class TestDeadLetter:
    def refuse(self, raw: bytes, code: RefusalCode = RefusalCode.BAD_VALUE) -> DeadLetter:
        return DeadLetter.of(Refused(code, "level", "level must be one of: low"), raw, "docket.cases", 3, 17, NOON)

    def test_it_has_the_place_of_the_record_and_the_reason(self) -> None:
        """Its key is the place, so that a repeated refusal is one letter."""
        letter = self.refuse(b'{"v":1,"case_id":"c-1","level":"high"}')
        assert letter.key == "docket.cases:3:17"
        assert json.loads(letter.model_dump_json()) == {
            "v": 1,
            "topic": "docket.cases",
            "partition": 3,
            "offset": 17,
            "code": "bad_value",
            "field": "level",
            "sentence": "level must be one of: low",
            "payload": '{"v":1,"case_id":"c-1","level":"high"}',
            "size": 38,
            "observed_at": "2026-03-09T12:00:00.000Z",
        }

    def test_a_record_refused_for_its_shape_is_never_kept(self) -> None:
        """Its payload does not matter."""
        assert self.refuse(b'{"v":1}', RefusalCode.IDENTIFIER_SHAPED).payload is None

    @pytest.mark.parametrize("kind", EVENT_MODELS)
    def test_an_event_of_the_contract_is_kept(self, kind: str) -> None:
        """Ids, instants and words of the contract identify no person."""
        text = json.dumps(examples()[kind])
        assert text == payload_to_keep(text.encode())

    @pytest.mark.parametrize("field", ["occurred_at", "due_at"])
    def test_a_naive_instant_is_kept(self, field: str) -> None:
        """The most frequent fault can be inspected."""
        text = json.dumps({field: "2026-03-09 12:00"})
        assert text == payload_to_keep(text.encode())

    @pytest.mark.parametrize(
        "raw",
        [
            b'{"case_id":"A123456789"}',
            b'{"case_id":"123456789"}',
            b'{"case_id":123456789}',
            b'{"case_id":"case-A12345678-1"}',
            b'{"case_id":"\\u0041123456789"}',
            b'{"office":"123-45-6789"}',
            b'{"office":"Jane Doe"}',
            b'{"name":"x"}',
            b'{"A123456789":"x"}',
            b'{"office":{"name":"x"}}',
            b'{"office":["x"]}',
            b'["office"]',
            b'[["office", "x"]]',
            b'"A123456789"',
            b"A123456789",
            b'{"office":"\xff"}',
            b'{"office":' + b"[" * 9000,
            b'{"office":"' + b"x" * 20_000 + b'"}',
            b"",
        ],
    )
    def test_any_other_record_is_not_kept(self, raw: bytes) -> None:
        """In doubt there is no payload."""
        assert payload_to_keep(raw) is None

    def test_a_redrive_is_audited_under_the_same_key(self) -> None:
        """The record has user, action, time and outcome."""
        record = AuditRecord(
            topic="docket.cases",
            partition=3,
            offset=17,
            action="redrive",
            actor="ops-1",
            outcome="sent",
            event_id="e-1",
            observed_at=NOON,
        )
        assert record.key == self.refuse(b"").key


def view(**changes: Any) -> CaseView:
    whole = {"view_id": "v-1", "actor": "ana@docket.example", "role": "supervisor", "action": "opened"}
    return CaseView(**{**whole, "outcome": "shown", "case_ids": ("c-1",), "observed_at": NOON, **changes})


class TestCaseView:
    def test_it_has_user_cases_and_time(self) -> None:
        """It is one JSON object."""
        assert json.loads(view().model_dump_json()) == {
            "v": 1,
            "view_id": "v-1",
            "actor": "ana@docket.example",
            "role": "supervisor",
            "action": "opened",
            "outcome": "shown",
            "case_ids": ["c-1"],
            "observed_at": "2026-03-09T12:00:00.000Z",
        }

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"actor": ""}, "actor"),
            ({"actor": "ana\nroot"}, "actor"),
            ({"role": "root"}, "role"),
            ({"case_ids": ()}, "case_ids"),
            ({"case_ids": ("c-1",) * (MOST_CASES_A_VIEW + 1)}, "case_ids"),
            ({"case_ids": ("A123456789",)}, "case_ids"),
        ],
    )
    def test_an_invalid_view_is_refused(self, changes: dict[str, Any], field: str) -> None:
        """It has no user, no case, too many cases for one record, or an id that is no pseudonym."""
        with pytest.raises(ValidationError) as caught:
            view(**changes)
        assert {error["loc"][0] for error in caught.value.errors()} == {field}
