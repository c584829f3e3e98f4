from pathlib import Path

from schemas import hot
from schemas.instants import to_ms
from tests.unit.sources.mappings import ASSIGNED, HEAD, from_csv

HEADER = "case,activity,time,desk,clerk,note,when\n"


def rule(text: str) -> str:
    """Return one more rule of a mapping."""
    return HEAD + "[[events]]\n" + text


class TestMatching:
    ROWS = HEADER + (
        "1,open,2024-03-04 09:00,front,ann,a,\n"
        "1,work 1,2024-03-05 09:00,front,ann,a,\n"
        "1,work 2,2024-03-06 09:00,front,ann,b,\n"
        "1,rest,2024-03-07 09:00,front,ann,b,\n"
    )
    DONE = 'emit = "check_in_completed"\nset = { channel = "office" }\n'

    def days(self, folder: Path, text: str) -> list[str]:
        converted = from_csv(folder, rule(self.DONE + text), self.ROWS)
        days = {to_ms(f"2024-03-0{day}T08:00:00Z"): f"0{day}" for day in range(4, 8)}
        return [days[event.occurred_at] for event in converted.of("check_in_completed")]

    def test_each(self, tmp_path: Path) -> None:
        """A rule applies to all records unless it says otherwise."""
        assert ["04", "05", "06", "07"] == self.days(tmp_path, "")

    def test_by_activity(self, tmp_path: Path) -> None:
        """Any of the patterns may match."""
        assert ["05", "06"] == self.days(tmp_path, 'activity = "work *"')
        assert ["04", "07"] == self.days(tmp_path, 'activity = ["open", "re?t"]')

    def test_first_and_last_of_those_that_match(self, tmp_path: Path) -> None:
        """They are those of each case."""
        assert ["05"] == self.days(tmp_path, 'activity = "work *"\non = "first"')
        assert ["06"] == self.days(tmp_path, 'activity = "work *"\non = "last"')

    def test_by_another_attribute(self, tmp_path: Path) -> None:
        """Patterns may be used, too."""
        assert ["06", "07"] == self.days(tmp_path, 'where = { note = "b" }')

    def test_when_an_attribute_changes(self, tmp_path: Path) -> None:
        """Its first value is a change from none."""
        assert ["04", "06"] == self.days(tmp_path, 'on = "change"\nof = "note"')

    def test_records_without_a_rule_are_counted(self, tmp_path: Path) -> None:
        """A rule may be missing for them. The rule that opens the case does not count."""
        mapping = HEAD.replace('on = "first"', 'on = "first"\nactivity = "open"')
        assert {"records: no rule is about the record": 3} == from_csv(tmp_path, mapping, self.ROWS).noted()


