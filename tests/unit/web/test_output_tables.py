"""The output tables: the current contents of the topics, and protected cases only for their role."""

import pytest

from streams.web.tables import output_tables as module
from streams.web.tables.output_tables import OutputTables
from tests.unit.web.alerts import NOW, alert, load, tables_of


def standing(tables: OutputTables, *, with_protected: bool = True) -> list[str]:
    return sorted(each.alert_id for each in tables.standing(with_protected=with_protected))


class TestCaseAlerts:
    def test_the_newest_revision_holds(self) -> None:
        """An alert is raised, escalated and ended."""
        tables = tables_of(alert(), alert(status="escalated", severity="critical", revision=2))
        assert [("escalated", "critical", 2)] == [
            (each.status, each.severity, each.revision) for each in tables.standing(with_protected=False)
        ]
        tables.update_alert(b"1", alert(status="resolved", revision=3), is_restricted=False)
        assert [] == standing(tables)
        assert ["resolved"] == [each.status for each in tables.of_case("c-1")]

    def test_an_alert_may_return(self) -> None:
        """An ended alert is raised again."""
        tables = tables_of(alert(status="retracted", revision=2), alert(revision=3))
        assert ["1"] == standing(tables)
        assert [3] == [each.revision for each in tables.of_case("c-1")]

    def test_instants_are_numbers(self) -> None:
        """They are milliseconds, for computations."""
        (only,) = tables_of(alert(raised_at="2026-01-01T00:00:00.000Z")).standing(with_protected=False)
        assert only.raised_at == NOW

    def test_a_protected_case_needs_the_role(self) -> None:
        """It is in the tables, and in no list of other roles."""
        tables = tables_of(alert("1"), restricted=(alert("2"),))
        assert ["1"] == standing(tables, with_protected=False)
        assert ["1", "2"] == standing(tables, with_protected=True)

    @pytest.mark.parametrize("first", ["public", "restricted"])
    def test_a_case_that_becomes_protected_leaves_the_public(self, first: str) -> None:
        """The order of the two topics does not matter: a tombstone and the records before it show nothing."""
        tables = OutputTables()
        public = [(alert(), False), (None, False)]
        restricted = [(alert(revision=2), True)]
        for value, is_restricted in (public + restricted) if first == "public" else (restricted + public):
            tables.update_alert(b"1", value, is_restricted=is_restricted)
        assert [] == standing(tables, with_protected=False)
        assert ["1"] == standing(tables, with_protected=True)

    def test_a_tombstone_forgets(self) -> None:
        """The case is removed, too, when it has no other alert."""
        tables = tables_of(alert("1"), alert("2", case_id="c-1", cause="in_transit"))
        tables.update_alert(b"1", None, is_restricted=False)
        assert ["2"] == [each.alert_id for each in tables.of_case("c-1")]
        tables.update_alert(b"2", None, is_restricted=False)
        tables.update_alert(b"3", None, is_restricted=False)
        assert [] == tables.of_case("c-1")

    def test_an_old_ended_alert_is_removed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The memory is bounded; open alerts stay."""
        monkeypatch.setattr(module, "_MOST_ENDED", 2)
        tables = tables_of(alert("0"), *(alert(str(key), status="resolved") for key in range(1, 5)))
        assert [0, 0, 1, 1] == [len(tables.of_case(f"c-{key}")) for key in range(1, 5)]
        assert ["0"] == standing(tables)

    def test_every_record_with_a_change_is_a_version(self) -> None:
        """Pages ask whether there is a new version."""
        tables = tables_of(restricted=(alert(),))
        before = tables.version
        tables.update_alert(b"1", None, is_restricted=False)
        assert tables.version == before
        tables.update_alert(b"1", alert(revision=2), is_restricted=True)
        assert tables.version > before


class TestOthers:
    def test_loads_and_the_clock(self) -> None:
        """The newest load of every officer is kept; the clock is that of the newest one."""
        tables = tables_of(loads=(load("o-1", open_cases=1), load("o-2", as_of=NOW + 5), load("o-1", open_cases=2)))
        assert {"o-1": 2, "o-2": 0} == {name: each.open_cases for name, each in tables.loads.items()}
        assert tables.as_of == NOW + 5
        assert OutputTables().as_of is None

    def test_open_docket_alerts(self) -> None:
        """They are those of dockets, not of cases."""
        tables = OutputTables()
        record = alert(cause="no_officer").replace(b"no_officer", b"overloaded")
        tables.update_docket_alert(b"1", record)
        tables.update_docket_alert(b"2", record.replace(b'"raised"', b'"resolved"'))
        assert ["overloaded"] == [each.cause for each in tables.docket_alerts()]
        tables.update_docket_alert(b"1", None)
        assert [] == list(tables.docket_alerts())

    def test_refused_records_are_counted(self) -> None:
        """The counts are by feed and reason."""
        tables = OutputTables()
        for _ in range(2):
            tables.count_dead_letter(b'{"topic": "west.check-ins", "code": "bad_id", "payload": null}')
        tables.count_dead_letter(None)
        assert {("check-ins", "bad_id"): 2} == dict(tables.refused)
