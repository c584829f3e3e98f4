"""The office records agree with the naive reading of the contract on logs made to collide."""

import json
from fractions import Fraction

from streams.core.load.office_record import office_loads
from streams.core.policy.rules import Rules
from streams.core.state.packed_state import pack, unpack
from streams.core.state.partition_record import META_KEY
from tests.driver import hot_event
from tests.oracle.naive import naive_offices
from tests.properties.running import CoreRun, known, scenarios_of_seeds

SUMMED = (
    "open_cases",
    "in_custody",
    "unassigned",
    "in_transit",
    "with_absent",
    "lost_track",
    "bookings_7d",
    "hearings_7d",
    "hearings_30d",
    "deadlines_7d",
    "officers_at_work",
)


def records(run: CoreRun):
    run.board.add_partial(run.cases.final_partial())
    staff = run.board.staff_rows(run.board.rows(run.cases.watermark))
    made = office_loads(run.cases.office_rows(), staff, Rules(run.policy), run.cases.watermark)
    return [json.loads(record.json()) for record in made]


def compared(rows):
    """Return the records by office, without rows of zeros, and with quotients to nine digits."""
    plain = {
        row["office"]: {
            name: round(float(value), 9) if isinstance(value, (Fraction, float)) else value
            for name, value in row.items()
        }
        for row in rows
    }
    return {office: row for office, row in plain.items() if any(row[name] for name in SUMMED)}


def older(key, packed):
    """Return the record of a case as the previous release packed it."""
    if key == META_KEY or packed is None:
        return packed
    state = unpack(packed)
    state.shared = 0
    if not state.counts:
        state.bookings_due, state.hearings_due = [], []
    return pack(state)


class TestOfficeRecords:
    def test_seeded(self):
        """Every number of every office agrees at the end of a log."""
        for seed, scenario in scenarios_of_seeds(700, first=700_000):
            run = CoreRun(scenario.policy).whole(scenario)
            oracle = naive_offices(known(scenario), scenario.policy, scenario.until)
            assert compared(oracle) == compared(records(run)), f"seed {seed}\n{scenario!r}"

    def test_updated_counts_equal_new_counts(self):
        """Updated rows equal newly computed ones, also after time alone changed them, and after a restart."""
        for seed, scenario in scenarios_of_seeds(120, first=710_000):
            run, once = CoreRun(scenario.policy), CoreRun(scenario.policy)
            events = sorted(known(scenario), key=lambda event: event["recorded_at"])
            for index in range(0, len(events), 3):
                portion = list(map(hot_event, events[index : index + 3]))
                watermark = portion[-1].recorded_at + index % 2 * 90_000_000
                run.advance(portion, watermark)
                once.advance(portion, watermark)
                rows = run.cases.office_rows()
                if index % 4 == 0:
                    run.cases.live_partial()
                if index % 5 == 0:
                    run.restarted()
                    assert rows == run.cases.office_rows(), seed
            assert run.cases.office_rows() == once.cases.office_rows(), seed

    def test_a_state_of_an_older_release_counts_alike(self):
        """It lacks the offices and due dates of cases without an officer: the program computes both."""
        for seed, scenario in scenarios_of_seeds(120, first=720_000):
            run = CoreRun(scenario.policy).whole(scenario)
            rows = run.cases.office_rows()
            run.changelog = [(key, older(key, value)) for key, value in run.changelog]
            run.restarted()
            assert rows == run.cases.office_rows(), seed

    def test_the_whole_is_the_sum_of_the_offices(self):
        """Every count and every exact sum of `*` is the sum over the offices."""
        for _, scenario in scenarios_of_seeds(60, first=730_000):
            whole, *offices = records(CoreRun(scenario.policy).whole(scenario))
            assert "*" == whole["office"]
            for name in SUMMED:
                assert whole[name] == sum(office[name] for office in offices), name
