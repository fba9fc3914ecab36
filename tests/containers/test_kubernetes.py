"""deploy/kubernetes renders, and the Kubernetes API would take what it renders."""

import copy
import json
import pathlib
import re
import shutil
import subprocess

import pytest
import yaml

TOP = pathlib.Path(__file__).resolve().parents[2]
HERE = pathlib.Path(__file__).resolve().parent
SERVICES = ["mailstore", "smtp-gateway", "pop3-gateway", "imap-gateway"]
# What each image's user is (deploy/docker/Dockerfile).
DOCKERFILE = (TOP / "deploy/docker/Dockerfile").read_text()


@pytest.fixture(scope="session")
def schemas():
    """A folder with the validators, from the npm registry, pinned by the lock file."""
    folder = TOP / "build/kubernetes-schemas"
    lock = (HERE / "schemas/package-lock.json").read_bytes()
    done = folder / "done"
    if not done.exists() or done.read_bytes() != lock:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(HERE / "schemas", folder)
        install = subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
                                 cwd=folder, capture_output=True, text=True, timeout=300)
        assert install.returncode == 0, install.stderr
        done.write_bytes(lock)
    return folder


def complaints(schemas, objects):
    result = subprocess.run(["node", HERE / "schemas/validate.js", schemas], check=True,
                            input=json.dumps(objects), text=True, capture_output=True, timeout=120)
    return json.loads(result.stdout)


