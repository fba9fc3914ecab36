"""Runs the workloads against one side and collects their figures."""

import json
import statistics
import subprocess
import sys
import time
from dataclasses import replace

from . import machine, processes
from .side import PASSWORD, USER
from .sink import Sink


class Runner:
    def __init__(self, driver, side, sizes, deadline):
        self.driver = driver
        self.side = side
        self.sizes = sizes
        self.deadline = deadline
        self.figures = {}   # (workload, key) -> median
        self.failures = {}  # workload -> reason
        self.done = set()
        self.busy = []      # before each workload, the share of the cores in use by other work

    def _command(self, workload):
        ports = self.side.ports
        smtp = ports.smtp_tls if workload.driver == "smtp-idle-tls" else ports.smtp
        options = {"smtp-port": smtp, "imap-port": ports.imap, "pop3-port": ports.pop3,
                   "relay-port": ports.relay, "user": USER, "sender": self.side.sender,
                   "password": PASSWORD, "deadline": self.deadline, **workload.arguments,
                   **workload.only_for.get(self.side.name, {})}
        command = [self.driver, workload.driver]
        for option, value in options.items():
            command += [f"--{option}", value]
        return [str(word) for word in command]

    def _drive(self, workload):
        """One invocation; returns its figures or raises with the driver's reason."""
        result = subprocess.run(self._command(workload), capture_output=True, text=True,
                                timeout=self.deadline + 30)
        if result.returncode != 0:
            raise RuntimeError(result.stderr.strip() or f"exit {result.returncode}")
        return json.loads(result.stdout)

    def _drive_relay(self, workload):
        with Sink(self.side.state, self.side.ports.sink) as sink:
            arguments = {**workload.arguments, "sink": sink.counters}
            return self._drive(replace(workload, arguments=arguments))

    def _drive_idle(self, workload):
        """The same, with the memory of the server taken before and while sessions idle."""
        protocol = "imap" if workload.driver == "idle" else "smtp"
        before = processes.proportional_memory(self.side.process_ids(protocol))
        process = subprocess.Popen(self._command(workload), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            ready = process.stdout.readline()
            while_idle = processes.proportional_memory(self.side.process_ids(protocol))
            out, reason = process.communicate("go on\n", timeout=self.deadline + 30)
        finally:
            processes.end(process)
        if ready != "READY\n" or process.returncode != 0:
            raise RuntimeError(reason.strip() or f"exit {process.returncode}")
        figures = json.loads(out)
        return dict(figures, kib=(while_idle - before) / 1024 / figures["connections"])

    def _driver_of(self, workload):
        if workload.driver == "relay":
            return self._drive_relay
        if workload.driver in ("idle", "smtp-idle", "smtp-idle-tls"):
            return self._drive_idle
        return self._drive

    def steps(self, workload, workloads):
        """Runs the workload, after those that it needs; yields after each run, so that two sides
        can take turns. A failure is kept, not raised."""
        if workload.name in self.done or workload.side not in ("", self.side.name):
            return
        self.done.add(workload.name)
        for need in workload.needs:
            yield from self.steps(workloads[need], workloads)
        drive = self._driver_of(workload)
        results, seconds = [], 0.0
        try:
            if workload.settle:
                self.side.settle()
            self.busy.append(machine.busy_share(0.5))
            if workload.warm_up:
                drive(workload)
            for _ in range(1 if workload.once else self.sizes.runs):
                begin = time.monotonic()
                results.append(drive(workload))
                seconds += time.monotonic() - begin
                yield
        except (RuntimeError, subprocess.SubprocessError, ValueError, OSError) as error:
            self.failures[workload.name] = str(error)
            print(f"{self.side.name}: {workload.name}: FAILED: {error}", file=sys.stderr,
                  flush=True)
            return
        self._keep(workload, results, seconds)

    def _keep(self, workload, results, seconds):
        values = []
        for figure in workload.figures:
            measured = [result[figure.key] for result in results if figure.key in result]
            if measured:
                self.figures[workload.name, figure.key] = statistics.median(measured)
                values.append(f"{figure.key} {statistics.median(measured):.4g}")
        print(f"{self.side.name}: {workload.name}: {', '.join(values)} "
              f"({seconds:.1f} s, machine {self.busy[-1]:.0%} busy before)",
              file=sys.stderr, flush=True)