class TestOfficers:
    def test_a_change_of_officer_or_office_is_an_assignment(self, tmp_path: Path) -> None:
        """The first officer, another officer and another office are; the same one and a system account are not."""
        rows = HEADER + (
            "1,a,2024-03-04,front,ann,,\n"
            "1,b,2024-03-05,front,ann,,\n"
            "1,c,2024-03-06,front,system,,\n"
            "1,d,2024-03-07,front,bob,,\n"
            "1,e,2024-03-08,back,bob,,\n"
            "1,f,2024-03-09,back,,,\n"
        )
        assigned = [e for e in from_csv(tmp_path, HEAD + ASSIGNED, rows).events if isinstance(e, hot.OfficerAssigned)]
        assert [4, 7, 8] == [
            (event.occurred_at - to_ms("2024-02-29T23:00:00Z")) // 86_400_000 + 1 for event in assigned
        ]
        assert 3 == len(assigned)
        assert assigned[0].officer_id != assigned[1].officer_id == assigned[2].officer_id
        assert assigned[1].office == "FRONT" != assigned[2].office

    def test_an_unassigned_officer_can_be_assigned_again(self, tmp_path: Path) -> None:
        """officer_unassigned makes the next one a change."""
        taken = '[[events]]\nemit = "officer_unassigned"\nactivity = "drop"\n'
        rows = HEADER + "1,a,2024-03-04,front,ann,,\n1,drop,2024-03-05,front,system,,\n1,b,2024-03-06,front,ann,,\n"
        converted = from_csv(tmp_path, HEAD + taken + ASSIGNED, rows)
        assert ["case_opened", "officer_assigned", "officer_unassigned", "officer_assigned"] == [
            event.type for event in sorted(converted.events, key=lambda event: (event.recorded_at, event.type))
        ]

    def test_a_rule_about_changes_keeps_its_values(self, tmp_path: Path) -> None:
        """An unassignment changes no other field."""
        rules = (
            '[[events]]\nemit = "officer_unassigned"\nactivity = "drop"\n'
            '[[events]]\nemit = "supervision_changed"\non = "change"\nof = "note"\nset = { level = "low" }\n'
        )
        rows = HEADER + "".join(f"1,{what},2024-03-0{day},front,ann,x,\n" for day, what in enumerate("adbdc", 4))
        rows = rows.replace(",d,", ",drop,")
        assert 1 == len(from_csv(tmp_path, HEAD + rules + ASSIGNED, rows).of("supervision_changed"))

    def test_an_officers_own_events(self, tmp_path: Path) -> None:
        """A log of trainings needs no cases."""
        mapping = HEAD[: HEAD.index("[[events]]")] + (
            '[[events]]\nemit = "training_completed"\ndue_after = "365d"\nset = { course = { from = "note" } }\n'
            '[[events]]\nemit = "officer_updated"\n'
            'set = { status = "active", capacity_hours_month = { from = "when" } }\n'
        )
        trained, updated = sorted(
            from_csv(tmp_path, mapping, HEADER + "1,a,2024-03-04 09:00,front,ann,firearms,96.5\n").events,
            key=lambda event: event.type,
            reverse=True,
        )
        assert isinstance(trained, hot.TrainingCompleted)
        assert isinstance(updated, hot.OfficerUpdated)
        assert ("firearms", to_ms("2025-03-04T08:00:00Z")) == (trained.course, trained.valid_until)
        assert ("FRONT", 96.5, trained.officer_id) == (updated.office, updated.capacity_hours_month, updated.officer_id)


class TestOrder:
    def offices(self, folder: Path, rows: str) -> list[str]:
        """Return the office of each assignment, by time."""
        head = HEAD.replace('"front" = "FRONT"', '"front" = "FRONT", "back" = "BACK", "side" = "SIDE"')
        assigned = from_csv(folder, head + ASSIGNED, HEADER + rows).of("officer_assigned")
        return [str(getattr(one, "office", "")) for one in sorted(assigned, key=lambda one: one.occurred_at)]

    def test_rows_of_one_instant_follow_the_file(self, tmp_path: Path) -> None:
        """Each is a millisecond after its predecessor."""
        rows = [f"1,a,2024-03-04 09:00,{desk},ann,,\n" for desk in ("side", "front", "back", "front")]
        assert ["SIDE", "FRONT", "BACK", "FRONT"] == self.offices(tmp_path, "".join(rows))

    def test_in_a_log_with_the_newest_first_the_order_is_reversed(self, tmp_path: Path) -> None:
        """Audits are often exported so."""
        rows = [
            "1,a,2024-03-05 09:00,front,ann,,\n",
            "1,a,2024-03-04 09:00,back,ann,,\n",
            "1,a,2024-03-04 09:00,side,ann,,\n",
        ]
        assert ["SIDE", "BACK", "FRONT"] == self.offices(tmp_path, "".join(rows))

    def test_facts_of_one_row_keep_their_instant(self, tmp_path: Path) -> None:
        """The rank of their types orders them."""
        converted = from_csv(tmp_path, HEAD + ASSIGNED, HEADER + "1,a,2024-03-04 09:00,front,ann,,\n" * 2)
        first = [event.occurred_at for event in converted.events]
        assert first == [to_ms("2024-03-04T08:00:00Z")] * 2

    def test_ids_do_not_depend_on_it(self, tmp_path: Path) -> None:
        """An inserted row of the same instant changes no id."""
        (tmp_path / "a").mkdir()
        row = "1,b,2024-03-04 09:00,front,ann,,\n"
        done = HEAD + '[[events]]\nemit = "check_in_completed"\nactivity = "b"\nset = { channel = "office" }\n'
        alone = from_csv(tmp_path / "a", done, HEADER + row).of("check_in_completed")
        behind = from_csv(tmp_path, done, HEADER + row.replace(",b,", ",a,") + row).of("check_in_completed")
        assert alone[0].event_id == behind[0].event_id
        assert 1 == behind[0].occurred_at - alone[0].occurred_at