def kustomize(folder):
    result = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True,
                            timeout=60)
    assert result.returncode == 0, result.stderr
    objects = [each for each in yaml.safe_load_all(result.stdout) if each]
    for each in objects:
        if each["kind"] == "Secret":
            # kubectl breaks long base64 into lines, which the API's decoder passes over.
            each["data"] = {key: "".join(value.split()) for key, value in each["data"].items()}
    return objects


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    """deploy/kubernetes with the secrets that the example wants."""
    tree = tmp_path_factory.mktemp("kubernetes") / "kubernetes"
    shutil.copytree(TOP / "deploy/kubernetes", tree,
                    ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([TOP / "deploy/certs/make-certs", tree / "example/secrets",
                    "--database-host", "postgres.database.svc:5432"], check=True,
                   capture_output=True, timeout=60)
    # Debian 12's kubectl (1.20) has a kustomize that names folders apart from files.
    version = subprocess.run(["kubectl", "version", "--client", "-o", "json"], check=True,
                             capture_output=True, text=True, timeout=60).stdout
    if int(re.match(r"\d+", json.loads(version)["clientVersion"]["minor"])[0]) < 21:
        file = tree / "example/kustomization.yaml"
        text = file.read_text()
        assert "  - ../base\n" in text
        file.write_text(text.replace("  - ../base\n", "") + "bases:\n  - ../base\n")
    return tree


@pytest.fixture(scope="session")
def base(tree):
    return kustomize(tree / "base")


@pytest.fixture(scope="session")
def example(tree):
    return kustomize(tree / "example")


def find(objects, kind, name):
    found = [each for each in objects if each["kind"] == kind and each["metadata"]["name"] == name]
    assert len(found) == 1, f"{len(found)} of {kind} {name}"
    return found[0]


def containers(deployment):
    pod = deployment["spec"]["template"]["spec"]
    return pod.get("initContainers", []) + pod["containers"]


@pytest.mark.parametrize("folder", ["base", "example"])
def test_every_object_obeys_its_schema(folder, schemas, request):
    objects = request.getfixturevalue(folder)
    assert len(objects) > 15
    bad = {f"{each['kind']} {each['metadata']['name']}": said
           for each, said in zip(objects, complaints(schemas, objects)) if said}
    assert not bad


def test_validation_refuses_unknown_fields_wrong_types_and_missing_fields(base, schemas):
    deployment = find(base, "Deployment", "mailstore")
    unknown, wrong, missing, stranger = (copy.deepcopy(deployment) for _ in range(4))
    unknown["spec"]["template"]["spec"]["containers"][0]["securityContex"] = {}
    wrong["spec"]["replicas"] = "two"
    del missing["spec"]["selector"]
    stranger["apiVersion"] = "apps/v7"
    answers = complaints(schemas, [deployment, unknown, wrong, missing, stranger])
    assert answers[0] == []
    assert answers[1] == ["/spec/template/spec/containers/0/securityContex: unknown field"]
    assert any("/spec/replicas" in line for line in answers[2])
    assert any("selector" in line for line in answers[3])
    assert "no schema" in answers[4][0]


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_is_a_locked_deployment_with_probes(service, base):
    deployment = find(base, "Deployment", service)
    pod = deployment["spec"]["template"]["spec"]
    user = re.search(rf"{service}:(\d+)", DOCKERFILE)[1]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == int(user)
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    # Or the cluster's own POSTHORN_... variables would be refused by the service.
    assert pod["enableServiceLinks"] is False
    for container in containers(deployment):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]}}
        assert "memory" in container["resources"]["limits"]
    main = pod["containers"][0]
    assert main["livenessProbe"]["httpGet"]["path"] == "/healthz/live"
    assert main["readinessProbe"]["httpGet"]["path"] == "/healthz/ready"
    assert find(base, "PodDisruptionBudget", service)["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("service", SERVICES)
def test_drain_ends_before_the_kill(service, base):
    pod = find(base, "Deployment", service)["spec"]["template"]["spec"]
    main = pod["containers"][0]
    values = {each["name"]: each["value"] for each in main["env"] if "value" in each}
    for source in main.get("envFrom", []):
        values.update(config(base, source["configMapRef"]["name"])["data"])
    before = int(main["lifecycle"]["preStop"]["exec"]["command"][1])
    drain = int(values["POSTHORN_DRAIN_SECONDS"])
    assert before + drain < pod["terminationGracePeriodSeconds"]


def config(objects, name):
    return find(objects, "ConfigMap", name)


@pytest.mark.parametrize("service", SERVICES)
def test_services_select_their_pods_and_name_their_ports(service, base):
    deployment = find(base, "Deployment", service)
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    selector = find(base, "Service", service)["spec"]["selector"]
    assert selector.items() <= labels.items()
    assert deployment["spec"]["selector"]["matchLabels"].items() <= labels.items()
    named = {port["name"]: port["containerPort"]
             for port in deployment["spec"]["template"]["spec"]["containers"][0]["ports"]}
    exposed = re.search(rf"FROM base AS {service}\n(?:.*\n)*?EXPOSE (.*)\n", DOCKERFILE)[1].split()
    assert sorted(map(str, named.values())) == sorted(exposed)
    for port in find(base, "Service", service)["spec"]["ports"]:
        assert port["targetPort"] in named


def test_mail_ports_are_the_standard_ones(base):
    ports = {port["name"]: port["port"] for service in SERVICES[1:]
             for port in find(base, "Service", service)["spec"]["ports"]}
    assert ports == {"smtp": 25, "submission": 587, "submissions": 465, "pop3": 110, "pop3s": 995,
                     "imap": 143, "imaps": 993}


def test_the_store_is_headless_and_migrated_first(base):
    assert find(base, "Service", "mailstore")["spec"]["clusterIP"] == "None"
    pod = find(base, "Deployment", "mailstore")["spec"]["template"]["spec"]
    assert pod["initContainers"][0]["command"] == ["mailstore", "--migrate_only"]
    gateway = next(each for each in base if each["kind"] == "ConfigMap")
    assert gateway["data"]["POSTHORN_MAILSTORE"] == "dns:///mailstore:9090"


def test_only_gateways_reach_the_store_and_only_the_store_a_database(base):
    policies = [each for each in base if each["kind"] == "NetworkPolicy"]
    deny = find(policies, "NetworkPolicy", "posthorn-default-deny")["spec"]
    assert sorted(deny["policyTypes"]) == ["Egress", "Ingress"]
    assert "ingress" not in deny and "egress" not in deny
    for service in SERVICES:
        labels = find(base, "Deployment", service)["spec"]["template"]["metadata"]["labels"]
        assert deny["podSelector"]["matchLabels"].items() <= labels.items()
    reach = [policy["metadata"]["name"] for policy in policies
             for rule in policy["spec"].get("egress", [])
             for port in rule["ports"] if port["port"] == 5432]
    assert reach == ["posthorn-mailstore"]
    into_store = find(policies, "NetworkPolicy", "posthorn-mailstore")["spec"]["ingress"]
    assert [rule["from"][0]["podSelector"]["matchExpressions"][0]["values"] for rule in into_store
            ] == [SERVICES[1:]]


def test_every_secret_and_key_that_is_mounted_exists(example):
    secrets = {each["metadata"]["name"]: set(each["data"]) for each in example
               if each["kind"] == "Secret"}
    for service in SERVICES:
        deployment = find(example, "Deployment", service)
        mounted = {volume["name"]: volume["secret"]["secretName"]
                   for volume in deployment["spec"]["template"]["spec"]["volumes"]
                   if "secret" in volume}
        assert set(mounted.values()) <= set(secrets)
        main = deployment["spec"]["template"]["spec"]["containers"][0]
        paths = {mount["mountPath"]: secrets[mounted[mount["name"]]]
                 for mount in main["volumeMounts"] if mount["name"] in mounted}
        files = [each["value"] for each in main["env"] if each["name"].endswith("_FILE")]
        assert files
        for file in files:
            folder, _, name = file.rpartition("/")
            assert name in paths[folder], file


def test_rspamd_is_a_locked_deployment_that_only_the_gateway_reaches(base):
    deployment = find(base, "Deployment", "rspamd")
    pod = deployment["spec"]["template"]["spec"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["runAsUser"] == int(re.search(r"rspamd:(\d+)", DOCKERFILE)[1])
    [main] = pod["containers"]
    assert main["securityContext"] == find(base, "Deployment", "smtp-gateway")["spec"]["template"][
        "spec"]["containers"][0]["securityContext"]
    assert all("emptyDir" in volume for volume in pod["volumes"])
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert main[probe]["httpGet"] == {"path": "/ping", "port": "rspamd"}
    assert find(base, "PodDisruptionBudget", "rspamd")["spec"]["maxUnavailable"] == 1
    [port] = find(base, "Service", "rspamd")["spec"]["ports"]
    policy = find(base, "NetworkPolicy", "posthorn-rspamd")["spec"]
    [rule] = policy["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": {
        "app.kubernetes.io/name": "smtp-gateway"}}}]
    assert rule["ports"] == [{"protocol": "TCP", "port": port["port"]}]
    assert find(base, "NetworkPolicy", "posthorn-default-deny")["spec"]["podSelector"][
        "matchLabels"].items() <= deployment["spec"]["template"]["metadata"]["labels"].items()


def test_the_gateway_asks_rspamd_and_has_a_spool_that_is_large_enough(base):
    pod = find(base, "Deployment", "smtp-gateway")["spec"]["template"]["spec"]
    values = {each["name"]: each["value"] for each in pod["containers"][0]["env"]}
    assert values["POSTHORN_RSPAMD"] == "rspamd:11333"
    [mount] = [each for each in pod["containers"][0]["volumeMounts"]
               if each["mountPath"] == values["POSTHORN_SPOOL_DIR"]]
    [volume] = [each for each in pod["volumes"] if each["name"] == mount["name"]]
    limit = int(volume["emptyDir"]["sizeLimit"].removesuffix("Mi")) << 20
    assert int(values["POSTHORN_SPOOL_BYTES"]) < limit


def test_the_example_puts_everything_in_its_namespace(example):
    outside = [each["metadata"]["name"] for each in example
               if each["kind"] != "Namespace" and each["metadata"].get("namespace") != "posthorn"]
    assert not outside
    for service in [*SERVICES, "rspamd"]:
        for container in containers(find(example, "Deployment", service)):
            assert container["image"].startswith("registry.example.org/posthorn/")
