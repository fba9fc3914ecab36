"""docker-compose.yml as the tests drive it: a project of its own, on ports of its own."""

import dataclasses
import json
import os
import pathlib
import re
import shutil
import subprocess

from posthorn import TOP, wait_until

PORTS = {"SMTP": 24025, "SUBMISSION": 24587, "SUBMISSIONS": 24465, "POP3": 24110, "POP3S": 24995,
         "IMAP": 24143, "IMAPS": 24993}
SERVICES = ["postgres", "mailstore", "smtp-gateway", "pop3-gateway", "imap-gateway", "edge"]


def docker(*arguments, check=True, timeout=300, **kwargs):
    result = subprocess.run(["docker", *map(str, arguments)], capture_output=True, text=True,
                            timeout=timeout, **kwargs)
    assert not check or result.returncode == 0, f"docker {arguments}: {result.stderr}"
    return result


@dataclasses.dataclass
class Stack:
    """One project of docker-compose.yml."""
    project: str
    tls_dir: pathlib.Path

    def environment(self):
        return {**os.environ, "DOCKER_BUILDKIT": "1", "COMPOSE_DOCKER_CLI_BUILD": "1",
                "POSTHORN_BIND": "127.0.0.1", "POSTHORN_TLS_DIR": str(self.tls_dir),
                **{f"POSTHORN_{name}_PORT": str(port) for name, port in PORTS.items()}}

    def compose(self, *arguments, check=True, timeout=300, given=None):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True)
        command = ["docker", "compose"] if plugin.returncode == 0 else ["docker-compose"]
        result = subprocess.run([*command, "-p", self.project, *arguments], cwd=TOP, input=given,
                                env=self.environment(), capture_output=True, text=True,
                                timeout=timeout)
        assert not check or result.returncode == 0, \
            f"compose {arguments}: {result.stdout[-6000:]}{result.stderr[-6000:]}"
        return result

    def up(self, *arguments):
        return self.compose("up", "-d", *arguments)

    def containers(self, service):
        """Ids of a service's running containers."""
        return self.compose("ps", "-q", service).stdout.split()

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
