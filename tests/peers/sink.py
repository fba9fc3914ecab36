"""Postfix's smtp-sink, which fails in the ways that its flags name."""

import pathlib
import re
import subprocess

from hosts import listening
from posthorn import wait_until


class Sink:
    def __init__(self, folder, address, *flags):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True)
        self.folder.chmod(0o777)
        self._process = subprocess.Popen(
            ["smtp-sink", "-u", "nobody", "-d", "message.", *flags, f"{address}:25", "100"],
            cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: listening(address, 25), f"smtp-sink listens on {address}")

    def stop(self):
        self._process.kill()
        self._process.wait(20)

    def messages(self):
        """Those that it took to their end: its files begin with lines that it adds."""
        return [octets for octets in (path.read_bytes() for path in self.folder.glob("message.*"))
                if re.search(rb"(?m)^Received: ", octets)]
