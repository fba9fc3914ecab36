"""Processes that are killed, stopped and made to fail, by a plan that the progress of the work moves."""

import contextlib
import os
import pathlib
import random
import re
import signal
import subprocess
import threading
import time
import urllib.request

from posthorn import TOP, wait_until

HEADER = TOP / "services/common/failpoint/points.h"


def failpoints(service=""):
    """The names of points.h, of a service."""
    return [name for name in re.findall(r'^    \{Point::k\w+, "([a-z_.]+)"', HEADER.read_text(), re.M)
            if name.startswith(service)]


class Kill:
    """At a random moment, from outside."""
    kills = 1

    def run(self, victim):
        time.sleep(victim.random.uniform(0, 0.5))
        victim.kill()
        victim.start()


class Fault:
    """Killed, and started with faults that it lives through; killed again later."""
    kills = 1

    def __init__(self, specification):
        self.specification = specification

    def run(self, victim):
        victim.kill()
        victim.start(self.specification)


class KillAt:
    """Killed from outside, and then at a failpoint by itself."""
    kills = 2

    def __init__(self, point):
        self.point = point

    def run(self, victim):
        victim.kill()
        victim.start(f"{self.point}=kill@{victim.random.randint(1, 3)}")
        code = victim.process.wait(120)
        assert code == -signal.SIGKILL, f"{victim.name} ended with {code}, not at {self.point}"
        victim.reached.append(self.point)
        victim.killed += 1
        victim.start()


class Stop:
    """Stands still for some seconds, and goes on as if nothing had been."""
    kills = 0

    def __init__(self, seconds):
        self.seconds = seconds

    def run(self, victim):
        victim.process.send_signal(signal.SIGSTOP)
        try:
            time.sleep(self.seconds)
        finally:
            victim.process.send_signal(signal.SIGCONT)


class Victim:
    """One process of a service and what befalls it, a step whenever `progress` (0 to 1) is as far
    as the step's place in the list. It runs, without faults, when all is over."""

    def __init__(self, system, service, instance, steps, progress, seed, flags=()):
        self.system, self.service, self.instance = system, service, instance
        self.name = f"{service.lower().replace('_', '-')}-{instance}"
        self.steps, self.progress, self.flags = steps, progress, flags
        self.random = random.Random(seed)
        self.reached, self.killed, self.failure, self.process = [], 0, None, None
        self.thread = threading.Thread(target=self._suffer, daemon=True)

    def take_over(self):
        """From deploy/local/up, as a child of the test."""
        self.system.kill(self.service, self.instance)
        self.start()

    def start(self, faults=""):
        # A service refuses settings that it does not know: those of the tests.
        env = {name: value for name, value in os.environ.items()
               if not name.startswith("POSTHORN_")}
        if faults:
            env["POSTHORN_FAILPOINTS"] = faults
        suffix = f"_{self.instance}" if self.instance > 1 else ""
        with open(pathlib.Path(self.system.env["LOG_DIR"]) / f"{self.name}.storm", "ab") as log:
            self.process = subprocess.Popen(
                [self.system.env[f"{self.service}_START{suffix}"], *self.flags], env=env,
                stdout=log, stderr=log)

    def complaints(self):
        """The last lines of its log that are more than news, for who looks at a failure."""
        text = "".join(path.read_text(errors="replace") for path in sorted(
            pathlib.Path(self.system.env["LOG_DIR"]).glob(f"{self.name}.*")))
        lines = [line for line in text.splitlines() if re.search("warning|error", line, re.I)]
        return "\n".join(lines[-30:])

    def kill(self):
        self.killed += self.process.poll() is None
        self.process.kill()
        self.process.wait(30)

    def _suffer(self):
        try:
            for number, step in enumerate(self.steps):
                place = (number + self.random.uniform(0.2, 0.8)) / len(self.steps)
                wait_until(lambda: self.progress() >= place, f"{self.name} comes to its step", 900)
                assert self.process.poll() is None, f"{self.name} ended by itself"
                step.run(self)
        except Exception as error:  # noqa: BLE001 - shown by the test
            self.failure = error

    def ready(self):
        suffix = f"_{self.instance}" if self.instance > 1 else ""
        port = self.system.env[f"{self.service}_ADMIN_PORT{suffix}"]
        with contextlib.suppress(OSError):
            url = f"http://{self.system.host}:{port}/healthz/ready"
            return urllib.request.urlopen(url, timeout=5).status == 200
        return False

    def metrics(self):
        return self.system.metrics(self.service, self.instance)

    def open_files(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def end(self):
        if self.process:
            self.process.kill()
            self.process.wait(30)
