"""Programs that the runner starts: output to a file, a limit of time, nothing left behind."""

import os
import signal
import subprocess

# Before a command: it runs when nothing else wants to.
IDLE = ["chrt", "--idle", "0"]


def run(command, log, seconds, env=None, cwd=None):
    """Its exit code; None when it took longer than `seconds` and was killed with all it started."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with open(log, "ab") as output:
        process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=subprocess.STDOUT, cwd=cwd,
                                   env={**os.environ, **(env or {})}, start_new_session=True)
        try:
            return process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return None
        finally:
            # The whole group: a test program may have left servers running.
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()


def tail(log, lines=40):
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def said(code):
    """An exit code in words."""
    return "took too long and was killed" if code is None else f"ended with {code}"
