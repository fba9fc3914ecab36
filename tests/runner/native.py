"""Suites of C++ programs: unit and component tests (GoogleTest under ctest) and fuzz targets."""

import concurrent.futures
import json
import os
import shutil
import subprocess

import builds
from layout import ASAN, IN_CI, LOGS, TOP
from process import run, said, tail
from results import FAILED, PASSED, Result, from_junit

SANITIZERS = {"ASAN_OPTIONS": "abort_on_error=1:detect_stack_use_after_return=1",
              "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
              "LSAN_OPTIONS": f"print_suppressions=0:suppressions={TOP}/tests/runner/leaks.txt"}


def unit():
    return _google_tests("unit", lambda folder: "/tests/component" not in folder)


def component():
    return _google_tests("component", lambda folder: "/tests/component" in folder)


def _google_tests(suite, wanted):
    built = builds.asan()
    if built.outcome != PASSED:
        return [Result(f"{suite}.build", FAILED, "the asan build failed")]
    listing = json.loads(subprocess.run(["ctest", "--show-only=json-v1"], cwd=ASAN, check=True,
                                        capture_output=True).stdout)
    programs = []
    for test in listing["tests"]:
        folder = next((p["value"] for p in test.get("properties", [])
                       if p["name"] == "WORKING_DIRECTORY"), "")
        if wanted(folder):
            programs.append((test["name"], test.get("command"), folder))
    if not programs:
        return [Result(f"{suite}.programs", FAILED, "there is no test program")]
    # Component tests share a database server, and each wants the machine for itself.
    with concurrent.futures.ThreadPoolExecutor(2 if suite == "unit" else 1) as pool:
        done = pool.map(lambda each: _google_test(suite, *each), programs)
        return [result for results in done for result in results]


def _google_test(suite, name, command, folder):
    if command is None:  # ctest knows no command for a program that is not there
        return [Result(name, FAILED, f"{name} was not built")]
    log = LOGS / suite / f"{name}.log"
    report = LOGS / suite / f"{name}.xml"
    log.unlink(missing_ok=True)
    report.unlink(missing_ok=True)
    code = run(command, log, 600, cwd=folder or ASAN,
               env={**SANITIZERS, "GTEST_OUTPUT": f"xml:{report}"})
    results = from_junit(report)
    if code != 0 and not any(each.outcome == FAILED for each in results):
        results.append(Result(name, FAILED, f"{name} {said(code)}\n{tail(log)}"))
    return results or [Result(name, FAILED, f"{name} ran no test")]


def fuzz():
    built = builds.asan()
    if built.outcome != PASSED:
        return [Result("fuzz.build", FAILED, "the asan build failed")]
    targets = sorted(path for path in (ASAN / "fuzz").iterdir()
                     if path.name.endswith("_fuzz") and os.access(path, os.X_OK))
    if not targets:
        return [Result("fuzz.targets", FAILED, "there is no fuzz target")]
    # More at a time than there are cores: what each is given is time by the clock.
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        return list(pool.map(_fuzz, targets))


def _fuzz(target):
    seconds = int(os.environ.get("FUZZ_SECONDS", "30" if IN_CI else "10"))
    log = LOGS / "fuzz" / f"{target.name}.log"
    log.unlink(missing_ok=True)
    artifacts = LOGS / "fuzz" / target.name
    shutil.rmtree(artifacts, ignore_errors=True)
    corpus = artifacts / "corpus"
    corpus.mkdir(parents=True)
    command = [target, f"-max_total_time={seconds}", "-timeout=10", "-rss_limit_mb=2048",
               "-print_final_stats=1", f"-artifact_prefix={artifacts}/"]
    dictionary = target.with_suffix(".dict")
    if dictionary.exists():
        command.append(f"-dict={dictionary}")
    code = run([*command, corpus], log, seconds + 120, env=SANITIZERS)
    shutil.rmtree(corpus)
    if code == 0:
        return Result(f"fuzz.{target.name}", PASSED)
    return Result(f"fuzz.{target.name}", FAILED, f"{target.name} {said(code)}\n{tail(log)}")
