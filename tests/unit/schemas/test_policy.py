"""The policy: its defaults, and the message for every possible fault."""

from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from schemas.causes import Cause
from schemas.durations import Duration, parse_duration
from schemas.policy import PACKAGED, Policy, PolicyError, load_policy, parse_policy

THIS = ', such as "America/New_York": this one differs between machines'
COUNTRY = 'must be a country or a region of ISO 3166, such as "NL" or "DE-BY", or "none"'
HEAD = 'name = "p"\nversion = "7"\nreview_by = 2027-01-31\n'


def refused(text: str, head: str = HEAD) -> list[str]:
    """Return a policy's faults, without the file's name."""
    with pytest.raises(PolicyError) as error:
        parse_policy(head + text, "p.toml")
    lines = str(error.value).split("\n")
    assert all(line.startswith("p.toml:") for line in lines)
    return [line.removeprefix("p.toml:").removeprefix(" ") for line in lines]


def country_of(zone: str) -> str:
    """Return the country of a time zone, as of zone.tab."""
    lines = files("tzdata.zoneinfo").joinpath("zone.tab").read_text().splitlines()
    return next(line.split("\t")[0] for line in lines if line.split("\t")[2:3] == [zone])


def durations(policy: Policy) -> dict[str, str | None]:
    return {name: cause.after.text if cause.after else None for name, cause in policy.causes.items()}


class TestDefaults:
    def test_they_are_the_contracts(self) -> None:
        """They have every number of CONTRACT.md §7."""
        policy = load_policy()
        contact, load, officers = policy.contact, policy.load, policy.officers
        assert policy.id == "default@1"
        assert (contact.early_window.text, contact.max_ahead.text) == ("3d", "400d")
        levels = ("intensive", "standard", "low", "annual")
        assert [getattr(contact.interval, level).text for level in levels] == ["7d", "30d", "90d", "365d"]
        assert [getattr(contact.grace, level).text for level in levels] == ["1bd", "3bd", "5bd", "10bd"]
        assert durations(policy) == {
            "no_officer": "5bd",
            "in_transit": "15d",
            "handoff_stalled": "10bd",
            "nothing_scheduled": "10bd",
            "notice_undeliverable": "5bd",
            "hearing_unresolved": "5bd",
            "check_in_overdue": None,
            "hearing_missed": None,
            "no_contact": None,
        }
        assert all(cause.enabled for cause in policy.causes.values())
        escalations = {name: cause.escalate_after.text for name, cause in policy.causes.items()}
        sooner = {"check_in_overdue": "14d", "hearing_missed": "14d"}
        assert {name: sooner.get(name, "30d") for name in Cause} == escalations
        assert load.period == Duration(milliseconds=3_600_000)
        assert [getattr(load.minutes_per_month, level) for level in levels] == [240, 120, 60, 10]
        assert (load.hearing_minutes, load.check_in_minutes, load.capacity_hours_month) == (60, 15, 120)
        assert (officers.overloaded.raise_, officers.overloaded.clear, officers.overloaded.periods) == (1.0, 0.9, 3)
        assert (officers.critical.raise_, officers.critical.clear, officers.critical.periods) == (1.5, 1.3, 3)
        assert (officers.orphaned_after.text, officers.required_courses) == ("5bd", ())
        assert (officers.intake.per_open, officers.intake.least) == (0.1667, 20)
        assert {name: office.tz for name, office in policy.offices.items()} == {
            "ATL": "America/New_York",
            "STP": "America/Chicago",
            "SEA": "America/Los_Angeles",
            "WAS": "America/New_York",
        }

    def test_a_missing_key_has_its_default(self) -> None:
        """A policy of three keys is the default under another name."""
        own = parse_policy(HEAD, "p.toml")
        assert own.id == "p@7"
        assert own.review_by == date(2027, 1, 31)
        named = {"name": own.name, "version": own.version, "review_by": own.review_by}
        assert load_policy().model_copy(update=named) == own

    def test_a_date_in_quotation_marks_is_accepted(self) -> None:
        """It equals one without."""
        quoted = HEAD.replace("2027-01-31", '"2027-01-31"')
        assert parse_policy(quoted, "p.toml") == parse_policy(HEAD, "p.toml")

    def test_a_missing_key_in_a_table_has_its_default_too(self) -> None:
        """A given key changes no other."""
        own = parse_policy(
            HEAD
            + '[contact]\ninterval = { low = "60d" }\n[causes.in_transit]\nenabled = false\n'
            + '[officers.overloaded]\nraise = 1.2\n[offices.NYC]\ntz = "America/New_York"\n',
            "p.toml",
        )
        assert (own.contact.interval.low.text, own.contact.interval.annual.text) == ("60d", "365d")
        assert not own.causes[Cause.IN_TRANSIT].enabled
        assert own.causes["in_transit"].after == parse_duration("15d")
        assert (own.officers.overloaded.raise_, own.officers.overloaded.clear) == (1.2, 0.9)
        assert set(own.offices) == {"ATL", "STP", "SEA", "WAS", "NYC"}

    def test_durations_may_be_zero_where_that_makes_sense(self) -> None:
        """A wait, a grace and a window may be; others must last."""
        own = parse_policy(
            HEAD
            + '[contact]\nearly_window = "0h"\ngrace = { low = "0bd" }\n'
            + '[causes.no_officer]\nafter = "0d"\n[officers]\norphaned_after = "0s"\n',
            "p.toml",
        )
        assert not own.causes["no_officer"].after
        assert not own.contact.grace.low

    def test_it_cannot_be_changed(self) -> None:
        """A policy is a value."""
        with pytest.raises(ValueError, match="frozen"):
            load_policy().load.hearing_minutes = 1  # type: ignore[misc]


