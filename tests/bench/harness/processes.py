"""Processes and their memory, from /proc."""

import os
import pathlib
import signal
import socket
import time


def _parents():
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue  # it has just ended
            parents[int(entry.name)] = int(stat.rpartition(")")[2].split()[1])
    return parents


def with_descendants(roots):
    """The given process ids and those of all their children, grandchildren, ..."""
    parents = _parents()
    found = {pid for pid in roots if pid in parents}
    while True:
        more = {pid for pid, parent in parents.items() if parent in found} - found
        if not more:
            return sorted(found)
        found |= more


def proportional_memory(pids):
    """The sum of the processes' PSS in octets. A process that ended counts as nothing."""
    total = 0
    for pid in pids:
        try:
            rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        for line in rollup.splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total


def await_port(port, process=None, seconds=30):
    """Returns once 127.0.0.1:port accepts; raises if it does not in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"{process.args[0]} ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"nothing listens on 127.0.0.1:{port}")


def end(process, seconds=20):
    """SIGTERM to a child of ours, SIGKILL if it does not obey."""
    if process is None or process.poll() is not None:
        return
    os.kill(process.pid, signal.SIGTERM)
    try:
        process.wait(seconds)
    except Exception:
        process.kill()
        process.wait()


def end_tree(process):
    """The same, and SIGKILL for those that it leaves behind."""
    if process is None or process.poll() is not None:
        return
    left = with_descendants([process.pid])
    end(process)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
