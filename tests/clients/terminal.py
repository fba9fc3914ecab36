"""Programs for a terminal, in tmux."""

import shlex

from clients import run

from posthorn import wait_until


class Terminal:
    """A program in tmux, driven by keys and read from its screen."""

    def __init__(self, folder, command):
        self.socket = folder / "tmux"
        run("tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40",
            f"env HOME={shlex.quote(str(folder))} TERM=screen {command}")

    def keys(self, *keys):
        run("tmux", "-S", self.socket, "send-keys", *keys)

    def screen(self):
        return run("tmux", "-S", self.socket, "capture-pane", "-p", check=False).stdout.decode()

    def wait_for(self, text):
        wait_until(lambda: text in self.screen(), f"{text!r} on the screen")

    def close(self):
        run("tmux", "-S", self.socket, "kill-server", check=False)