class TestContradictions:
    CLOSED = '[[events]]\nemit = "case_closed"\nactivity = "end"\nat = "when"\nset = { reason = "other" }\n'

    def test_closed_before_it_was_opened(self, tmp_path: Path) -> None:
        """It is counted once per case."""
        rows = HEADER + "1,a,2024-03-04,front,ann,,\n1,end,2024-03-05,front,ann,,2024-02-01\n"
        assert {"cases: closed before it was opened": 1} == from_csv(tmp_path, HEAD + self.CLOSED, rows).noted()

    def test_closed_before_its_first_record(self, tmp_path: Path) -> None:
        """The case was opened before, and its records follow its end."""
        head = HEAD.replace('on = "first"', 'on = "first"\nat = "note"')
        rows = HEADER + "1,a,2024-03-04,front,ann,2024-01-01,\n1,end,2024-03-05,front,ann,,2024-02-01\n"
        assert {"cases: closed before its first record, though it was opened before that": 1} == from_csv(
            tmp_path, head + self.CLOSED, rows
        ).noted()

    def test_a_repeated_record(self, tmp_path: Path) -> None:
        """It gives its own events and is counted."""
        rows = HEADER + "1,a,2024-03-04,front,ann,,\n" * 3
        noted = from_csv(tmp_path, HEAD, rows).noted()
        assert 2 == noted["records: repeats a record of the case before it: both are read"]

    def test_an_officers_events_open_no_case(self, tmp_path: Path) -> None:
        """No opening is missing."""
        mapping = HEAD[: HEAD.index("[[events]]")] + (
            '[[events]]\nemit = "training_completed"\ndue_after = "365d"\nset = { course = "x" }\n'
        )
        assert {} == from_csv(tmp_path, mapping, HEADER + "1,a,2024-03-04,front,ann,,\n").noted()


