"""Running real clients."""

import subprocess


def run(*command, given=None, timeout=120, check=True, cwd=None, env=None):
    """Runs a client; its output is the message of the failure."""
    result = subprocess.run([str(word) for word in command], input=given, capture_output=True,
                            timeout=timeout, cwd=cwd, env=env)
    if check and result.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {result.returncode}:\n"
                             f"{result.stdout.decode(errors='replace')[-3000:]}\n"
                             f"{result.stderr.decode(errors='replace')[-3000:]}")
    return result


def message(number, body="A line.\r\n"):
    return (f"From: Sender <sender@remote.example>\r\nTo: someone@example.org\r\n"
            f"Subject: message {number}\r\nMessage-ID: <m{number}@remote.example>\r\n"
            f"Date: Mon, 02 Nov 2026 10:00:00 +0000\r\n\r\n{body}").encode()


def maildir_messages(folder):
    """Files of a Maildir, without those that are being written."""
    return sorted(path for sub in ("cur", "new") for path in (folder / sub).glob("*"))
