"""The files for containers hang together: names, ports, paths and settings are those that exist."""

from __future__ import annotations

import ipaddress
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.proxy import Backend, Entrance, configuration
from launcher.version import VERSION
from webapp.application import create_app
from webapp.config import Settings, read_settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"

COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
NODES = {name: service for name, service in SERVICES.items() if service.get("image") == "raut"}

MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")))


def manifest(kind: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in MANIFESTS if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return dict(found)


def container(deployment: str) -> dict[str, Any]:
    (only,) = manifest("Deployment", deployment)["spec"]["template"]["spec"]["containers"]
    return dict(only)


def settings_of(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """What the server would read; an unknown variable is a mistake."""
    known = {f"RAUT_{name.upper()}" for name in Settings.__dataclass_fields__}
    assert environment.keys() <= known
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return read_settings([])


def address_of(service: dict[str, Any]) -> str:
    return str(service["networks"]["inside"]["ipv4_address"])


def test_compose_s_nodes_are_found_and_believe_nginx_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(NODES) == {"node-a", "node-b"}
    subnet = ipaddress.ip_network(COMPOSE["networks"]["inside"]["ipam"]["config"][0]["subnet"])
    addresses = [address_of(service) for service in SERVICES.values()]
    assert len(set(addresses)) == len(SERVICES) and all(ipaddress.ip_address(one) in subnet for one in addresses)
    for node in NODES.values():
        settings = settings_of(node["environment"], monkeypatch)
        assert settings.proxy_addresses == address_of(SERVICES["nginx"]) and settings.behind_proxy == 1
        assert settings.redis.split("/")[2].split(":")[0] in SERVICES
        assert set(node["depends_on"]) <= set(SERVICES)
        assert {volume.split(":")[0] for volume in node["volumes"]} <= set(COMPOSE["volumes"])
    assert set(SERVICES["nginx"]["depends_on"]) == set(NODES)


def test_compose_s_nginx_is_configured_as_the_plain_one() -> None:
    (port,) = SERVICES["nginx"]["ports"]
    (mounted,) = SERVICES["nginx"]["volumes"]
    entrance = Entrance("0.0.0.0", int(port.rpartition(":")[2]))
    nodes = [Backend(name[-1], f"{address_of(node)}:{Settings.port}") for name, node in NODES.items()]
    assert (DEPLOY / mounted.split(":")[0]).read_text() == configuration(Path("/tmp"), entrance, nodes)  # noqa: S108


def test_kubernetes_names_lead_to_each_other() -> None:
    assert {one["metadata"]["namespace"] for one in MANIFESTS} == {"raut"}
    for service in (one for one in MANIFESTS if one["kind"] == "Service"):
        labels = manifest("Deployment", service["metadata"]["name"])["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()
        ports = {port["name"] for port in container(service["metadata"]["name"])["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for deployment in (one for one in MANIFESTS if one["kind"] == "Deployment"):
        spec = deployment["spec"]
        assert spec["selector"]["matchLabels"] == spec["template"]["metadata"]["labels"]
    for policy in (one for one in MANIFESTS if one["kind"] == "NetworkPolicy"):
        ports = {port["name"] for port in container(policy["spec"]["podSelector"]["matchLabels"]["app"])["ports"]}
        assert {port["port"] for rule in policy["spec"]["ingress"] for port in rule["ports"]} <= ports
    backend = manifest("Ingress", "raut")["spec"]["rules"][0]["http"]["paths"][0]["backend"]["service"]
    assert backend["port"]["name"] in {port["name"] for port in manifest("Service", backend["name"])["spec"]["ports"]}


def test_kubernetes_nodes_have_settings_that_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    node = container("raut")
    settings = settings_of({one["name"]: one["value"] for one in node["env"]}, monkeypatch)
    assert settings.port == node["ports"][0]["containerPort"]
    assert settings.allowed_hosts == manifest("Ingress", "raut")["spec"]["rules"][0]["host"]
    host, port = settings.redis.removeprefix("redis://").removesuffix("/0").split(":")
    assert int(port) == manifest("Service", host)["spec"]["ports"][0]["port"]
    assert node["image"] == f"raut:{VERSION}"
    volumes = {one["name"] for one in manifest("Deployment", "raut")["spec"]["template"]["spec"]["volumes"]}
    assert {mount["name"] for mount in node["volumeMounts"]} == volumes


def test_kubernetes_asks_what_the_server_answers() -> None:
    # Not eventlet's way: browsers are driven in this process, too, and both have a loop of their own.
    client = create_app(Settings(async_mode="threading")).test_client()
    node = container("raut")
    paths = {node[probe]["httpGet"]["path"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert paths == {"/healthz"}
    assert client.get("/healthz", headers={"Host": "localhost"}).status_code == 503, "no worker yet"
    scraped = client.get("/metrics", headers={"Host": "localhost"}).text
    autoscaler = manifest("HorizontalPodAutoscaler", "raut")["spec"]
    (metric,) = autoscaler["metrics"]
    assert re.search(rf"^{metric['pods']['metric']['name']} ", scraped, re.MULTILINE)
    target = autoscaler["scaleTargetRef"]
    assert manifest(target["kind"], target["name"])["apiVersion"] == target["apiVersion"]