class TestTimes:
    ROWS = HEADER + "1,a,2024-03-04 09:00,front,ann,,2024-02-01\n1,z,2024-03-20 09:00,front,ann,,2024-03-10\n"

    def test_occurred_at_from_an_attribute_is_known_with_the_record(self, tmp_path: Path) -> None:
        """The fact is of the first and was entered on the fourth of the next month."""
        mapping = HEAD.replace('on = "first"', 'on = "first"\nat = "when"')
        (opened,) = from_csv(tmp_path, mapping, self.ROWS).events
        assert to_ms("2024-02-01T00:00:00+01:00") == opened.occurred_at
        assert to_ms("2024-03-04T08:00:00Z") == opened.recorded_at

    def test_occurred_at_may_be_its_recorded_at(self, tmp_path: Path) -> None:
        """Then it precedes its record."""
        closed = 'emit = "case_closed"\non = "last"\nat = "when"\nknown = "then"\nset = { reason = "other" }\n'
        event = from_csv(tmp_path, rule(closed), self.ROWS).of("case_closed")[0]
        assert to_ms("2024-03-10T00:00:00+01:00") == event.occurred_at == event.recorded_at

    def test_recorded_at_is_not_before_the_case_was_known(self, tmp_path: Path) -> None:
        """The case is known from its first record."""
        closed = 'emit = "case_closed"\non = "first"\nat = "when"\nknown = "then"\nset = { reason = "other" }\n'
        event = from_csv(tmp_path, rule(closed), self.ROWS).of("case_closed")[0]
        assert to_ms("2024-02-01T00:00:00+01:00") == event.occurred_at
        assert to_ms("2024-03-04T08:00:00Z") == event.recorded_at

    def test_a_time_after_the_record_is_recorded_when_it_comes(self, tmp_path: Path) -> None:
        """An event is not recorded before it happened."""
        later = self.ROWS.replace("2024-02-01", "2024-04-01")
        mapping = HEAD.replace('on = "first"', 'on = "first"\nat = "when"')
        (opened,) = from_csv(tmp_path, mapping, later).events
        assert to_ms("2024-04-01T00:00:00+02:00") == opened.occurred_at == opened.recorded_at

    def test_without_a_time_there_is_no_event(self, tmp_path: Path) -> None:
        """It is counted by rule, with the attribute that is empty or no time."""
        closed = 'emit = "case_closed"\non = "last"\nat = "when"\nset = { reason = "other" }\n'
        without = from_csv(tmp_path, rule(closed), self.ROWS.replace("2024-03-10", ""))
        assert {"rule 2 (case_closed): no value of when": 1} == without.skipped()
        strange = from_csv(tmp_path, rule(closed), self.ROWS.replace("2024-03-10", "soon"))
        (reason,) = strange.skipped()
        assert reason.startswith("rule 2 (case_closed): the value of when is no date and time of a known form; its sha")

    def test_due_after_and_due_from(self, tmp_path: Path) -> None:
        """The date is a duration after occurred_at, or an attribute."""
        booked = 'emit = "check_in_scheduled"\nactivity = "a"\nid = "x"\nset = { channel = "phone" }\n'
        after = from_csv(tmp_path, rule(booked + 'due_after = "36h"\n'), self.ROWS).of("check_in_scheduled")[0]
        from_ = from_csv(tmp_path, rule(booked + 'due_from = "when"\n'), self.ROWS).of("check_in_scheduled")[0]
        assert isinstance(after, hot.CheckInScheduled)
        assert isinstance(from_, hot.CheckInScheduled)
        assert to_ms("2024-03-05T20:00:00Z") == after.due_at
        assert to_ms("2024-02-01T00:00:00+01:00") == from_.due_at

    def test_history_has_one_recorded_at_per_case(self, tmp_path: Path) -> None:
        """The mapping or the option sets it."""
        for mapping, options in ((HEAD + ASSIGNED, {"as_history": True}), ("history = true\n" + HEAD + ASSIGNED, {})):
            converted = from_csv(
                tmp_path,
                mapping,
                self.ROWS.replace("z,2024-03-20 09:00,front,ann", "z,2024-03-20,front,bob"),
                **options,
            )
            assert {to_ms("2024-03-19T23:00:00Z")} == {event.recorded_at for event in converted.events}


class TestIds:
    ROWS = HEADER + (
        "1,book,2024-03-04 09:00,front,ann,N1,\n"
        "1,done,2024-03-05 09:00,front,ann,N1,\n"
        "2,book,2024-03-04 09:00,front,ann,N1,\n"
    )
    BOOK = (
        '[[events]]\nemit = "check_in_scheduled"\nactivity = "book"\ndue_after = "1d"\nset = { channel = "office" }\n'
    )
    DONE = '[[events]]\nemit = "check_in_completed"\nactivity = "done"\nset = { channel = "office" }\n'

    def ids(self, folder: Path, which: str) -> list[str | None]:
        converted = from_csv(folder, HEAD + self.BOOK + which + self.DONE + which, self.ROWS)
        by_case: dict[str, list[str | None]] = {}
        for event in converted.events:
            if isinstance(event, hot.CheckInScheduled | hot.CheckInCompleted):
                by_case.setdefault(event.case_id, []).append(event.check_in_id)
        one, two = sorted(by_case.values(), key=len, reverse=True)
        return one + two

    def test_a_constant_name_is_one_booking_of_each_case(self, tmp_path: Path) -> None:
        """It is the same booking within a case, and another one in another case."""
        booked, done, elsewhere = self.ids(tmp_path, 'id = "yearly"\n')
        assert booked == done != elsewhere

    def test_an_attribute_is_one_too(self, tmp_path: Path) -> None:
        """A number that two cases share names two bookings."""
        booked, done, elsewhere = self.ids(tmp_path, 'id_from = "note"\n')
        assert booked == done != elsewhere

    def test_without_either_a_booking_is_unique_and_a_contact_has_none(self, tmp_path: Path) -> None:
        """No later record can refer to it."""
        booked, done, elsewhere = self.ids(tmp_path, "")
        assert done is None
        assert None is not booked != elsewhere

    def test_event_ids_do_not_depend_on_the_rest_of_the_file(self, tmp_path: Path) -> None:
        """A longer export of the log has the same ids for the same records."""
        (tmp_path / "a").mkdir()
        short = from_csv(tmp_path / "a", HEAD + ASSIGNED, self.ROWS)
        longer = from_csv(tmp_path, HEAD + ASSIGNED, self.ROWS.replace(HEADER, HEADER + "3,x,2024-03-01,front,ann,,\n"))
        assert {event.event_id for event in short.events} < {event.event_id for event in longer.events}

    def test_a_repeated_fact_is_two_events(self, tmp_path: Path) -> None:
        """Both have the same time and the same case."""
        twice = self.ROWS + "1,done,2024-03-05 09:00,front,ann,N1,\n"
        done = from_csv(tmp_path, HEAD + self.DONE, twice).of("check_in_completed")
        assert 2 == len({event.event_id for event in done})


