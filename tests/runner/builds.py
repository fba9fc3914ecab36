"""The two builds: release for everything that runs the system, asan for unit tests and fuzzing."""

import concurrent.futures
import functools

from layout import ASAN, LOGS, RELEASE, TOP
from process import IDLE, run, said, tail
from results import FAILED, PASSED, Result

PROGRAMS = ["mailstore", "smtp-gateway", "pop3-gateway", "imap-gateway", "mailctl",
            "posthorn_bench_driver"]
# The container build has the same sources under another path and shares the compiler's cache:
# paths are taken relative to these.
# With the compiler's own list of dependencies no file needs to be preprocessed for the cache.
CACHE = {"CCACHE_BASEDIR": str(TOP), "CCACHE_NOHASHDIR": "1", "CCACHE_DEPEND": "1",
         "CCACHE_SLOPPINESS": "locale"}


@functools.cache
def release():
    return _build("release", RELEASE, PROGRAMS)


def asan():
    return asan_begun().result()


@functools.cache
def asan_begun():
    """The future of asan(), which goes on beside suites that mostly wait: it has what processor time
    they leave."""
    pool = concurrent.futures.ThreadPoolExecutor(1)
    return pool.submit(_build, "asan", ASAN, ["unit-tests", "fuzz-targets"], idle=True)


def _build(preset, folder, targets, idle=False):
    """One Result: a build that fails is a failed test."""
    ninja = [*(IDLE if idle else []), "ninja", "-C", folder, *targets]
    log = LOGS / f"build-{preset}.log"
    log.unlink(missing_ok=True)
    code = run(["cmake", "--preset", preset, "-B", folder], log, 300, cwd=TOP)
    if code == 0:
        code = run(ninja, log, 4800, env=CACHE)
    name = f"build.{preset}"
    if code == 0:
        return Result(name, PASSED)
    return Result(name, FAILED, f"the build {said(code)}\n{tail(log)}")
