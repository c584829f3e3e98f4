"""Prints the result of an SBOM and an audit: exit code 1 for a known advisory, else 0, also without an answer.

python3 .ci/tell_audit.py SBOM AUDIT EXIT_CODE_OF_THE_AUDIT ITS_STDERR
"""

import json
import sys
from pathlib import Path

__all__ = ["main"]


def main(sbom: str, audit: str, exit_code: str, log: str) -> int:
    """Tell it.

    Args:
        sbom: File with the SBOM.
        audit: File with what pip-audit found, perhaps empty.
        exit_code: Of pip-audit: 1 also when it found something.
        log: File with what it complained of.

    Returns:
        1 when there is an advisory against a part.
    """
    parts = json.loads(Path(sbom).read_text())["components"]
    print(f"SBOM: {len(parts)} parts in {sbom}")
    text = Path(audit).read_text()
    asked = json.loads(text)["dependencies"] if text.strip() else []
    audited = [each for each in asked if "skip_reason" not in each]
    silent = [each["name"] for each in asked if "skip_reason" in each and each["name"] != "docketwatch"]
    if silent or not audited:
        why = Path(log).read_text().strip().splitlines()[-1:] or ["no advisories were served"]
        print(f"NOT AUDITED: no advisory database has answered about {len(silent) or len(parts)} of {len(parts)} parts")
        print(f"  pip-audit ended with {exit_code}: {why[0][:300]}")
        print("  this says nothing of the parts: run .ci/supply-chain where the database can be reached")
    bad = [(each["name"], each["version"], found["id"]) for each in audited for found in each["vulns"]]
    for name, version, advisory in bad:
        print(f"ADVISORY: {name} {version}: {advisory}")
    print(f"audit: {len(audited)} parts asked about, {len(bad)} advisories")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
