"""What an office can achieve with the officers at work, and what would relieve it, in sentences from its record.

All of it rests on the policy's weights, which are assumptions.
"""

from math import ceil, floor

from schemas.office_loads import OfficeLoad
from streams.core.load.office_record import needed
from streams.web.labels import count, number, percent

__all__ = ["relief"]


def relief(record: OfficeLoad, highest: float | None) -> list[str]:
    """The sentences.

    Args:
        record: Of the office, or of all together.
        highest: The highest utilisation of one of its officers at work; None when none has a capacity.
    """
    lines = [*_achievable(record), *_officers(record)]
    if record.utilisation is not None and highest is not None:
        lines.append(_evened_out(record.utilisation, highest))
    idle = [(record.unassigned, "cases without an officer"), (record.with_absent, "cases of an absent officer")]
    parts = [f"{count(cases)} {what}" for cases, what in idle if cases]
    if parts:
        lines.append(
            f"These numbers include {' and '.join(parts)}. No officer works on these cases until they are assigned."
        )
    return lines


def _achievable(record: OfficeLoad) -> list[str]:
    each = record.achievable_caseload
    if each is None:
        return []
    at_work = record.officers_at_work
    if not at_work:
        return [f"One officer has time for {number(each, 0)} cases of this mix; no officer is at work."]
    sentence = (
        f"One officer has time for {number(each, 0)} cases of this mix, and each officer at work has "
        f"{number(record.open_cases / at_work, 0)} on average. The {count(at_work)} at work have time for "
        f"{number(each * at_work, 0)} of {count(record.open_cases)} open cases."
    )
    return [sentence]


def _officers(record: OfficeLoad) -> list[str]:
    wanted, at_work = record.officers_needed, record.officers_at_work
    if wanted is None:
        return []
    if wanted > at_work:
        missing, load = ceil(wanted) - at_work, percent(wanted / ceil(wanted))
        what = f". {count(missing)} more would bring the load to {load}."
    else:
        room = 0 if record.achievable_caseload is None else floor((at_work - wanted) * record.achievable_caseload)
        what = f": there is time for {count(room)} more cases of this mix."
    return [f"{needed(wanted)} officers are needed and {count(at_work)} are at work{what}"]


def _evened_out(mean: float, highest: float) -> str:
    if mean >= 1:
        return (
            f"Moves of cases between officers cannot bring the load below capacity: evened out, every officer would be "
            f"at {percent(mean)}; the highest load is {percent(highest)}."
        )
    if highest < 1:
        return f"No officer is over capacity; the highest load is {percent(highest)}, evened out {percent(mean)}."
    return (
        f"Moves of cases between officers can bring every officer below capacity: the highest load is "
        f"{percent(highest)}; evened out, every officer would be at {percent(mean)}."
    )
