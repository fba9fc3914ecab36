"""What the measurements ran on."""

import os
import pathlib
import platform
import time


def _field(path, name):
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def syncs_per_second(directory, seconds=2.0):
    """fdatasync of 4 KiB appends by one writer, which bounds every durable write."""
    path = pathlib.Path(directory) / "sync-probe"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
    try:
        block = b"\0" * 4096
        count = 0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            os.write(descriptor, block)
            os.fdatasync(descriptor)
            count += 1
        return count / seconds
    finally:
        os.close(descriptor)
        path.unlink()


def _cpu_times():
    words = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()
    times = [int(word) for word in words[1:]]
    return sum(times[:8]), times[3] + times[4]


def busy_share(seconds=2.0):
    """The share of all cores that is in use right now, 0 to 1: what else the machine does."""
    total, idle = _cpu_times()
    time.sleep(seconds)
    total_after, idle_after = _cpu_times()
    return 1 - (idle_after - idle) / max(1, total_after - total)


def describe(directory):
    """Lines for the report."""
    memory = int(_field("/proc/meminfo", "MemTotal").split()[0]) / 1024 / 1024
    return [f"{os.cpu_count()} x {_field('/proc/cpuinfo', 'model name')}, {memory:.0f} GiB",
            f"Linux {platform.release()}, {_field_os()}",
            f"{syncs_per_second(directory):,.0f} fdatasync/s by one writer"]


def _field_os():
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith("PRETTY_NAME="):
            return line.partition("=")[2].strip('"')
    return "unknown system"
