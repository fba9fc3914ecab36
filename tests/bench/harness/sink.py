"""Postfix's smtp-sink, where relayed mail ends: it counts messages and throws them away."""

import subprocess

from . import peers, processes

BACKLOG = "1024"


class Sink:
    """A context: listens on 127.0.0.1:port while it is entered."""

    def __init__(self, state, port):
        self.port = port
        self.counters = state / "sink"  # what smtp-sink -c writes, over and over
        self.process = None

    def __enter__(self):
        peers.install()
        with self.counters.open("wb") as counters:
            self.process = subprocess.Popen(
                ["smtp-sink", "-u", "nobody", "-c", "-m", "1000", f"127.0.0.1:{self.port}",
                 BACKLOG], stdout=counters, stderr=subprocess.DEVNULL)
        try:
            processes.await_port(self.port, self.process)
        except Exception:
            processes.end(self.process)
            raise
        return self

    def __exit__(self, *_):
        processes.end(self.process)
