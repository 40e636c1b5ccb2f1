"""The containers: what is copied is there and let through, commands and options are those of dedup, nothing is open."""

from __future__ import annotations

import re
import shlex

import yaml
from runs import ROOT
from typer.testing import CliRunner

from dedup.config import Config
from dedup.surfaces.cli.app import app

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]


def test_what_the_image_copies_is_there_and_is_not_ignored():
    ignored = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    copied = re.findall(r"^COPY (?:--\S+ )?(.+) \S+$", (ROOT / "Containerfile").read_text("utf-8"), re.M)
    names = {name.removeprefix("./") for line in copied for name in line.split()}
    assert names and all((ROOT / name).exists() and f"!{name}" in ignored for name in names)
    assert "*" in ignored


def test_server_worker_web_and_report_start_with_one_command():
    assert set(SERVICES) == {"server", "worker", "web", "report"}
    asked = [["dedup", *SERVICES["worker"]["command"]]]
    asked += [shlex.split(re.search(r"dedup web .*", SERVICES["web"]["command"][0])[0])]
    for _, name, *options in asked:
        usage = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
        assert all(option in usage for option in options if option.startswith("--"))
    assert Config.load(ROOT / "examples" / "container.yaml").report_url == "http://localhost:4281/report/"


def test_no_port_is_open_to_others_and_no_service_may_change_its_image():
    for service in SERVICES.values():
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    assert SERVICES["worker"]["volumes"][0].endswith("/data/inbox:ro")
