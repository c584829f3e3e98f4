"""What the charts of the page of offices say of the weeks ahead, of moves and of a what-if."""

from schemas.policy import load_policy, parse_policy
from streams.web.pages.office_trial import policy_sliders, trial_lines
from streams.web.pages.study_content import (
    BALANCE_COLUMNS,
    TRIAL_COLUMNS,
    WEEK_COLUMNS,
    balance_curves,
    trial_weeks,
    weeks_ahead,
)
from tests.unit.web.studies import comparison, curve, office_ahead


class TestWeeksAhead:
    def test_the_table_has_what_the_bars_show(self) -> None:
        """Booked and expected apart, with the interval, in hours."""
        content = weeks_ahead(office_ahead("ATL"))
        bars = {each["name"]: each["data"] for each in content.options["series"] if each["type"] == "bar"}
        assert {"booked": [8.0, 4.0], "expected": [10.0, 12.0]} == bars
        assert ["2026-03-06", "8", "10", "8 to 12", "1", "3", "1 to 5", "8", "10", "8 to 12", "50%"] == content.rows[0]
        assert len(WEEK_COLUMNS) == len(content.rows[0])

    def test_the_sentence_has_the_first_and_the_last_week(self) -> None:
        """With the capacity, and what is booked."""
        sentence = weeks_ahead(office_ahead("ATL")).sentence
        assert "Week 1: 10 h of work are expected (8 to 12 h with a chance of 80%, 50% of the capacity)" in sentence
        assert "Week 2: 12 h" in sentence
        assert sentence.endswith("4 and 1 are booked.")


class TestBalanceCurves:
    def test_the_most_uneven_office_comes_first(self) -> None:
        """It says what half of the way takes, and what the end."""
        content = balance_curves([curve("ATL", (0, 1.2), (5, 1.0)), curve("SEA", (0, 1.8), (1, 1.3), (20, 1.01))])
        assert content.sentence.startswith(
            "In SEA the highest load is 1.80 times the mean of 50%; 1 move brings it to 1.30, 20 moves bring it to "
            "1.01. 1,234 cases may move. In ATL the highest load is 1.20 times the mean of 50%; 5 moves bring it to"
        )
        assert ["SEA", "0", "1.800", "90%"] == content.rows[0]
        assert len(BALANCE_COLUMNS) == len(content.rows[0])
        assert [[0, 1.8], [1, 1.3], [20, 1.01]] == content.options["series"][0]["data"]

    def test_an_office_that_no_move_evens_out(self) -> None:
        """Its one point is no curve."""
        assert "In ATL the highest load is 1.00 times the mean, and no move lowers it." == (
            balance_curves([curve("ATL", (0, 1.0))]).sentence
        )

    def test_offices_without_work(self) -> None:
        """There is nothing to even out."""
        assert "No officer at work has any work." == balance_curves([curve("ATL")]).sentence

    def test_many_offices(self) -> None:
        """Six lines are drawn, each with a stroke of its own; the table has all."""
        content = balance_curves([curve(f"O{number}", (0, 2.0 - number / 10), (3, 1.0)) for number in range(8)])
        kinds = [str(each["lineStyle"]["type"]) for each in content.options["series"]]
        assert (6, 6) == (len(kinds), len(set(kinds)))
        assert 16 == len(content.rows)
        assert content.sentence.endswith("2 offices that are more even are in the table only.")


class TestTrial:
    def test_the_weeks_now_and_in_the_trial(self) -> None:
        """The newest week is first in the table and last in the drawing."""
        content = trial_weeks(comparison())
        assert [[4, 6], [9, 16]] == [each["data"] for each in content.options["series"]]
        assert ["2026-W10", "6", "16", "11", "1", "1", "0"] == content.rows[0]
        assert len(TRIAL_COLUMNS) == len(content.rows[0])
        assert "10 alerts were raised over 2.0 weeks; in the trial 25." == content.sentence

    def test_what_differs_in_words(self) -> None:
        """Alerts, looks and officers; what does not occur is not said."""
        assert [
            "16 alerts are new and 1 are gone.",
            "2 come earlier, by 24.0 h (median) and 48.0 h (p90).",
            "A person has to look 6.0 times a week, in the trial 15.0 times.",
            "At the end 1.83 (2) officers are needed and 2 at work; in the trial 1.80 (2) and 3.",
        ] == trial_lines(comparison())

    def test_a_window_of_no_time(self) -> None:
        """Nothing is divided by its length."""
        assert not any("times a week" in line for line in trial_lines(comparison(weeks=0.0)))


class TestSliders:
    def test_the_keys_of_the_default_policy(self) -> None:
        """Each stands on the value that is set, within its ends."""
        found = {each.key: each for each in policy_sliders(load_policy())}
        assert ["causes.no_officer.after"] + [
            f"contact.interval.{level}" for level in ("intensive", "standard", "low", "annual")
        ] == list(found)
        assert all(each.least <= each.present <= each.most for each in found.values())
        slider = found["causes.no_officer.after"]
        assert ("5 business days (as set)", "1 business day") == (slider.text(5), slider.text(1))

    def test_a_value_that_is_no_whole_number_of_days(self) -> None:
        """It has no slider: no position would stand for it."""
        text = 'name = "mine"\nversion = "1"\nreview_by = 2030-01-01\n[causes.no_officer]\nafter = "36h"\n'
        keys = [each.key for each in policy_sliders(parse_policy(text, "mine.toml"))]
        assert "causes.no_officer.after" not in keys
        assert 4 == len(keys)