class TestPackaged:
    @pytest.mark.parametrize("name", PACKAGED)
    def test_each_can_be_used(self, name: str) -> None:
        """Its name is enough."""
        assert load_policy(name).name == name

    @pytest.mark.parametrize("name", PACKAGED)
    def test_an_office_has_the_holidays_of_its_country(self, name: str) -> None:
        """The country is that of its time zone; the United States where the policy names none."""
        offices = load_policy(name).offices.items()
        assert {office: country_of(known.tz) for office, known in offices} == {
            office: (known.holidays or "US").partition("-")[0] for office, known in offices
        }

    def test_its_name_is_not_looked_up_in_the_working_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Neither a file nor a folder of its name is a policy; a file of any other name is one."""
        monkeypatch.chdir(tmp_path)
        Path("eoir").write_text(HEAD)
        Path("default").mkdir()
        assert [load_policy("eoir").name, load_policy("default").name] == ["eoir", "default"]
        assert load_policy(tmp_path / "eoir").id == "p@7"

    def test_the_policy_of_court_data_disables_causes_without_data(self) -> None:
        """The tables have no check-ins, acknowledgements, returned mail or appearances."""
        off = {name for name, cause in load_policy("eoir").causes.items() if not cause.enabled}
        assert off == {"handoff_stalled", "notice_undeliverable", "check_in_overdue", "no_contact"}

    def test_the_policy_of_a_permit_office_blames_no_applicant(self) -> None:
        """Every cause on the person's side is off."""
        off = {name for name, cause in load_policy("permits").causes.items() if not cause.enabled}
        assert off >= {"check_in_overdue", "hearing_missed", "no_contact"}


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            (
                "speed = 3",
                (
                    "speed = 3: is not a key of a policy: its keys are "
                    "name, version, review_by, contact, causes, load, officers, offices, balance"
                ),
            ),
            (
                '[contact]\nx = "1d"',
                'contact.x = "1d": is not a key of [contact]: its keys are early_window, max_ahead, interval, grace',
            ),
            (
                "[officers.critical]\nraise_ = 3",
                "officers.critical.raise_ = 3: is not a key of [officers.critical]: its keys are raise, clear, periods",
            ),
            (
                "[offices.ATL]\ncity = 1",
                "offices.ATL.city = 1: is not a key of [offices.ATL]: its keys are tz, holidays, closed",
            ),
            (
                "[causes.lost]\nenabled = true",
                (
                    "causes.lost is not a cause: the causes are no_officer, in_transit, handoff_stalled, "
                    "nothing_scheduled, notice_undeliverable, hearing_unresolved, check_in_overdue, hearing_missed, "
                    "no_contact"
                ),
            ),
            (
                '[causes.no_contact]\nafter = "1d"',
                'causes.no_contact.after = "1d": is not a key of [causes.no_contact]: that cause has another deadline',
            ),
            ("[causes.no_officer]\nenabled = 1", "causes.no_officer.enabled = 1: must be true or false"),
            (
                '[causes.no_officer]\nescalate_after = "0d"',
                'causes.no_officer.escalate_after = "0d": must be more than nothing, such as "1h"',
            ),
            (
                '[causes.no_officer]\nafter = "-5d"',
                'causes.no_officer.after = "-5d": must be a duration such as "36h", "10d", "5bd", "15m" or "30s"',
            ),
            (
                "[causes.no_officer]\nafter = 5",
                'causes.no_officer.after = 5: must be a duration such as "36h", "10d", "5bd", "15m" or "30s"',
            ),
            (
                '[contact]\ninterval = { low = "0d" }',
                'contact.interval.low = "0d": must be more than nothing, such as "1h"',
            ),
            (
                '[contact]\nearly_window = "3bd"',
                'contact.early_window = "3bd": must be in "d", "h", "m" or "s": business days are not counted here',
            ),
            ('[contact]\nmax_ahead = "0d"', 'contact.max_ahead = "0d": must be more than nothing, such as "1h"'),
            ("[contact]\ngrace = 3", "contact.grace = 3: must be a table"),
            ("causes = 3", "causes = 3: must be a table"),
            (
                '[load]\nperiod = "7h"',
                'load.period = "7h": must be whole minutes that divide 24 hours, such as "15m", "1h" or "6h"',
            ),
            (
                '[load]\nperiod = "90s"',
                'load.period = "90s": must be whole minutes that divide 24 hours, such as "15m", "1h" or "6h"',
            ),
            ('[load]\nperiod = "0h"', 'load.period = "0h": must be more than nothing, such as "1h"'),
            ("[load]\nhearing_minutes = -1", "load.hearing_minutes = -1: must be a number, 0 or more"),
            ("[load]\nhearing_minutes = inf", "load.hearing_minutes = inf: must be a number, 0 or more"),
            (
                "[load]\nminutes_per_month = { low = nan }",
                "load.minutes_per_month.low = nan: must be a number, 0 or more",
            ),
            ("[load]\ncheck_in_minutes = true", "load.check_in_minutes = true: must be a number, 0 or more"),
            (
                "[load]\ncapacity_hours_month = 745",
                "load.capacity_hours_month = 745: must be a number of hours from 0 to 744, those of a month",
            ),
            (
                "[officers.overloaded]\nclear = 1.0",
                "officers.overloaded.clear = 1.0: must be less than raise: 1 is not below 1",
            ),
            (
                "[officers.critical]\nraise = 1.2",
                "officers.critical.clear must be less than raise: 1.3 is not below 1.2",
            ),
            (
                "[officers.overloaded]\nraise = 1.5",
                "officers.critical.raise must be above officers.overloaded.raise: 1.5 is not above 1.5",
            ),
            (
                "[officers.critical]\nraise = 0.9\nclear = 0.8",
                "officers.critical.raise = 0.9: must be above officers.overloaded.raise: 0.9 is not above 1",
            ),
            (
                "[officers.overloaded]\nperiods = 0",
                "officers.overloaded.periods = 0: must be a whole number from 1 to 10000",
            ),
            ("[officers.intake]\nleast = 2.5", "officers.intake.least = 2.5: must be a whole number, 0 or more"),
            ('[officers]\nrequired_courses = "use"', 'officers.required_courses = "use": must be a list'),
            (
                '[officers]\nrequired_courses = ["use", "of force"]',
                'officers.required_courses.1 = "of force": must be the id of a course: 1 to 64 of A-Z a-z 0-9 . _ : -',
            ),
            *(
                (f'[offices.XXX]\ntz = "{zone}"', f'offices.XXX.tz = "{zone}": must be the time zone of a place{THIS}')
                for zone in ("localtime", "posixrules", "Factory", "posix/Europe/Paris", "right/Europe/Paris")
            ),
            *(
                (f'[offices.XXX]\ntz = "UTC"\nholidays = {given}', f"offices.XXX.holidays = {given}: {COUNTRY}")
                for given in ('"Holland"', '"DE-XX"', "5", '""', '"nl"')
            ),
            (
                '[offices.XXX]\ntz = "UTC"\nclosed = ["Easter"]',
                'offices.XXX.closed.0 = "Easter": must be a date, such as 2027-12-31',
            ),
            (
                '[offices.XXX]\ntz = "Mars/Base"',
                'offices.XXX.tz = "Mars/Base": must be an IANA time zone, such as "America/New_York"',
            ),
            (
                '[offices.XXX]\ntz = "../../etc/passwd"',
                'offices.XXX.tz = "../../etc/passwd": must be an IANA time zone, such as "America/New_York"',
            ),
            (
                '[offices.XXX]\ntz = "America"',
                'offices.XXX.tz = "America": must be an IANA time zone, such as "America/New_York"',
            ),
            ("[offices.XXX]\ntz = 5", 'offices.XXX.tz = 5: must be an IANA time zone, such as "America/New_York"'),
            ("[offices.XXX]", "offices.XXX.tz is missing: it has no default"),
            (
                '[offices."New York"]\ntz = "UTC"',
                "offices.New York is no office: an id has 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -",
            ),
            (
                '[offices.A1234567]\ntz = "UTC"',
                (
                    "offices.A1234567 is no office: it has the shape of an A-number, "
                    "and events that name such an office are refused"
                ),
            ),
        ],
    )
    def test_each_names_the_key_its_value_and_what_would_be_valid(self, text: str, fault: str) -> None:
        """Each fault has one line, which is compared as a whole."""
        assert [fault] == refused(text)

    @pytest.mark.parametrize(
        ("head", "fault"),
        [
            ('version = "1"\nreview_by = 2027-01-31', "name is missing: it has no default"),
            ('name = "p"\nreview_by = 2027-01-31', "version is missing: it has no default"),
            ('name = "p"\nversion = "1"', "review_by is missing: it has no default"),
            (
                'name = "p"\nversion = 1\nreview_by = 2027-01-31',
                (
                    "version = 1: must be a text of 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -, "
                    'in quotation marks, such as "1"'
                ),
            ),
            (
                'name = "p@2"\nversion = "1"\nreview_by = 2027-01-31',
                (
                    'name = "p@2": must be a text of 1 to 64 characters, each one of A-Z a-z 0-9 . _ : -, '
                    'in quotation marks, such as "1"'
                ),
            ),
            (
                'name = "p"\nversion = "1"\nreview_by = "next year"',
                'review_by = "next year": must be a date, such as 2027-12-31',
            ),
            (
                'name = "p"\nversion = "1"\nreview_by = 2027-01-31T00:00:00Z',
                "review_by = 2027-01-31 00:00:00+00:00: must be a date, such as 2027-12-31",
            ),
            (
                'name = "p"\nversion = "1"\nreview_by = 0001-01-01',
                "review_by = 0001-01-01: must be a date from the year 1900 on, such as 2027-12-31",
            ),
        ],
    )
    def test_the_required_keys(self, head: str, fault: str) -> None:
        """They are its name, its version as text, and the date of its review."""
        assert [fault] == refused("", head)

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            ("a = = 3", "4: this is not TOML: Invalid value"),
            ('\n\nname = "q"', "6: this is not TOML: Cannot overwrite a value"),
            ("[contact", "4: this is not TOML: Expected ']' at the end of a table declaration"),
        ],
    )
    def test_a_syntax_error_names_the_line(self, text: str, fault: str) -> None:
        """The number is that of an editor."""
        assert [fault] == refused(text)

    def test_all_faults_are_reported_together(self) -> None:
        """One run of the check shows them."""
        assert len(refused("x = 1\n[contact]\ny = 2\n[load]\nhearing_minutes = -1")) == 3

    def test_an_unreadable_file_is_named(self, tmp_path: Path) -> None:
        """It is missing, a folder, or not text."""
        with pytest.raises(PolicyError, match=r"missing\.toml: the file cannot be read: No such file or directory$"):
            load_policy(tmp_path / "missing.toml")
        with pytest.raises(PolicyError, match=r": the file cannot be read: Is a directory$"):
            load_policy(tmp_path)
        (tmp_path / "latin.toml").write_bytes(b'name = "\xe9"')
        with pytest.raises(PolicyError, match=r"latin\.toml: the file is not UTF-8 text: a policy is TOML in UTF-8$"):
            load_policy(tmp_path / "latin.toml")
