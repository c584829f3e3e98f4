"""The Kubernetes resources are valid and agree with each other and with the processes; nothing is started."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import kubernetes_validate
import pytest
import yaml

from streams.http_paths import CONSOLE_PATHS, WORKER_PATHS
from streams.kafka.client.settings import Settings
from streams.web.settings import ConsoleSettings
from tests.deploy.files import KUBERNETES, assert_report_options, documents, known_settings, kubectl

VERSION: Final = "1.32"
BASE: Final = KUBERNETES / "base"
OWN: Final = documents(*(path for path in sorted(BASE.glob("*.yaml")) if path.name != "kustomization.yaml"))
CORE: Final = [each for each in OWN if "monitoring.coreos.com" not in each["apiVersion"]]
WORKLOADS: Final = [each for each in OWN if each["kind"] in ("StatefulSet", "Deployment")]


def name_of(document: dict[str, Any]) -> str:
    return f"{document['kind']}/{document['metadata']['name']}"


def is_console(container: dict[str, Any]) -> bool:
    return bool(container["name"] == "console")


@pytest.fixture(params=WORKLOADS, ids=name_of)
def pod(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the pod of each workload."""
    spec: dict[str, Any] = request.param["spec"]["template"]["spec"]
    return spec


def shared_settings() -> dict[str, str]:
    """Return the data of the config map."""
    lines = (BASE / "docketwatch.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


class TestResources:
    @pytest.mark.parametrize("document", CORE, ids=name_of)
    def test_each_is_valid(self, document: dict[str, Any]) -> None:
        """The check is strict: no field may be missing from the schema of its kind."""
        kubernetes_validate.validate(document, VERSION, strict=True)

    def test_a_field_that_does_not_exist_is_found(self) -> None:
        """The check above can fail."""
        wrong = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}, "automount": False}
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(wrong, VERSION, strict=True)

    def test_all_of_them_are_applied(self) -> None:
        """The kustomization names every file."""
        [kustomization] = documents(BASE / "kustomization.yaml")
        files = {path.name for path in BASE.glob("*.yaml")} - {"kustomization.yaml"}
        assert files == set(kustomization["resources"])

    def test_kubectl_builds_them(self) -> None:
        """kubectl joins them, and every pod has the label that the network policies select."""
        done = subprocess.run([kubectl(), "kustomize", KUBERNETES], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        built = list(yaml.safe_load_all(done.stdout))
        for workload in (each for each in built if each["kind"] in ("StatefulSet", "Deployment")):
            assert "docketwatch" == workload["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/part-of"]
            [container] = workload["spec"]["template"]["spec"]["containers"]
            name = "docketwatch-console" if container["name"] == "console" else "docketwatch"
            assert f"{name}:0.1.0" == container["image"]
            assert {"docketwatch", "docketwatch-policy"} == {
                each["metadata"]["name"].rpartition("-")[0] for each in built if each["kind"] == "ConfigMap"
            }


class TestPods:
    def test_no_setting_is_misspelt(self, pod: dict[str, Any]) -> None:
        """A process reads every variable."""
        [container] = pod["containers"]
        assert {each["name"] for each in container["env"]} | set(shared_settings()) <= known_settings()

    def test_the_settings_can_be_used(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The worker's settings accept the environment of the manifest."""
        stateful = next(each for each in WORKLOADS if each["kind"] == "StatefulSet")
        [worker] = stateful["spec"]["template"]["spec"]["containers"]
        found = {each["name"]: each.get("value", "docketwatch-worker-0") for each in worker["env"]}
        for name, value in {**shared_settings(), **found}.items():
            monkeypatch.setenv(name, value)
        settings = Settings.load()
        assert ("docketwatch-worker-0", "SSL", "json") == (
            settings.instance_id,
            settings.security_protocol,
            settings.log_format,
        )

    def test_secrets_are_files(self, pod: dict[str, Any]) -> None:
        """No secret comes by the environment, and every mounted secret is read-only."""
        [container] = pod["containers"]
        assert not [each for each in container["env"] if "secretKeyRef" in each.get("valueFrom", {})]
        assert not [each for each in container["envFrom"] if "secretRef" in each]
        secrets = {volume["name"] for volume in pod["volumes"] if "secret" in volume}
        mounted = {mount["name"]: mount.get("readOnly") for mount in container["volumeMounts"]}
        assert secrets
        assert all(mounted[name] is True for name in secrets)

    def test_every_named_file_is_mounted(self, pod: dict[str, Any]) -> None:
        """Every path in a setting lies below a mount."""
        [container] = pod["containers"]
        mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
        found = {**shared_settings(), **{each["name"]: each.get("value", "") for each in container["env"]}}
        paths = [value for name, value in found.items() if name.endswith(("_FILE", "_DIR"))]
        assert not [path for path in paths if not any(Path(path).is_relative_to(mount) for mount in mounts)]

    def test_it_reads_the_policy_of_the_config_map(self, pod: dict[str, Any]) -> None:
        """As shipped it is a copy of `schemas/policies/default.toml`: after a change of that, copy it again."""
        [container] = pod["containers"]
        mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert {"name": "policy", "configMap": {"name": "docketwatch-policy"}} in pod["volumes"]
        assert f"{mounts['policy']}/policy.toml" == shared_settings()["DOCKETWATCH_POLICY_FILE"]
        default = KUBERNETES.parents[1] / "schemas" / "policies" / "default.toml"
        assert default.read_text() == (BASE / "policy.toml").read_text()

    def test_it_has_few_privileges(self, pod: dict[str, Any]) -> None:
        """The pod is not root, has no capability, writes to its volumes only and has no token of the API server."""
        [container] = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        context = container["securityContext"]
        assert (False, True) == (context["allowPrivilegeEscalation"], context["readOnlyRootFilesystem"])
        assert ["ALL"] == context["capabilities"]["drop"]

    def test_its_probes_ask_served_paths(self, pod: dict[str, Any]) -> None:
        """Liveness and readiness ask a port that the container names."""
        [container] = pod["containers"]
        assert "/livez" == container["livenessProbe"]["httpGet"]["path"]
        # the console stays reachable while nothing is judged: its pages say so
        expected = "/livez" if container["name"] == "console" else "/readyz"
        assert expected == container["readinessProbe"]["httpGet"]["path"]
        ports = {port["name"] for port in container["ports"]}
        probes = [value["httpGet"]["port"] for name, value in container.items() if name.endswith("Probe")]
        assert set(probes) <= ports


class TestWorkers:
    WORKER: Final = next(each for each in WORKLOADS if each["kind"] == "StatefulSet")["spec"]["template"]["spec"]

    def test_they_spread_over_zones_and_nodes(self) -> None:
        """The loss of a zone leaves a worker, where there is more than one zone."""
        keys = [each["topologyKey"] for each in self.WORKER["topologySpreadConstraints"]]
        assert ["topology.kubernetes.io/zone", "kubernetes.io/hostname"] == keys

    def test_they_keep_the_wall_clock(self) -> None:
        """The manifest says so itself."""
        assert ["worker", "--clock", "wall"] == self.WORKER["containers"][0]["args"]


class TestServiceMonitors:
    """What Prometheus asks is what the processes serve."""

    @pytest.fixture(params=WORKLOADS, ids=name_of)
    def scraped(self, request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Return a ServiceMonitor, the Service that it selects, and its workload, as kubectl joins them."""
        done = subprocess.run([kubectl(), "kustomize", KUBERNETES], capture_output=True, text=True, check=False)
        built = list(yaml.safe_load_all(done.stdout))
        name = request.param["metadata"]["name"]
        found = {each["kind"]: each for each in built if each["metadata"]["name"] == name}
        monitor, workload = found["ServiceMonitor"], found[request.param["kind"]]
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        [service] = [
            each for each in built if each["kind"] == "Service" and wanted <= each["metadata"]["labels"].items()
        ]
        return monitor, service, workload

    def test_it_asks_the_port_on_which_the_process_listens(self, scraped: tuple[dict[str, Any], ...]) -> None:
        """By the Service's name of the port, which is the container's, which is the default of the settings."""
        monitor, service, workload = scraped
        [endpoint] = monitor["spec"]["endpoints"]
        [container] = workload["spec"]["template"]["spec"]["containers"]
        [port] = [each for each in service["spec"]["ports"] if each["name"] == endpoint["port"]]
        [listens] = [each["containerPort"] for each in container["ports"] if each["name"] == port["targetPort"]]
        default = (
            ConsoleSettings.model_fields["port"] if is_console(container) else Settings.model_fields["metrics_port"]
        )
        assert default.default == listens
        assert not {"DOCKETWATCH_CONSOLE_PORT", "DOCKETWATCH_METRICS_PORT"} & {
            each["name"] for each in container["env"]
        }
        labels = workload["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()

    def test_it_asks_a_path_of_the_process_as_it_is_served(self, scraped: tuple[dict[str, Any], ...]) -> None:
        """By TLS where a certificate is set, for the name that it has; and with the token that the process expects."""
        monitor, service, workload = scraped
        [endpoint] = monitor["spec"]["endpoints"]
        pod = workload["spec"]["template"]["spec"]
        [container] = pod["containers"]
        paths = {each.path: each.reader for each in (CONSOLE_PATHS if is_console(container) else WORKER_PATHS)}
        env = {each["name"]: each.get("value", "") for each in container["env"]}
        mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
        secrets = {each["name"]: each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each}
        assert "configured" == paths[endpoint["path"]]
        has_certificate = "DOCKETWATCH_CONSOLE_TLS_CERT_FILE" in env
        assert ("https" if has_certificate else "http") == endpoint.get("scheme", "http")
        if has_certificate:
            folder = str(Path(env["DOCKETWATCH_CONSOLE_TLS_CERT_FILE"]).parent)
            assert secrets[mounts[folder]] == endpoint["tlsConfig"]["ca"]["secret"]["name"]
            assert service["metadata"]["name"] == endpoint["tlsConfig"]["serverName"]
        token = Path(env["DOCKETWATCH_METRICS_TOKEN_FILE"])
        expected = {"name": secrets[mounts[str(token.parent)]], "key": token.name}
        assert ("Bearer", expected) == (endpoint["authorization"]["type"], endpoint["authorization"]["credentials"])

    def test_its_job_is_that_of_the_rules(self, scraped: tuple[dict[str, Any], ...]) -> None:
        """The rules look for the console by its own job, and for every other one that begins with docketwatch."""
        monitor, service, workload = scraped
        [container] = workload["spec"]["template"]["spec"]["containers"]
        job = service["metadata"]["labels"][monitor["spec"]["jobLabel"]]
        rules = (KUBERNETES.parent / "prometheus" / "docketwatch.rules.yaml").read_text()
        assert ("docketwatch-console" if is_console(container) else "docketwatch") == job
        assert f'up{{job="{job}"}} == 0' in rules if is_console(container) else 'up{job=~"docketwatch.*"' in rules

    def test_prometheus_may_reach_it(self, scraped: tuple[dict[str, Any], ...]) -> None:
        """A network policy opens the port to Prometheus."""
        monitor, _, workload = scraped
        [endpoint] = monitor["spec"]["endpoints"]
        labels = workload["spec"]["template"]["metadata"]["labels"]
        opened = [
            port["port"]
            for each in OWN
            if each["kind"] == "NetworkPolicy" and each["spec"]["podSelector"]["matchLabels"].items() <= labels.items()
            for rule in each["spec"].get("ingress", ())
            for source in rule["from"]
            if source.get("podSelector", {}).get("matchLabels", {}).get("app.kubernetes.io/name") == "prometheus"
            for port in rule["ports"]
        ]
        assert [endpoint["port"]] == opened


class TestNetwork:
    def test_only_named_connections_are_open(self) -> None:
        """One policy closes everything; the others open the connections of Prometheus, users and Kafka."""
        policies = {each["metadata"]["name"]: each["spec"] for each in OWN if each["kind"] == "NetworkPolicy"}
        closed = policies.pop("docketwatch-deny")
        assert ["Ingress", "Egress"] == closed["policyTypes"]
        assert not {"ingress", "egress"} & set(closed)
        for spec in policies.values():
            for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
                assert rule["ports"]
                assert rule.get("from") or rule.get("to")


class TestRules:
    def test_they_are_the_rules_that_promtool_checked(self) -> None:
        """The operator's resource has the groups of the file for Prometheus."""
        [resource] = documents(BASE / "rules.yaml")
        [judged] = documents(KUBERNETES.parent / "prometheus" / "docketwatch.rules.yaml")
        assert judged == resource["spec"]


class TestReport:
    CLAIM, JOB = documents(KUBERNETES / "report" / "report.yaml")
    POD: Final = JOB["spec"]["jobTemplate"]["spec"]["template"]["spec"]

    def test_each_is_valid(self) -> None:
        """A claim for the pages and a job for every Monday."""
        for document in (self.CLAIM, self.JOB):
            kubernetes_validate.validate(document, VERSION, strict=True)
        assert ("0 6 * * 1", "Forbid") == (self.JOB["spec"]["schedule"], self.JOB["spec"]["concurrencyPolicy"])

    def test_the_component_names_it(self) -> None:
        """It is installed by who asks for it."""
        [component] = documents(KUBERNETES / "report" / "kustomization.yaml")
        assert ("Component", ["report.yaml"]) == (component["kind"], component["resources"])

    def test_the_command_takes_its_options(self) -> None:
        """The last week, into a folder."""
        [container] = self.POD["containers"]
        assert_report_options(container["args"])

    def test_what_it_names_is_mounted(self) -> None:
        """It reads log and policy, and writes pages only."""
        [container] = self.POD["containers"]
        mounts = {each["mountPath"]: each.get("readOnly", False) for each in container["volumeMounts"]}
        assert {"/tmp": False, "/log": True, "/etc/docketwatch/policy": True, "/reports": False} == mounts
        assert {each["name"] for each in self.POD["volumes"]} == {each["name"] for each in container["volumeMounts"]}
        assert {"name": "policy", "configMap": {"name": "docketwatch-policy"}} in self.POD["volumes"]
        claims = {
            each["persistentVolumeClaim"]["claimName"]
            for each in self.POD["volumes"]
            if "persistentVolumeClaim" in each
        }
        assert {"docketwatch-log", self.CLAIM["metadata"]["name"]} == claims

    def test_its_image_can_read_the_log(self) -> None:
        """The library of .zst logs is in the console's image only."""
        [container] = self.POD["containers"]
        assert container["args"][1].endswith(".zst")
        assert "docketwatch-console" == container["image"]
        locked = (KUBERNETES.parent / "locks" / "console.txt").read_text()
        assert re.search("^zstandard==", locked, re.MULTILINE)

    def test_it_has_few_privileges(self) -> None:
        """As every pod of docketwatch."""
        [container] = self.POD["containers"]
        assert self.POD["securityContext"]["runAsNonRoot"]
        assert not self.POD["automountServiceAccountToken"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert ["ALL"] == container["securityContext"]["capabilities"]["drop"]


class TestEventLog:
    [PATCH] = documents(KUBERNETES / "event-log" / "console.yaml")
    CONSOLE: Final = next(each for each in WORKLOADS if each["kind"] == "Deployment")

    def patched(self) -> dict[str, Any]:
        """Return the console's Deployment with the patch of the component."""
        patched: dict[str, Any] = merged(self.CONSOLE, self.PATCH)
        return patched

    def test_the_component_names_it(self) -> None:
        """It is installed by who asks for it."""
        [component] = documents(KUBERNETES / "event-log" / "kustomization.yaml")
        assert ("Component", [{"path": "console.yaml"}]) == (component["kind"], component["patches"])
        assert name_of(self.PATCH) == name_of(self.CONSOLE)

    def test_it_is_valid(self) -> None:
        """The console keeps what it has."""
        kubernetes_validate.validate(self.patched(), VERSION, strict=True)
        [before] = self.CONSOLE["spec"]["template"]["spec"]["containers"]
        [after] = self.patched()["spec"]["template"]["spec"]["containers"]
        assert before["env"] == after["env"][: len(before["env"])]
        assert before["volumeMounts"] == after["volumeMounts"][: len(before["volumeMounts"])]

    def test_the_log_is_below_a_mount_of_the_claim(self) -> None:
        """The console reads it, and the report of the other component reads the same."""
        pod = self.patched()["spec"]["template"]["spec"]
        [container] = pod["containers"]
        [file] = [each["value"] for each in container["env"] if each["name"] == "DOCKETWATCH_CONSOLE_EVENT_LOG"]
        [mount] = [each for each in container["volumeMounts"] if each["name"] == "log"]
        assert mount["readOnly"]
        assert Path(file).is_relative_to(mount["mountPath"])
        assert {"name": "log", "persistentVolumeClaim": {"claimName": "docketwatch-log", "readOnly": True}} in pod[
            "volumes"
        ]
        [report] = TestReport.POD["containers"]
        assert file in report["args"]
        assert {each["name"] for each in container["env"]} <= known_settings()

    def test_the_studies_have_their_memory(self) -> None:
        """A study is a process of the pod: with the console's own limit the kernel would end it."""
        [before] = self.CONSOLE["spec"]["template"]["spec"]["containers"]
        [after] = self.patched()["spec"]["template"]["spec"]["containers"]
        assert ("1Gi", "4Gi") == tuple(each["resources"]["limits"]["memory"] for each in (before, after))
        assert before["resources"]["requests"] == after["resources"]["requests"]

    def test_kubectl_builds_it(self, tmp_path: Path) -> None:
        """kubectl's own merge is the one of this file."""
        tree = tmp_path / "kubernetes"
        shutil.copytree(KUBERNETES, tree, ignore=shutil.ignore_patterns("secrets"))
        kustomization = tree / "kustomization.yaml"
        kustomization.write_text(kustomization.read_text().replace("  - images", "  - event-log\n  - images"))
        done = subprocess.run([kubectl(), "kustomize", tree], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert "claimName: docketwatch-log" in done.stdout


def merged(value: Any, patch: Any) -> Any:
    """Return a strategic merge: mappings by key, lists of named parts by name, everything else replaced."""
    if isinstance(value, dict) and isinstance(patch, dict):
        return {
            key: merged(value.get(key), patch.get(key, value.get(key))) for key in (*value, *(patch.keys() - value))
        }
    if isinstance(value, list) and isinstance(patch, list) and all("name" in each for each in (*value, *patch)):
        by_name = {each["name"]: each for each in patch}
        kept = [merged(each, by_name.pop(each["name"], each)) for each in value]
        return [*kept, *by_name.values()]
    return patch