class TestFields:
    ROWS = (
        HEADER + "1,a,2024-03-04 09:00,front,ann,hi,true\n2,a,2024-03-04 09:00,,ann,lo,\n3,a,2024-03-04,side,ann,??,\n"
    )

    def test_values_of_an_attribute_become_values_of_a_field(self, tmp_path: Path) -> None:
        """A table with a default maps them."""
        level = '{ from = "note", values = { hi = "intensive", lo = "low" }, default = "standard" }'
        mapping = HEAD.replace('set = { level = "standard" }', f"set = {{ level = {level} }}").replace(
            'names = { "front" = "FRONT" }', 'names = { "front" = "FRONT" }\ndefault = "MAIN"'
        )
        offices = from_csv(tmp_path, mapping, self.ROWS).values("level", "office")
        assert {("case_opened", "intensive", "FRONT"), ("case_opened", "low", "MAIN")} < set(offices)
        assert "standard" in {level for _, level, _ in offices}

    def test_a_value_unknown_to_the_contract_gives_no_event(self, tmp_path: Path) -> None:
        """It is counted by rule, with the valid values and without the value itself."""
        mapping = HEAD.replace('set = { level = "standard" }', 'set = { level = { from = "note" } }')
        converted = from_csv(tmp_path, mapping, self.ROWS)
        assert [] == converted.events
        assert 2 == converted.skipped()["rule 1 (case_opened): level must be one of: intensive, standard, low, annual"]
        assert "??" not in converted.text

    def test_true_and_false_are_read_from_text(self, tmp_path: Path) -> None:
        """Logs write them so."""
        mapping = HEAD.replace(
            'level = "standard"', 'level = "standard", protected = { from = "when", default = false }'
        )
        assert 1 == sum(
            protected is True for _, protected in from_csv(tmp_path, mapping, self.ROWS).values("protected")
        )

    def test_a_record_without_an_office_gives_no_event(self, tmp_path: Path) -> None:
        """A default gives it one."""
        gap = "no office: office.from has no value, and there is no office.default"
        assert {f"rule 1 (case_opened): {gap}": 1} == from_csv(tmp_path, HEAD, self.ROWS).skipped()

    def test_offices_of_a_transfer_are_named_alike(self, tmp_path: Path) -> None:
        """A value in names becomes its office id, another one a pseudonym, and a constant stays."""
        moved = 'emit = "transferred_out"\nset = { from_office = { from = "desk" }, to_office = "ELSEWHERE" }\n'
        rows = HEADER + "1,a,2024-03-04,front,ann,,\n2,a,2024-03-04,side,ann,,\n"
        offices = set(from_csv(tmp_path, rule(moved), rows).values("from_office", "to_office"))
        assert ("transferred_out", "FRONT", "ELSEWHERE") in offices
        assert not any("side" in str(one) for one in offices)
