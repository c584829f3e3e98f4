"""Used memory moves to huge pages, and no other memory; measured in child processes."""

import subprocess
import sys
from pathlib import Path

import pytest

from streams.process import huge_pages
from tests.kafka.waiting import LIMIT

SWITCH = Path("/sys/kernel/mm/transparent_hugepage/enabled")
needs_huge_pages = pytest.mark.skipif(
    not SWITCH.exists() or "[never]" in SWITCH.read_text(),
    reason="this kernel gives no huge pages, which cannot be installed: the move of state was not tested",
)

STATE = """
import ctypes, mmap, time
from pathlib import Path
from streams.process import huge_pages

def huge():
    rollup = Path("/proc/self/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in rollup if line.startswith("AnonHugePages")) >> 10

def requested():
    size = asked = 0
    for line in Path("/proc/self/smaps").read_text().splitlines():
        if line.startswith("Rss:"):
            size = int(line.split()[1])
        elif line.startswith("VmFlags:") and "hg" in line.split():
            asked += size
    return asked >> 10

def resident():
    return huge_pages._resident() >> 20

kept = []

def reserve(mib, may=mmap.PROT_READ | mmap.PROT_WRITE):
    kept.append(mmap.mmap(-1, mib << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, may))
    return kept[-1]

def touch(reserved):
    for at in range(0, len(reserved), mmap.PAGESIZE):
        reserved[at] = 1

def kernel_gives(mib):
    # whether fresh memory of `mib` MiB moves to huge pages now: free memory in small pieces gives none
    control = mmap.mmap(-1, mib + 2 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    touch(control)
    before = huge()
    first = ctypes.c_char.from_buffer(control)
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    madvise(-(-ctypes.addressof(first) // (2 << 20)) * (2 << 20), mib << 20, 25)
    del first
    gained = huge() - before
    control.close()
    return gained >= mib

def moved(least):
    # whether `least` MiB move to huge pages, or the kernel has none to give at some moment until then
    deadline = time.monotonic() + LIMIT
    while huge() < least and time.monotonic() < deadline:
        if not kernel_gives(least):
            return True
        huge_pages.advise()
    return huge() >= least
"""


LIMITED = f"LIMIT = {LIMIT}\n"


def numbers(code: str) -> list[int]:
    """Return the numbers that a child process prints."""
    done = subprocess.run([sys.executable, "-c", LIMITED + STATE + code], capture_output=True, text=True, check=True)
    return [int(word) for word in done.stdout.split()]


@needs_huge_pages
class TestAsk:
    """The request is exact; how much of it the kernel fulfils depends on the machine's free memory."""

    def test_state_moves_there_unchanged(self) -> None:
        """The state has half a million values of 100 bytes and their dictionary."""
        before, asked, has_moved, is_same = numbers("""
cases = {b"%d" % number: b"-%095d" % number for number in range(500_000)}
before = requested()
huge_pages.advise()
asked = requested()
is_same = all(cases[b"%d" % number] == b"-%095d" % number for number in range(500_000))
print(before, asked, int(moved(60)), int(is_same))
""")
        assert (0, 1, 1) == (before, has_moved, is_same)
        assert asked >= 60

    def test_untouched_memory_stays_unallocated(self) -> None:
        """A thread's stack is reserved as a whole, and used at its end."""
        grown, asked, has_moved = numbers("""
untouched, between, touched = reserve(256), reserve(256, mmap.PROT_READ), reserve(64)
touch(touched)
before = resident()
huge_pages.advise()
print(resident() - before, requested(), int(moved(60)))
""")
        assert grown < 32
        assert (60 <= asked < 128, has_moved) == (True, 1)

    def test_a_process_that_grows_asks_by_itself(self) -> None:
        """It does so at every growth, not only at the first."""
        first, second = numbers("""
huge_pages._CHECK_SECONDS = 0.01
huge_pages.start_advising()
for least in 60, 120:
    touch(reserve(64))
    deadline = time.monotonic() + LIMIT
    while requested() < least and time.monotonic() < deadline:
        time.sleep(0.01)
    print(requested())
""")
        assert first >= 60
        assert second >= 120


class TestGrowth:
    def test_fast_growth_is_not_interrupted(self) -> None:
        """A restore grows so; its memory moves after it, and then again after each sixteenth."""
        growth = huge_pages._Growth()
        looks = [100, 300, 500, 500, 520, 540, 570, 600]
        assert [500, 540, 600] == [mib for mib in looks if growth.is_pass_due(mib << 20)]

    def test_little_growth_is_ignored(self) -> None:
        """The search for new memory has a cost."""
        growth = huge_pages._Growth()
        assert [20, 40] == [mib for mib in range(10, 50, 10) if growth.is_pass_due(mib << 20)]


class TestAreas:
    def test_only_anonymous_memory_counts(self) -> None:
        """Files, libraries, stacks and shared memory do not."""
        of_a_kind = [
            "7f00-7f40 rw-p 00000000 00:00 0 ", "5500-5540 rw-p 00000000 00:00 0    [heap]",
            "7e00-7e40 rw-p 00000000 fe:00 24 /lib/libc.so", "7ffc-7ffd rw-p 00000000 00:00 0   [stack]",
            "7d00-7d40 rw-s 00000000 00:00 0 ", "7c00-7c40 r--p 00000000 00:00 0 ",
        ]  # fmt: skip
        smaps = [line for head in of_a_kind for line in (head, "Rss: 8 kB", "AnonHugePages: 4 kB", "VmFlags: rd wr")]
        assert [(0x7F00, 0x7F40, 8192, 4096), (0x5500, 0x5540, 8192, 4096)] == huge_pages._areas(smaps)


@pytest.mark.parametrize("switch", ["always madvise [never]\n", None])
def test_without_huge_pages_nothing_is_requested(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, switch: str | None
) -> None:
    """An operator may have switched them off."""
    file = tmp_path / "enabled"
    if switch is not None:
        file.write_text(switch)
    monkeypatch.setattr(huge_pages, "_SWITCH", file)
    monkeypatch.setattr(huge_pages, "_areas", lambda _: pytest.fail("it searched for memory areas"))
    huge_pages.advise()
    huge_pages.start_advising()
