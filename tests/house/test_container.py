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


# the cluster

CLUSTER = ROOT / "examples" / "cluster"


def options_of(command: list[str]) -> set[str]:
    """The options that a command line gives."""
    return {word.partition("=")[0] for word in command if word.startswith("--")}


def known_to(main) -> set[str]:
    """The options of a command of Dask."""
    return {name for option in main.params for name in (*option.opts, *option.secondary_opts)}


def test_the_images_of_a_cluster_copy_what_is_let_through():
    ignored = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    copied = re.findall(r"^COPY (\S+) \S+$", (CLUSTER / "Containerfile").read_text("utf-8"), re.M)
    assert copied and all((ROOT / name).exists() and f"!{name}" in ignored for name in copied)


def test_run_scheduler_and_workers_of_the_cluster_for_a_try_share_an_image_a_mirror_and_a_bucket():
    services = yaml.safe_load((CLUSTER / "compose.yaml").read_text("utf-8"))["services"]
    assert set(services) == {"database", "server", "minio", "scheduler", "worker", "run"}
    ours = [services[name] for name in ("server", "scheduler", "worker", "run")]
    assert len({service["image"] for service in ours}) == 1
    assert all(service["read_only"] and service["cap_drop"] == ["ALL"] for service in ours)
    assert all(port.startswith("127.0.0.1:") for service in services.values() for port in service.get("ports", []))
    assert all("mirror:/mirror" in services[name]["volumes"] for name in ("worker", "run"))
    keys = services["run"]["environment"]
    given = (keys["AWS_ACCESS_KEY_ID"], keys["AWS_SECRET_ACCESS_KEY"])
    assert given == tuple(services["minio"]["environment"].values())
    _, name, *words = shlex.split(re.search(r"dedup run .*", services["run"]["command"][0])[0])
    usage = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).stdout
    assert options_of(words) and all(option in usage for option in options_of(words))


def test_commands_of_schedulers_and_workers_are_those_of_dask():
    from distributed.cli import dask_scheduler, dask_worker

    services = yaml.safe_load((CLUSTER / "compose.yaml").read_text("utf-8"))["services"]
    spec = yaml.safe_load((CLUSTER / "cluster.yaml").read_text("utf-8"))["spec"]
    containers = {name: spec[name]["spec"]["containers"][0] for name in ("scheduler", "worker")}
    script = (CLUSTER / "slurm.sh").read_text("utf-8").replace("\\\n", " ")
    for name, command in (("scheduler", dask_scheduler), ("worker", dask_worker)):
        (line,) = re.findall(rf"dask {name} (.*)&", script)
        for words in (services[name]["command"], containers[name]["args"], shlex.split(line)):
            assert options_of(words) and options_of(words) <= known_to(command.main)


def test_both_ways_to_kubernetes_give_workers_the_same_image_memory_and_mirror():
    values = yaml.safe_load((CLUSTER / "values.yaml").read_text("utf-8"))["worker"]
    spec = yaml.safe_load((CLUSTER / "cluster.yaml").read_text("utf-8"))["spec"]["worker"]["spec"]
    (worker,) = spec["containers"]
    assert values["image"]["repository"] == worker["image"]
    assert values["resources"] == worker["resources"]
    assert values["env"] == worker["env"]
    assert values["mounts"] == {"volumes": spec["volumes"], "volumeMounts": worker["volumeMounts"]}
