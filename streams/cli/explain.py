"""`docketwatch explain`: explains in words which causes hold for a case."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from schemas import hot
from schemas.instants import to_text
from streams.cli.broker_options import BROKERS, PREFIX
from streams.cli.endings import run_loop
from streams.cli.files import INPUT
from streams.cli.options import LAST_INSTANT, POLICY, read_policy, require_case_id
from streams.cli.workers_state import rules_of_workers, workers_settings
from streams.core.alerting.explanation import CauseExplanation, CauseVerdict, Explanation, explain
from streams.core.partition import CasePartition
from streams.core.policy.rules import Rules
from streams.core.state.case_state import CaseState
from streams.errors import UsageError
from streams.sources.logs import read_events
from streams.sources.pseudonyms import is_made

if TYPE_CHECKING:
    from streams.kafka.client.settings import Settings
    from streams.kafka.state.case_lookup import CaseInChangelog

__all__ = ["command"]

_BATCH = 1024

_Found = tuple[CaseState, int, list[str]]
"""A case, its instant (ms), and why its alerts are held."""


@click.command("explain")
@click.argument("case_id")
@click.argument("files", nargs=-1, type=INPUT, metavar="[FILE...]")
@POLICY
@BROKERS
@PREFIX
@click.option("--until", type=LAST_INSTANT, help="As of this instant. Default: the last recorded_at of the files.")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON object: case_id, as_of, policy, held, facts and causes (all)."
)
def command(
    case_id: str,
    files: tuple[Path, ...],
    policy_file: Path | None,
    brokers: str | None,
    prefix: str | None,
    until: int | None,
    as_json: bool,
) -> None:
    """Explain, for each cause, whether it holds for a case and why.

    It reads log files or, without files, the workers' state on the broker. In the second case it needs the workers'
    policy: --policy, DOCKETWATCH_POLICY_FILE or a packaged one.
    """
    require_case_id("CASE_ID", case_id, _hint(""))
    if files:
        rules = Rules(read_policy(policy_file))
        found = _from_files(case_id, files, rules, until)
        if found is None:
            raise UsageError(f"no event of case {case_id} is in these files up to then{_hint(case_id)}")
        state, now, held = found
    elif until is not None:
        raise UsageError("--until goes with files; the workers keep a case as of their clock only")
    else:
        settings = workers_settings(brokers, prefix)
        kept = _from_workers(case_id, settings)
        if kept is None:
            raise UsageError(f"no event of case {case_id} was seen by a worker{_hint(case_id)}")
        rules = rules_of_workers(f"case {case_id}", kept.judged_as, policy_file or settings.policy_file)
        state, now, held = kept.state, kept.clock, _held(kept)
    explanation = explain(state, rules, now)
    if as_json:
        click.echo(_json(case_id, now, rules, held, explanation))
        return
    click.echo(f"Case {case_id} as of {to_text(now)}, policy {rules.policy_name}")
    for sentence in held:
        click.echo(f"  held: {sentence}")
    for fact in explanation.facts:
        click.echo(f"  {fact}")
    click.echo()
    for cause in explanation.causes:
        click.echo(_line(cause))
        if cause.evidence:
            click.echo(f"      evidence: {', '.join(cause.evidence)}")


def _json(case_id: str, now: int, rules: Rules, held: list[str], explanation: Explanation) -> str:
    causes = [
        {
            **msgspec.structs.asdict(each),
            "anchor": None if each.anchor is None else to_text(each.anchor),
            "deadline": None if each.deadline is None else to_text(each.deadline),
        }
        for each in explanation.causes
    ]
    document = {
        "case_id": case_id,
        "as_of": to_text(now),
        "policy": rules.policy_name,
        "held": held,
        "facts": explanation.facts,
        "causes": causes,
    }
    return msgspec.json.encode(document).decode()


def _hint(case_id: str) -> str:
    """Advice for an id that is not in the form of a conversion's pseudonyms."""
    if is_made(case_id):
        return ""
    return (
        "; if that is an id of the source: alerts have pseudonyms, and `docketwatch pseudonym ID --mapping PATH "
        "--key-file PATH` prints the one of a case"
    )


def _from_workers(case_id: str, settings: "Settings") -> "CaseInChangelog | None":
    from streams.kafka.state.case_lookup import read_case_state  # late, as above

    return run_loop(read_case_state(settings, Rules(read_policy(None)), case_id))


def _held(case: "CaseInChangelog") -> list[str]:
    from streams.kafka.input_gaps import held_sentence  # late, as above

    return [held_sentence(each) for each in case.gaps]


def _from_files(case_id: str, files: tuple[Path, ...], rules: Rules, until: int | None) -> _Found | None:
    cases = CasePartition(rules, keeps_changelog=False)
    clock = _LogClock()
    for batch in _batches(_of_case(case_id, read_events(files), until, clock)):
        cases.advance(batch, batch[-1].recorded_at)
    now = clock.last if until is None else until
    if case_id not in cases or now is None:
        return None
    cases.advance([], now)
    return cases.state(case_id), now, []


class _LogClock:
    """The last recorded_at of the files."""

    last: int | None = None


def _of_case(case_id: str, events: Iterable[hot.Event], until: int | None, clock: _LogClock) -> Iterator[hot.CaseEvent]:
    for event in events:
        if until is not None and event.recorded_at > until:
            return
        clock.last = event.recorded_at
        if isinstance(event, hot.CaseEvent) and event.case_id == case_id:
            yield event


def _batches(events: Iterable[hot.CaseEvent]) -> Iterator[list[hot.CaseEvent]]:
    """Batches of events; events of one instant stay in one batch."""
    batch: list[hot.CaseEvent] = []
    for event in events:
        if len(batch) >= _BATCH and event.recorded_at > batch[-1].recorded_at:
            yield batch
            batch = []
        batch.append(event)
    if batch:
        yield batch


def _line(cause: CauseExplanation) -> str:
    mark = "!" if cause.verdict is CauseVerdict.STANDS else " "
    instance = f" {cause.instance}" if cause.instance else ""
    return f"{mark} {cause.cause} ({cause.cause_class}){instance}: {cause.verdict}: {cause.sentence}"
