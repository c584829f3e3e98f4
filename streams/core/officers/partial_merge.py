"""The newest partial of each case partition, and the final ones that wait until every partition has come as far.

The partials of one partition come in the order in which it made them; those of different partitions in any order, and
any of them more than once. A partition that is as of an instant, live or final, has sent every final one up to it; so a
partition without cases delays no officer, as long as it publishes its clock now and then.

One that builds on a final partial which never came (`streams.core.load.partials`) brings rows that are right, but no
period end is judged by it: the partition counts as no further than it was until a whole one comes.
`PartialMerge.missed` names such partitions.

Compiled where the installation has a C compiler (`deploy/wheel/compile.py`): `partial_merge.pxd` gives the types.
"""

from collections import deque
from collections.abc import Mapping

from streams.core.load.partials import Partial, PartialRow, sum_rows, sum_what_judging_reads

__all__ = ["PartialMerge"]


class PartialMerge:
    """The loads of all officers, twice: as of the newest partials, and as of the period end judged last.

    Args:
        sources: How many case partitions there are.

    Attributes:
        first: When the first event of any case became known (ms), as far as partials say; None before one does.
    """

    __slots__ = ("_missed", "_sources", "first")

    def __init__(self, sources: int) -> None:
        self.first: int | None = None
        self._sources = [_CasePartitionPartials() for _ in range(sources)]
        self._missed: dict[int, int] = {}

    def add(self, partial: Partial) -> set[str] | None:
        """Add a partial.

        Returns:
            Officers whose newest row may now be another; None when the partial is no newer than what is known.

        Raises:
            ValueError: There is no such partition.
        """
        if not 0 <= partial.partition < len(self._sources):
            raise ValueError(f"partial of partition {partial.partition}, but there are {len(self._sources)}")
        source = self._sources[partial.partition]
        if source.misses_rows_before(partial):
            self._miss(partial)
            return source.add_live(partial)
        if source.watermark is None or partial.as_of > source.watermark:
            source.watermark = partial.as_of
        first = partial.as_of if partial.final and partial.first is None else partial.first
        if first is not None and (self.first is None or first < self.first):
            self.first = first
        if not partial.final:
            return source.add_live(partial)
        touched = source.add_final(partial)
        if self._missed and touched is not None:
            self._make_up(partial)
        return touched

    def misses_rows_before(self, partial: Partial) -> bool:
        """Whether a partial builds on a final one that never came; False when there is no such partition."""
        return 0 <= partial.partition < len(self._sources) and self._sources[partial.partition].misses_rows_before(
            partial
        )

    @property
    def missed(self) -> Mapping[int, int]:
        """Case partitions of which a final partial never came: it is one of those up to this instant (ms)."""
        return self._missed

    def _miss(self, partial: Partial) -> None:
        upto = partial.as_of if partial.final or partial.previous is None else partial.previous
        self._missed[partial.partition] = max(upto, self._missed.get(partial.partition, upto))

    def _make_up(self, final: Partial) -> None:
        upto = self._missed.get(final.partition)
        # one that is older and names its changes was late itself: the next one misses rows again
        if upto is not None and (final.previous is None or final.as_of >= upto):
            del self._missed[final.partition]

    @property
    def complete_until(self) -> int | None:
        """Every final partial up to this instant (ms) has come from every partition; None while one never spoke."""
        watermark: int | None = None
        for source in self._sources:
            if source.watermark is None:
                return None
            if watermark is None or source.watermark < watermark:
                watermark = source.watermark
        return watermark

    @property
    def first_waiting(self) -> int | None:
        """Instant (ms) of the earliest final partial that waits; None when none does."""
        return min((source.waiting[0].as_of for source in self._sources if source.waiting), default=None)

    def judge(self, at: int) -> set[str]:
        """Move on to a period end (ms): officers whose row as of it is another than as of the one judged before."""
        touched: set[str] = set()
        for source in self._sources:
            source.judge(at, touched)
        return touched

    def judged(self, officer_id: str) -> PartialRow | None:
        """The values of an officer's row that judging reads, as of the period end judged last; None without a row."""
        first, rows = None, []
        for source in self._sources:
            row = source.judged.get(officer_id)
            if row is not None:
                if first is None:
                    first = row  # one list less: most officers have cases in few partitions
                else:
                    rows.append(row)
        return sum_what_judging_reads(officer_id, [first, *rows]) if first is not None and rows else first

    def newest(self, officer_id: str) -> PartialRow | None:
        """An officer's row as of the newest partials; None when it has none."""
        rows = [row for source in self._sources if (row := source.newest(officer_id)) is not None]
        return sum_rows(officer_id, rows) if rows else None

    def officers(self) -> set[str]:
        """Every officer that has a row as of the newest partials."""
        return {officer_id for source in self._sources for officer_id in (*source.latest_final, *source.live)}

    def judged_officers(self) -> set[str]:
        """Every officer that has a row as of the period end judged last."""
        return {officer_id for source in self._sources for officer_id in source.judged}

    def clocks(self) -> list[int | None]:
        """The watermark (ms) of each case partition; None for one without a partial."""
        return [source.watermark for source in self._sources]

    def set_clocks(self, clocks: list[int | None]) -> None:
        """Restore what `clocks` gave."""
        for source, watermark in zip(self._sources, clocks, strict=False):
            source.watermark = watermark

    def pop_spent(self) -> list[tuple[int, int]]:
        """(partition, instant ms) of final partials that a restore no longer needs; each is returned once."""
        spent = []
        for partition, source in enumerate(self._sources):
            spent += [(partition, as_of) for as_of in source.spent]
            source.spent.clear()
        return spent


