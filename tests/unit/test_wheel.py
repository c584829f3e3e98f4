"""The wheel as pip builds it: compiled where there is a C compiler, complete without one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.compiler import needs_compiler

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.timeout(2400)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of what the Dockerfile copies for the build of the image."""
    lines = (ROOT / "deploy/docker/Dockerfile").read_text().splitlines()
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            for part in line.split()[1:-1]:
                target = tmp_path / "checkout" / part
                if (ROOT / part).is_dir():
                    shutil.copytree(ROOT / part, target, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
                else:
                    target.parent.mkdir(exist_ok=True)
                    shutil.copy(ROOT / part, target)
    return tmp_path / "checkout"


def wheel(checkout: Path, cc: str | None = None) -> tuple[str, set[str], str]:
    command = [sys.executable, "-m", "pip", "wheel", "-v", "--no-deps", "--no-build-isolation", "-w", "out", "."]
    environment = os.environ | ({} if cc is None else {"CC": cc})
    built = subprocess.run(
        command, cwd=checkout, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    (found,) = (checkout / "out").iterdir()
    with ZipFile(found) as archive:
        return found.name, set(archive.namelist()), built.stdout


@needs_compiler
def test_with_a_compiler_it_is_a_wheel_of_this_platform(checkout: Path) -> None:
    """It has the compiled module beside its source."""
    name, files, _ = wheel(checkout)

    assert "none-any" not in name
    compiled = {file.split(".")[0] for file in files if file.endswith(".so")}
    cython = {
        f"streams/core/{name}"
        for name in (
            "in_place/_applying",
            "in_place/_case",
            "in_place/_deadlines",
            "in_place/_events",
            "in_place/_packing",
            "load/_restore_counts",
            "load/_due_dates",
            "time/_day_steps",
            "alerting/_case_view",
        )
    }
    python = {
        f"streams/core/{name}"
        for name in (
            "applying",
            "case_table",
            "load/load_periods",
            "load/officer_counts",
            "load/partition_counts",
            "officers/partial_merge",
            "officers/watch",
            "state/apply_fact",
            "state/archive",
            "state/case_states",
            "state/last_judged",
            "state/packed_state",
            "state/registers",
            "time/deadlines",
        )
    }
    schemas = {"schemas/_primitives", "schemas/decode", "schemas/hot_checks"}
    edge = {"streams/kafka/producer/_packing", "streams/kafka/client/_partitioning"}
    assert compiled == schemas | cython | python | edge


def test_without_a_compiler_it_is_pure_and_says_why(checkout: Path) -> None:
    """An installation never fails because of a missing compiler."""
    name, files, result = wheel(checkout, cc="/nonexistent/cc")

    assert name.endswith("-py3-none-any.whl")
    assert "schemas/plain_primitives.py" in files
    assert not [file for file in files if file.endswith(".so")]
    assert "Python does it all, which takes evaluate twice the CPU" in result


def test_it_carries_the_licence(checkout: Path) -> None:
    """It has the text of Apache-2.0, and its name in the metadata."""
    shutil.copy(ROOT / "deploy/LICENSE", checkout / "expected")
    _, files, _ = wheel(checkout, cc="/nonexistent/cc")

    (licence,) = (file for file in files if file.endswith("dist-info/licenses/deploy/LICENSE"))
    (found,) = (checkout / "out").iterdir()
    with ZipFile(found) as archive:
        metadata = archive.read(licence.replace("licenses/deploy/LICENSE", "METADATA")).decode()
        text = archive.read(licence)
    assert text == (checkout / "expected").read_bytes()
    assert "License-Expression: Apache-2.0\n" in metadata
