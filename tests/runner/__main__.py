"""Runs suites one after the other and counts; see tests/run."""

import sys
import time

import builds
import native
import scripts
from layout import IN_CI, LOGS
from results import FAILED, PASSED, SKIPPED, Result

# What fails soon is told soon. Suites that mostly wait come while the sanitizers' build goes on.
SUITES = {
    "style": scripts.style,
    "kubernetes": scripts.pytest("kubernetes", "containers/test_kubernetes.py",
                                 needs_release=False),
    "build": lambda: [builds.release()],
    "e2e": scripts.pytest("e2e", "e2e"),
    "clients": scripts.pytest("clients", "clients"),
    "peers": scripts.pytest("peers", "peers"),
    "faults": scripts.pytest("faults", "faults"),
    "bench": scripts.bench,
    "local": scripts.pytest("local", "containers/test_certs.py", "containers/test_local.py"),
    "containers": scripts.pytest("containers", "containers/test_compose.py",
                                 needs_release=False, seconds=4000),
    "build-asan": lambda: [builds.asan()],
    "unit": native.unit,
    "component": native.component,
    "fuzz": native.fuzz,
}


def run_suite(name):
    began = time.monotonic()
    try:
        results = SUITES[name]()
    except Exception as error:  # a runner that breaks must not look like a suite that passed
        results = [Result(name, FAILED, f"{type(error).__name__}: {error}")]
    counts = {outcome: sum(1 for each in results if each.outcome == outcome)
              for outcome in (PASSED, FAILED, SKIPPED)}
    print(f"{name:<12} {counts[PASSED]:>5} ok {counts[FAILED]:>4} bad {counts[SKIPPED]:>4} left out"
          f"   {time.monotonic() - began:6.0f} s", flush=True)
    for each in results:
        if each.outcome == FAILED:
            indented = "\n".join("    " + line for line in each.detail.splitlines()[-60:])
            print(f"  FAILED {each.name}\n{indented}", flush=True)
        elif each.outcome == SKIPPED:
            print(f"  SKIPPED {each.name} {each.detail}", flush=True)
    return results


def main(names):
    if names in (["--list"], ["--help"], ["-h"]):
        print("\n".join(SUITES))
        return 0
    unknown = [name for name in names if name not in SUITES]
    if unknown:
        print(f"unknown suite: {unknown[0]}; there are {', '.join(SUITES)}", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    names = names or list(SUITES)
    results = []
    for name in names:
        if name == "e2e" and "build-asan" in names:
            builds.asan_begun()
        results += run_suite(name)
    count = {outcome: sum(1 for each in results if each.outcome == outcome)
             for outcome in (PASSED, FAILED, SKIPPED)}
    print(f"logs: {LOGS}")
    print(f"{count[PASSED]} passed, {count[FAILED]} failed, {count[SKIPPED]} skipped")
    if IN_CI and count[SKIPPED]:
        return 1  # where everything can be prepared, nothing may be left out
    return 1 if count[FAILED] or not count[PASSED] else 0


sys.exit(main(sys.argv[1:]))