class _PartialDifference:
    """The difference of a final partial to the one before; a whole one needs none before."""

    __slots__ = ("as_of", "changed", "gone", "is_whole")

    def __init__(self, as_of: int, changed: list[PartialRow], gone: list[str], *, is_whole: bool) -> None:
        self.as_of, self.changed, self.gone, self.is_whole = as_of, changed, gone, is_whole


class _CasePartitionPartials:
    """One case partition.

    Attributes:
        watermark: How far it has come (ms).
        latest_final: Rows of its newest final partial.
        latest_final_at: The instant of that.
        waiting: Final partials after the period end judged last, as differences.
        judged: Rows as of that period end.
        live: Newer rows than the tip's, with their instants.
        base: The final partials that make up `judged`: a whole one and those after it.
        spent: Final partials older than these, not returned yet.
    """

    __slots__ = ("base", "judged", "latest_final", "latest_final_at", "live", "spent", "waiting", "watermark")

    def __init__(self) -> None:
        self.watermark: int | None = None
        self.latest_final: dict[str, PartialRow] = {}
        self.latest_final_at: int | None = None
        self.waiting: deque[_PartialDifference] = deque()
        self.judged: dict[str, PartialRow] = {}
        self.base: list[int] = []
        self.live: dict[str, tuple[int, PartialRow]] = {}
        self.spent: list[int] = []

    def newest(self, officer_id: str) -> PartialRow | None:
        live = self.live.get(officer_id)
        return self.latest_final.get(officer_id) if live is None else live[1]

    def misses_rows_before(self, partial: Partial) -> bool:
        previous = partial.previous
        return previous is not None and (self.latest_final_at is None or previous > self.latest_final_at)

    def add_final(self, partial: Partial) -> set[str] | None:
        if self.latest_final_at is not None and partial.as_of <= self.latest_final_at:
            return None
        is_whole, latest_final = partial.previous is None, self.latest_final
        names_changes = not is_whole and partial.previous == self.latest_final_at  # each row differs from the last one
        changed: list[PartialRow] = []
        gone: list[str] = []
        touched: set[str] = set()
        for row in partial.rows:
            officer_id = row.officer_id
            held = latest_final.get(officer_id)
            if not is_whole and not row.open_cases and row.is_zero:
                if held is not None:
                    gone.append(officer_id)
                    del latest_final[officer_id]
            elif names_changes or (held is not row and held != row):
                changed.append(row)
                touched.add(officer_id)
                latest_final[officer_id] = row
        if is_whole and len(latest_final) != len(partial.rows):
            present = {row.officer_id for row in partial.rows}
            gone += [officer_id for officer_id in latest_final if officer_id not in present]
            for officer_id in gone:
                del latest_final[officer_id]
        self.latest_final_at = partial.as_of
        self.waiting.append(_PartialDifference(partial.as_of, changed, gone, is_whole=is_whole))
        touched.update(gone)
        if self.live:
            touched.update(self.live)
            self.live = {officer: newer for officer, newer in self.live.items() if newer[0] > partial.as_of}
        return touched

    def add_live(self, partial: Partial) -> set[str] | None:
        as_of = partial.as_of
        if self.latest_final_at is not None and as_of <= self.latest_final_at:
            return None
        touched = set()
        for row in partial.rows:
            held = self.live.get(row.officer_id)
            if held is None or held[0] <= as_of:
                self.live[row.officer_id] = (as_of, row)
                touched.add(row.officer_id)
        return touched

    def judge(self, at: int, touched: set[str]) -> None:
        waiting, judged = self.waiting, self.judged
        while waiting and waiting[0].as_of <= at:
            difference = waiting.popleft()
            for row in difference.changed:
                judged[row.officer_id] = row
                touched.add(row.officer_id)
            for officer_id in difference.gone:
                del judged[officer_id]
                touched.add(officer_id)
            if difference.is_whole:
                self.spent += self.base
                self.base.clear()
            self.base.append(difference.as_of)
