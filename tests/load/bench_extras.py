"""How many packages each extra installs, and how large they are: `python -m tests.load.bench_extras`.

It builds the wheel once, and installs it into a fresh environment for each extra, without pip. A row with a folder that
an earlier commit was unpacked into compares with that one: `python -m tests.load.bench_extras --tree DIR console`.
"""

import argparse
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Final

__all__ = ["main"]

ROOT: Final = Path(__file__).parents[2]
NOT_INSTALLED: Final = {"previews", "test"}


def main() -> None:
    """Measure them, and print a table."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--tree", type=Path, default=ROOT, help="The checkout.")
    parser.add_argument("extras", nargs="*", help="Extras, such as console or console,sources. Default: each.")
    asked = parser.parse_args()
    project = tomllib.loads((asked.tree / "pyproject.toml").read_text())["project"]
    extras = asked.extras or ["", *sorted(set(project["optional-dependencies"]) - NOT_INSTALLED)]
    with tempfile.TemporaryDirectory() as scratch:
        pip("wheel", "--no-deps", "--wheel-dir", scratch, str(asked.tree))
        [wheel] = Path(scratch).glob("*.whl")
        print("| install | packages | MB |\n|---|---|---|")
        for extra in extras:
            packages, size = measured(wheel, extra, Path(scratch) / f"environment-{extra or 'none'}")
            print(f"| `docketwatch{extra and f'[{extra}]'}` | {packages} | {size / 1e6:.0f} |", flush=True)


def measured(wheel: Path, extra: str, environment: Path) -> tuple[int, int]:
    """Packages and bytes of a fresh environment."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    pip("--python", str(environment / "bin" / "python"), "install", f"{wheel}[{extra}]" if extra else str(wheel))
    [site] = environment.glob("lib/python*/site-packages")
    size = sum(file.stat().st_size for file in site.rglob("*") if file.is_file() and not file.is_symlink())
    return len(list(site.glob("*.dist-info"))), size


def pip(*words: str) -> None:
    """Run it in silence, or end with its complaint."""
    done = subprocess.run([sys.executable, "-m", "pip", "-q", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


if __name__ == "__main__":
    main()
