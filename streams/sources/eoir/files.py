"""Finding the tables of an EOIR release in a folder, whatever the case of their names, and refusing archives kindly."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from streams.errors import InputError
from streams.sources.eoir.columns import TABLES

__all__ = ["LOOKUPS", "files_of", "find_lookup", "find_tables"]

_DEFLATE64: Final = 9


LOOKUPS: Final = ("tblAdjournmentcodes", "tblLookupCourtDecision", "tblLookupBaseCity")
"""The lookup tables that a conversion reads."""


def files_of(folder: Path) -> list[Path]:
    """Every file that a conversion of a release reads.

    Raises:
        InputError: As `find_tables`.
    """
    lookups = (find_lookup(folder, name) for name in LOOKUPS)
    return [*find_tables(folder).values(), *(path for path in lookups if path is not None)]


def find_tables(folder: Path) -> Mapping[str, Path]:
    """The files of the tables that are there, by the table's name.

    Args:
        folder: Where the release was unpacked; the tables may lie in a folder of it.

    Raises:
        InputError: It is an archive, or a table that must be there is not.
    """
    if folder.is_file():
        raise InputError(str(folder), None, None, _advice(folder))
    here = _files(folder)
    for inner in sorted(path for path in folder.iterdir() if path.is_dir()):
        for name, path in _files(inner).items():
            here.setdefault(name, path)
    found = {table.name: here[_file_name(table.name)] for table in TABLES if _file_name(table.name) in here}
    missing = [f"{table.name}.csv" for table in TABLES if table.required and table.name not in found]
    if missing:
        archives = sorted(name for name in here if name.endswith(".zip"))
        advice = f"; {_advice(here[archives[0]])}" if archives else ": unpack the whole release and name its folder"
        raise InputError(str(folder), None, None, f"holds no {', no '.join(missing)}{advice}")
    return found


def find_lookup(folder: Path, name: str) -> Path | None:
    """The file of a lookup table, in the folder or in its folder of lookups; None when it is not there."""
    places = [folder, *(path for path in sorted(folder.rglob("*")) if path.is_dir())]
    for place in places:
        path = _files(place).get(_file_name(name))
        if path is not None:
            return path
    return None


def _file_name(table: str) -> str:
    return f"{table}.csv".lower()


def _files(folder: Path) -> dict[str, Path]:
    return {path.name.lower(): path for path in sorted(folder.iterdir()) if path.is_file()}


def _advice(path: Path) -> str:
    if not zipfile.is_zipfile(path):
        return "is a file: name the folder that holds A_TblCase.csv, B_TblProceeding.csv and tbl_schedule.csv"
    with zipfile.ZipFile(path) as archive:
        is_deflate64 = any(member.compress_type == _DEFLATE64 for member in archive.infolist())
    if is_deflate64:
        return (
            f"{path.name} is compressed with deflate64, which Python cannot unpack: unpack it with 7-Zip "
            f"(`7z x '{path.name}'`) or with Windows Explorer, and name the folder"
        )
    return f"{path.name} is an archive: unpack it (`unzip '{path.name}' -d FOLDER`) and name the folder"
