"""Suites of Python tests, and the checks of the sources' form."""

import subprocess

import builds
from layout import LOGS, RELEASE, TOP
from process import run, said, tail
from results import FAILED, PASSED, Result, from_junit


def style():
    """The form of C++ (clang-format) and of shell scripts (shellcheck): one result a file."""
    files = subprocess.run(["git", "ls-files", "--cached"], cwd=TOP, check=True,
                           capture_output=True, text=True).stdout.split("\n")
    results = []
    for name in files:
        path = TOP / name
        if not path.is_file():
            continue
        if path.suffix in (".h", ".cc", ".proto"):
            if path.suffix != ".proto":
                results.append(_check(name, ["clang-format-19", "--dry-run", "-Werror", name]))
        elif _is_shell(path):
            results.append(_check(name, ["shellcheck", "-x", "-S", "warning", name]))
    return results


def _is_shell(path):
    with open(path, "rb") as file:
        first = file.readline(80)
    return path.suffix == ".sh" or (first.startswith(b"#!") and first.rstrip().endswith(b"sh"))


def _check(name, command):
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True)
    if done.returncode == 0:
        return Result(f"style.{name}", PASSED)
    return Result(f"style.{name}", FAILED, (done.stdout + done.stderr)[:400])


def pytest(suite, *paths, needs_release=True, seconds=2400):
    """A suite function that runs pytest over folders of tests/."""
    def suite_function():
        if needs_release and builds.release().outcome != PASSED:
            return [Result(f"{suite}.build", FAILED, "the release build failed")]
        missing = [path for path in paths if not (TOP / "tests" / path).exists()]
        if missing:
            return [Result(f"{suite}.tests", FAILED, f"tests/{missing[0]} is missing")]
        log, report = LOGS / f"{suite}.log", LOGS / f"{suite}.xml"
        log.unlink(missing_ok=True)
        report.unlink(missing_ok=True)
        code = run(["/usr/bin/python3", "-m", "pytest", "-p", "no:cacheprovider", "-v",
                    "--durations=10", f"--junitxml={report}",
                    *(f"tests/{path}" for path in paths)],
                   log, seconds, cwd=TOP, env={"POSTHORN_BUILD_DIR": str(RELEASE)})
        results = from_junit(report)
        if code != 0 and not any(each.outcome == FAILED for each in results):
            results.append(Result(suite, FAILED, f"pytest {said(code)}\n{tail(log)}"))
        return results or [Result(suite, FAILED, "no test ran")]
    return suite_function


def bench():
    """The load driver's own tests, then a short run of the benchmark against its peers."""
    results = pytest("bench-driver", "bench")()
    log = LOGS / "bench.log"
    log.unlink(missing_ok=True)
    code = run(["/usr/bin/python3", TOP / "tests/bench/run", "--smoke", "--build", RELEASE], log,
               1200, cwd=TOP, env={"POSTHORN_BUILD_DIR": str(RELEASE)})
    print(tail(log, 30), flush=True)
    if code == 0:
        return [*results, Result("bench.smoke", PASSED)]
    return [*results, Result("bench.smoke", FAILED, f"the smoke run {said(code)}\n{tail(log)}")]
