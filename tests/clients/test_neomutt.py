"""neomutt in a terminal: opens the mailbox, reads, deletes, and notices new mail."""

import shlex

import pytest
from clients import message, run

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


@pytest.fixture
def neomutt(posthorn, account, tmp_path):
    for number in range(3):
        posthorn.deliver(account, message(number, f"This is body {number}.\r\n"))
    (tmp_path / "rc").write_text(
        f'set folder = "imap://{posthorn.host}:{posthorn.port("IMAP")}/"\n'
        f'set spoolfile = "+INBOX"\nset imap_user = "{account.address}"\n'
        f'set imap_pass = "{account.password}"\nset ssl_force_tls = no\nset ssl_starttls = no\n'
        'set mail_check = 1\nset timeout = 1\nset imap_idle = yes\nset delete = yes\n'
        f'set header_cache = "{tmp_path}/headers"\nset sort = mailbox-order\nset quit = yes\n'
        'set imap_authenticators = "plain:login"\nset wait_key = no\n')
    terminal = Terminal(tmp_path, f"neomutt -n -F {tmp_path}/rc")
    yield terminal
    terminal.close()


def test_reads_deletes_and_notices_new_mail(posthorn, account, neomutt):
    neomutt.wait_for("message 2")
    neomutt.keys("1", "Enter")
    neomutt.keys("Enter")
    neomutt.wait_for("This is body 0.")
    neomutt.keys("q")
    neomutt.keys("2", "Enter", "d")
    neomutt.keys("$")
    wait_until(lambda: len(posthorn.messages(account)) == 2, "the deletion reached the server")
    posthorn.deliver(account, message(7))
    neomutt.wait_for("message 7")
    neomutt.keys("q")
    client = posthorn.imap(account)
    client.select(readonly=True)
    assert client.search(None, "SEEN")[1] == [b"1"]
    client.logout()
