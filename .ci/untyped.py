"""Write the modules whose types do not hold yet into pyproject.toml: ``python .ci/untyped.py``.

`make lint` checks every other module. The list is to get shorter: a module that is on it and has no fault goes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIST = re.compile(r"(# types that do not hold yet.*?\nmodule = \[\n)(.*?)(\]\n)", re.S)


def main() -> None:
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        strict = Path(folder) / "pyproject.toml"
        strict.write_text(LIST.sub(lambda found: f'{found[1]}"nothing",\n{found[3]}', project), "utf-8")
        command = [sys.executable, "-m", "mypy", "--config-file", str(strict), "--no-error-summary"]
        printed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
    faulty = sorted({found[1] for found in re.finditer(r"^(\S+\.py):\d+: error", printed, re.M)})
    modules = [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in faulty]
    lines = "".join(f'    "{module}",\n' for module in modules) or '    "nothing",\n'
    (ROOT / "pyproject.toml").write_text(LIST.sub(lambda found: f"{found[1]}{lines}{found[3]}", project), "utf-8")
    print(f"{len(modules)} modules are not checked yet")


if __name__ == "__main__":
    main()
