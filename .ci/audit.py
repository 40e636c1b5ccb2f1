"""Look the locked packages up among known vulnerabilities: ``python .ci/audit.py LOCK``.

Exit status: 0 all were looked up and none is known to be vulnerable; 1 some are; 2 not all could be looked up.
"""

from __future__ import annotations

import json
import subprocess
import sys

NOT_ASKED = "No vulnerability database answered: nothing was checked."


def main(lock: str) -> int:
    """Ask pip-audit, and never take silence for a clean bill."""
    command = ["pip_audit", "--progress-spinner", "off", "--disable-pip", "--require-hashes", "-f", "json", "-r", lock]
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        print(done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "pip-audit said nothing")
        print(NOT_ASKED)
        return 2
    return report(packages)


def report(packages: list[dict]) -> int:
    """Print what pip-audit found of each package (``name``, ``version``, ``vulns`` or ``skip_reason``)."""
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    faults = [(package, fault) for package in packages for fault in package.get("vulns", ())]
    for package, fault in faults:
        remedy = f"mended in {', '.join(fault['fix_versions'])}" if fault["fix_versions"] else "not mended yet"
        print(f"{package['name']} {package['version']}: {fault['id']}, {remedy}")
    if len(skipped) == len(packages):
        print(NOT_ASKED)
    elif skipped:
        print(f"Not looked up, {len(skipped)} of {len(packages)} packages: {', '.join(skipped)}")
    elif not faults:
        print(f"{len(packages)} packages, none with a known vulnerability.")
    return 1 if faults else 2 if skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
