"""docker-compose.yml as the tests drive it: a project of its own, on ports of its own, with a world
outside that is of their making."""

import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

from posthorn import TOP, wait_until

PORTS = {"SMTP": 24025, "SUBMISSION": 24587, "SUBMISSIONS": 24465, "POP3": 24110, "POP3S": 24995,
         "IMAP": 24143, "IMAPS": 24993}
SERVICES = ["postgres", "mailstore", "smtp-gateway", "pop3-gateway", "imap-gateway", "rspamd",
            "edge"]
# Where the container "outside" is, which has the DNS that the others ask through Docker's.
NETWORKS = {"edge": "10.213.1", "filter": "10.213.2"}
# Where remote.example sends from; never reached: the gateway hears of it by XCLIENT.
SENDER = "185.200.7.8"
OVERRIDE = {
    "services": {
        "outside": {
            "image": "${POSTHORN_HAPROXY_IMAGE:-haproxy:2.8}", "entrypoint": ["sleep", "infinity"],
            "init": True, "networks": {name: {"ipv4_address": f"{network}.53"}
                                       for name, network in NETWORKS.items()}},
        "smtp-gateway": {
            "dns": [f"{NETWORKS['edge']}.53"],
            "volumes": ["${OUTSIDE}/dns/root.key:/usr/share/dns/root.key:ro"],
            "environment": {"POSTHORN_XCLIENT_NETWORKS": "10.213.0.0/16"}},
        "rspamd": {"dns": [f"{NETWORKS['filter']}.53"]}},
    "networks": {name: {"ipam": {"config": [{"subnet": f"{network}.0/24"}]}}
                 for name, network in NETWORKS.items()}}


def docker(*arguments, check=True, timeout=300, **kwargs):
    result = subprocess.run(["docker", *map(str, arguments)], capture_output=True, text=True,
                            timeout=timeout, **kwargs)
    assert not check or result.returncode == 0, f"docker {arguments}: {result.stderr}"
    return result


@dataclasses.dataclass
class Stack:
    """One project of docker-compose.yml."""
    project: str
    folder: pathlib.Path
    settings: dict = dataclasses.field(default_factory=dict)  # as in .env

    def __post_init__(self):
        self.tls_dir = self.folder / "tls"
        self.tls_dir.mkdir()
        (self.folder / "override.yml").write_text(json.dumps(OVERRIDE))

    def environment(self):
        return {**os.environ, "DOCKER_BUILDKIT": "1", "COMPOSE_DOCKER_CLI_BUILD": "1",
                "POSTHORN_BIND": "127.0.0.1", "POSTHORN_TLS_DIR": str(self.tls_dir),
                "OUTSIDE": str(self.folder), **self.settings,
                **{f"POSTHORN_{name}_PORT": str(port) for name, port in PORTS.items()}}

    def compose(self, *arguments, check=True, timeout=300, given=None):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True)
        command = ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]
        files = ["-f", "docker-compose.yml", "-f", str(self.folder / "override.yml")]
        result = subprocess.run([*command, *files, "-p", self.project, *arguments], cwd=TOP,
                                input=given, env=self.environment(), capture_output=True,
                                text=True, timeout=timeout)
        assert not check or result.returncode == 0, \
            f"compose {arguments}: {result.stdout[-6000:]}{result.stderr[-6000:]}"
        return result

    def up(self, *arguments):
        return self.compose("up", "-d", *arguments)

    @contextlib.contextmanager
    def outside(self):
        """The world outside.py tells of, as long as the container's network lives."""
        self.up("outside")
        [container] = self.containers("outside")
        with subprocess.Popen(
                ["nsenter", "-n", "-t", str(self.inspect(container)["State"]["Pid"]),
                 sys.executable, pathlib.Path(__file__).with_name("outside.py"), self.folder,
                 SENDER, *(f"{network}.53" for network in NETWORKS.values())],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as world:
            assert world.stdout.readline() == "ready\n"
            try:
                yield
            finally:
                world.stdin.close()
                world.wait(60)

    def mail_outside(self):
        """What the server of remote.example has taken."""
        return [path.read_bytes() for path in (self.folder / "mail").glob("message.*")]

    def containers(self, service):
        """Ids of a service's running containers."""
        # compose 1.29 takes a second for it.
        labels = {"project": self.project, "service": service, "oneoff": "False"}
        filters = [part for name, value in labels.items()
                   for part in ("--filter", f"label=com.docker.compose.{name}={value}")]
        return docker("ps", "-q", "--no-trunc", *filters).stdout.split()

    def inspect(self, container):
        return json.loads(docker("inspect", container).stdout)[0]

    def health(self, container):
        state = self.inspect(container)["State"]
        return state.get("Health", {}).get("Status", state["Status"])

    def wait_healthy(self, **counts):
        """Until every service is healthy with as many containers as said (default 1)."""
        def unhealthy():
            bad = []
            for service in SERVICES:
                states = [self.health(each) for each in self.containers(service)]
                if states != ["healthy"] * counts.get(service.replace("-", "_"), 1):
                    bad.append(f"{service}: {states}")
            return bad
        try:
            wait_until(lambda: not unhealthy(), "all containers healthy", 180)
        except AssertionError:
            logs = self.compose("logs", "--no-color", "--tail=30").stdout
            raise AssertionError(f"{unhealthy()}\n{logs[-8000:]}") from None

    def address(self, container, network):
        networks = self.inspect(container)["NetworkSettings"]["Networks"]
        return networks[f"{self.project}_{network}"]["IPAddress"]

    def mailctl(self, *arguments, given=None, check=True):
        return self.compose("exec", "-T", "mailstore", "mailctl", *arguments, given=given,
                            check=check)

    def metric(self, container, network, name):
        """The sum over a metric's label sets, as a container's admin port tells it."""
        import urllib.request
        url = f"http://{self.address(container, network)}:9100/metrics"
        text = urllib.request.urlopen(url, timeout=10).read().decode()
        values = re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)
        assert values, f"{name} is not in {text[:2000]}"
        return sum(map(float, values))


def ccache_seed():
    """An image of this machine's compiler cache, so that the image build begins warm; or scratch."""
    cache = pathlib.Path(os.environ.get("CCACHE_DIR", pathlib.Path.home() / ".cache/ccache"))
    if not cache.is_dir() or not shutil.which("ccache"):
        return "scratch"
    pack = ("find . -type f -mmin -180 -size -20M -print0 | tar --null -T - -c 2>/dev/null"
            " | docker import - posthorn/ccache-seed")
    done = subprocess.run(["sh", "-c", pack], cwd=cache, capture_output=True, timeout=600)
    return "posthorn/ccache-seed" if done.returncode == 0 else "scratch"
