"""The wheel: what it holds, and that it works where nothing but the core is installed."""

from __future__ import annotations

import email
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from dedup import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """The wheel of this checkout."""
    pytest.importorskip("hatchling", reason="the lock holds hatchling, which builds the wheel without a network")
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    done = subprocess.run([*build, ROOT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def core(wheel, tmp_path_factory) -> Path:
    """The programs of an empty environment with the wheel and the core's dependencies, no more: no Prefect."""
    folder = tmp_path_factory.mktemp("core")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    programs = folder / "bin"
    install = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "-q", "--no-deps", wheel]
    done = subprocess.run(install, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    site = next(folder.glob("lib/python3.*/site-packages"))
    for found in _closure(_metadata(wheel).get_all("Requires-Dist")):
        for name in {file.parts[0] for file in found.files or () if file.parts[0] not in ("..", "__pycache__")}:
            place = Path(found.locate_file(name))
            if place.exists() and not (site / name).exists():
                (site / name).symlink_to(place)
    for compiled in (ROOT / "dedup" / "kernels" / "__pycache__").glob("*.nb?"):  # a minute's work, done here already
        shutil.copy(compiled, site / "dedup" / "kernels" / "__pycache__")
    return programs


def test_the_wheel_takes_no_common_name_and_carries_its_data_and_licences(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"dedup", "dedup_flows", f"dedup_press-{__version__}.dist-info"}
    shipped = [path for path in (ROOT / "dedup").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert {str(path.relative_to(ROOT)) for path in shipped} <= set(names)
    assert {"LICENSE", "NOTICE", "CC-BY-SA-4.0.txt"} <= {name.split("/")[-1] for name in names if "/licenses/" in name}


def test_the_metadata_name_the_licence_and_the_extras(wheel):
    metadata = _metadata(wheel)
    assert metadata["License-Expression"] == "Apache-2.0 AND CC-BY-SA-4.0"
    extras = {"flow", "web", "excel", "train", "notebook", "all", "dev"}
    assert extras <= set(metadata.get_all("Provides-Extra"))
    core = [line for line in metadata.get_all("Requires-Dist") if "extra ==" not in line]
    assert not [line for line in core if line.startswith(("prefect", "fastapi", "openpyxl", "pandas"))]


def test_the_core_alone_runs_the_examples_and_says_what_it_lacks(core, tmp_path):
    source = f"import dedup; print(dedup.run(['{ROOT / 'examples' / 'inbox'}'], 'out').counts['articles'])"
    assert int(_ran(core / "python", "-c", source, cwd=tmp_path).stdout) > 50
    assert _ran(core / "dedup", "--version", cwd=tmp_path).stdout.strip() == __version__

    doctor = _ran(core / "dedup", "doctor", cwd=tmp_path).stdout
    assert "without prefect (pip install 'dedup-press[flow]')" in doctor
    assert str(ROOT) not in doctor

    ran = _ran(core / "dedup", "run", str(ROOT / "examples" / "inbox"), "--out", "out", cwd=tmp_path)
    assert "Most carried dispatches" in ran.stdout
    assert "dedup-press[flow]" in ran.stderr

    served = _ran(core / "dedup", "serve", "--inbox", ".", cwd=tmp_path, status=1)
    assert served.stderr == "dedup: Prefect is not installed: pip install 'dedup-press[flow]', or run with --no-flow\n"
    web = _ran(core / "dedup", "web", "--out", "out", cwd=tmp_path, status=1)
    assert "dedup-press[web]" in web.stderr and web.stderr.count("\n") == 1


def test_citation_and_package_say_the_same_version():
    yaml = pytest.importorskip("yaml")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert cited["version"] == __version__
    assert " AND ".join(cited["license"]) == "Apache-2.0 AND CC-BY-SA-4.0"


def _metadata(wheel: Path) -> email.message.Message:
    with zipfile.ZipFile(wheel) as opened:
        name = next(name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        return email.message_from_bytes(opened.read(name))


def _closure(requirements: list[str]) -> list[Distribution]:
    """The installed distributions that these requirements need, extras apart, and theirs in turn."""
    found: dict[str, Distribution] = {}
    asked = [(Requirement(line), "") for line in requirements]
    while asked:
        requirement, extra = asked.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        if requirement.name in found:
            continue
        found[requirement.name] = distribution(requirement.name)
        wanted = ["", *requirement.extras]
        asked += [(Requirement(line), name) for line in found[requirement.name].requires or () for name in wanted]
    return list(found.values())


def _ran(*command: object, cwd: Path, status: int = 0) -> subprocess.CompletedProcess:
    """A command as it ends in the empty environment: nothing of this one on its path."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PREFECT_"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done
