"""What comes with dedup: licences that may be passed on, a whole lock, an audit that never reassures falsely."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

FREE = re.compile(
    r"\b(MIT|0?BSD|BSD-\d-Clause|Apache|ISC|ISCL|MPL|Mozilla Public|PSF|PSFL|Python Software Foundation|Unlicense|"
    r"CNRI-Python|Public Domain|Artistic|LGPL|Lesser General Public|Zlib|CC0|HPND|Historical Permission)\b|"
    r"Apache-2|MPL-|LGPL-|PSF-"
)
"""Licences under which a dependency may be used and passed on beside Apache-2.0 code."""

READ = {"axe-playwright-python": "MIT License"}
"""Packages whose metadata name no licence: what their licence file says, read by a person."""


def needed() -> list[Distribution]:
    """Every distribution that the project with all its extras installs here."""
    found: dict[str, Distribution] = {}
    lines = [*PROJECT["dependencies"], *(line for extra in PROJECT["optional-dependencies"].values() for line in extra)]
    asked = [(Requirement(line), "") for line in lines]
    while asked:
        requirement, extra = asked.pop()
        name = canonicalize_name(requirement.name)
        if name == PROJECT["name"] or name in found:
            continue
        if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError:
            continue  # an extra that this environment lacks
        for wanted in ("", *requirement.extras):
            asked += [(Requirement(line), wanted) for line in found[name].requires or ()]
    return sorted(found.values(), key=lambda each: canonicalize_name(each.name))


def licence(package: Distribution) -> list[str]:
    """What its metadata say: all of these hold together; inside one, alternatives are joined by OR."""
    told = package.metadata
    if told.get("License-Expression"):
        return re.split(r" AND ", told["License-Expression"])
    classes = [line.split(" :: ")[-1] for line in told.get_all("Classifier") or () if line.startswith("License ::")]
    if classes:
        return [" OR ".join(classes)]  # several of them are a choice
    return [told.get("License") or READ.get(canonicalize_name(package.name), "UNKNOWN")]


@pytest.mark.parametrize("package", needed(), ids=lambda package: package.name)
def test_a_dependency_has_a_known_licence_that_is_not_the_gpl_alone(package):
    for part in licence(package):
        assert FREE.search(part), f"{package.name} {package.version}: {part[:200]}"


@pytest.mark.parametrize(
    ("metadata", "may"),
    [
        ("License-Expression: MIT", True),
        ("License-Expression: GPL-3.0-only", False),
        ("License-Expression: MIT AND GPL-3.0-or-later", False),
        ("License-Expression: MPL-1.1 OR GPL-2.0-only", True),
        ("Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)", False),
        ("License: UNKNOWN", False),
        ("Summary: no licence", False),
    ],
)
def test_the_licence_rule_refuses_the_gpl_alone_and_the_unknown(metadata, may, tmp_path):
    folder = tmp_path / "some-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: some\nVersion: 1\n{metadata}\n")
    assert all(FREE.search(part) for part in licence(Distribution.at(folder))) == may


def test_the_lock_holds_every_package_with_its_digests_and_names_no_index():
    lock = (ROOT / "requirements.txt").read_text("utf-8")
    if "--hash" not in lock:
        pytest.skip("the lock has no digests yet: make lock")
    assert "://" not in re.sub(r"^#.*$", "", lock, flags=re.M)
    pins = re.findall(r"^([A-Za-z0-9._-]+)==[^\n]*\\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", lock, re.M)
    assert len(pins) == len(re.findall(r"^[A-Za-z0-9._-]+==", lock, re.M)) > 100
    locked = {canonicalize_name(name) for name, _ in pins}
    extras = {name: lines for name, lines in PROJECT["optional-dependencies"].items() if name not in ("gs", "az")}
    asked = [*PROJECT["dependencies"], *(line for lines in extras.values() for line in lines)]  # what `dev` brings
    assert {canonicalize_name(Requirement(line).name) for line in asked} - {PROJECT["name"]} <= locked


def test_the_lock_of_a_run_is_a_part_of_the_whole_one():
    pin = re.compile(r"^[A-Za-z0-9._-]+==[^\n]*\\\n(?:    --hash=[^\n]*\n)+", re.M)
    locks = ("requirements-run.txt", "requirements.txt")
    run, whole = (pin.findall((ROOT / name).read_text("utf-8")) for name in locks)
    names = {line.partition("==")[0] for line in run}
    assert {"prefect", "hatchling", "trafilatura"} <= names
    assert not {"pytest", "mypy", "marimo"} & names
    for line in run:  # a package may be needed on fewer systems, never in another version
        assert line.partition(" ")[0] in {other.partition(" ")[0] for other in whole}, line
        assert line.partition("\n")[2] in {other.partition("\n")[2] for other in whole}, line


@pytest.mark.parametrize(
    ("packages", "status", "said"),
    [
        ([{"name": "a", "version": "1", "vulns": []}], 0, "none with a known vulnerability"),
        ([{"name": "a", "skip_reason": "not found"}], 2, "nothing was checked"),
        ([{"name": "a", "skip_reason": "x"}, {"name": "b", "version": "1", "vulns": []}], 2, "Not looked up, 1 of 2"),
        (
            [{"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}],
            1,
            "a 1: PYSEC-1, mended in 2",
        ),
    ],
)
def test_an_audit_that_could_not_look_is_no_clean_bill(packages, status, said, capsys):
    assert tool("audit").report(packages) == status
    assert said in capsys.readouterr().out


def tool(name):
    """A script of .ci as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_bill_of_materials_names_the_project_and_its_packages_with_their_licences(tmp_path):
    pytest.importorskip("cyclonedx_py")
    command = ["cyclonedx_py", "environment", "--no-validate"]  # `make sbom` does, which takes 20 s
    command += ["--pyproject", ROOT / "pyproject.toml", "--of", "JSON", "-o"]
    subprocess.run([sys.executable, "-m", *map(str, command), str(tmp_path / "sbom.json")], check=True)
    bill = json.loads((tmp_path / "sbom.json").read_text("utf-8"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "dedup-press"
    assert {"numba", "pyarrow", "datasketch"} <= {component["name"] for component in bill["components"]}
    assert set(tool("sbom").filled(bill["components"])) <= {"dedup"}  # what an environment may hold of another tree
    assert all(component.get("licenses") for component in bill["components"] if component["name"] != "dedup")


def test_a_component_whose_licence_nobody_says_is_named():
    components = [
        {"name": "partd"},
        {"name": "no-such-package"},
        {"name": "a", "licenses": [{"license": {"id": "MIT"}}]},
    ]
    assert tool("sbom").filled(components) == ["no-such-package"]


def test_make_lets_python_keep_the_bytecode_of_an_environment_that_has_none():
    shown = ["make", "-s", "--eval", 'shown: ; @echo "$${PYTHONDONTWRITEBYTECODE-not set}"', "shown"]
    done = subprocess.run(
        shown, cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "not set\n"
