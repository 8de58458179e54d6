"""Files for the cluster: KEDA against its schema, containers that keep to themselves, figures that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from pipeline.health import Health
from pipeline.jobs import POOLS, QueueConfig
from settings import Settings, _rows
from tests.pipeline.conftest import Bench, bench  # noqa: F401 - a fixture

ROOT = Path(__file__).parents[2]
KUBERNETES = ROOT / "deploy" / "kubernetes"


def test_scaling_is_what_keda_accepts() -> None:
    schema = Draft202012Validator(json.loads((Path(__file__).parent / "keda.schema.json").read_text()))
    for manifest in yaml.safe_load_all((KUBERNETES / "keda.yaml").read_text()):
        assert [error.message for error in schema.iter_errors(manifest)] == []


def test_scaling_names_our_deployments_and_queues() -> None:
    deployed = {m["metadata"]["name"] for m in yaml.safe_load((KUBERNETES / "colophon.yaml").read_text())["items"]}
    text = (KUBERNETES / "keda.yaml").read_text()
    for manifest in yaml.safe_load_all(text):
        if manifest["kind"] == "ScaledObject":
            assert manifest["spec"]["scaleTargetRef"]["name"] in deployed
    assert set(re.findall(r"queueName: (\S+)", text)) <= {QueueConfig().queue(pool) for pool in POOLS}


def test_containers_run_as_nobody_on_a_read_only_root() -> None:
    for manifest in yaml.safe_load((KUBERNETES / "colophon.yaml").read_text())["items"]:
        if manifest["kind"] != "Deployment":
            continue
        pod = manifest["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"]
        for container in pod["containers"]:
            assert container["securityContext"]["readOnlyRootFilesystem"]
            assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("path", ["deploy/kubernetes/colophon.yaml", "compose.yaml", "Dockerfile"])
def test_every_setting_that_is_named_exists(path: str) -> None:
    known = {row.split("`")[1] for row in _rows(Settings, "COLOPHON_")}
    named = set(re.findall(r"\bCOLOPHON_[A-Z_]*[A-Z]", (ROOT / path).read_text()))
    assert named - known == set()


def test_the_dashboard_shows_figures_that_exist(bench: Bench) -> None:  # noqa: F811
    text = (ROOT / "deploy" / "grafana" / "colophon.json").read_text()
    panels = json.loads(text)["panels"]
    assert len(panels) == 11
    shown = set(re.findall(r"colophon_[a-z_]+", " ".join(t["expr"] for p in panels for t in p["targets"])))
    told = Health(bench.database, lambda _: 90.0).metrics().decode()
    assert shown <= set(re.findall(r"^# HELP (colophon_[a-z_]+)", told, re.M))
