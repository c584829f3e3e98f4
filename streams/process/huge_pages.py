"""Moves the state to huge pages: each event reads its case, at a random address among gigabytes.

With pages of 4 KiB the CPU's address cache (TLB) covers few of them, and the page tables are not in its data cache
either. Linux gives pages of 2 MiB to a process that requests them ("madvise", as most distributions set it), and Python
does not.
"""

import ctypes
import mmap
import re
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from time import sleep
from typing import Final, NamedTuple

__all__ = ["advise", "start_advising"]

_HUGE: Final = 2 << 20
_ADVISE: Final = 14  # MADV_HUGEPAGE of Linux: memory that is touched later may be in huge pages
_COLLAPSE: Final = 25  # MADV_COLLAPSE, since Linux 6.1: moves existing memory to huge pages now
_SWITCH: Final = Path("/sys/kernel/mm/transparent_hugepage/enabled")
_AREAS: Final = Path("/proc/self/smaps")
_PLAIN_MEMORY: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw-p 0+ 00:00 0 *(?:\[heap\])?$")
_CHECK_SECONDS: Final = 2.0
_GROWTH_BYTES: Final = 16 << 20
_HASTE_BYTES: Final = 64 << 20


class _Area(NamedTuple):
    """Anonymous memory in one piece; all in bytes."""

    begin: int
    end: int
    resident: int
    huge: int

    @property
    def is_worth_it(self) -> bool:
        """Whether it is in use, and not in huge pages yet: a thread's stack is mostly untouched, and excluded."""
        size = self.end - self.begin
        return size >= _HUGE and self.resident >= size // 2 and self.huge < self.resident - self.resident // 8


class _Growth:
    """Decides when an madvise pass is worthwhile: the process has grown, and no longer grows fast.

    A restore fills a hundred megabytes a second. Moving them meanwhile makes it half as long again, because it waits
    for new pages.
    """

    def __init__(self) -> None:
        self._asked_at = self._before = 0

    def is_pass_due(self, resident: int) -> bool:
        """Record current RSS in bytes; return True if an madvise pass is worthwhile."""
        is_hasty = resident - self._before >= _HASTE_BYTES
        self._before = resident
        if is_hasty or resident - self._asked_at < max(_GROWTH_BYTES, self._asked_at // 16):
            return False
        self._asked_at = resident
        return True


def start_advising() -> None:
    """Start a thread that repeats the pass whenever the process has grown; does nothing except on Linux."""
    if _is_possible():
        threading.Thread(target=_repeat, name="huge pages", daemon=True).start()


def _repeat() -> None:
    growth = _Growth()
    while True:
        if growth.is_pass_due(_resident()):
            advise()
        sleep(_CHECK_SECONDS)


def advise() -> None:
    """Move memory in use to huge pages, as far as the kernel can and its setting is not "never"."""
    if not _is_possible():
        return
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    for area in _areas(_AREAS.read_text().splitlines()):
        if area.is_worth_it:
            begin, end = -(-area.begin // _HUGE) * _HUGE, area.end // _HUGE * _HUGE
            madvise(area.begin, area.end - area.begin, _ADVISE)
            if end > begin:  # else the area holds no whole huge page
                madvise(begin, end - begin, _COLLAPSE)


def _is_possible() -> bool:
    # some sandboxes have no such files
    return sys.platform == "linux" and _AREAS.exists() and _SWITCH.exists() and "[never]" not in _SWITCH.read_text()


def _resident() -> int:
    """Resident memory of this process, in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE


def _areas(smaps: Iterable[str]) -> list[_Area]:
    """The anonymous, private memory in /proc/PID/smaps."""
    areas: list[_Area] = []
    found: re.Match[str] | None = None
    sizes: dict[str, int] = {}
    for line in smaps:
        name, _, value = line.partition(":")
        if name == "VmFlags" and found:
            areas.append(_Area(int(found[1], 16), int(found[2], 16), sizes["Rss"] << 10, sizes["AnonHugePages"] << 10))
        elif name in {"Rss", "AnonHugePages"}:
            sizes[name] = int(value.split()[0])
        elif "-" in name:
            found = _PLAIN_MEMORY.match(line)
    return areas
