"""aerc in a terminal: folders, reading, flags, deleting; threads and sorting by the server."""

import re

import pytest
from clients import message
from terminal import Terminal

from posthorn import wait_until

CONFIGURATION = """[general]
unsafe-accounts-conf = true
[filters]
text/plain = cat
[viewer]
pager = cat
[ui]
index-format = %Z %s
threading-enabled = %THREADED
"""


@pytest.fixture
def started(posthorn, account, tmp_path):
    """started(threaded): aerc, showing the INBOX of the account."""
    folder = tmp_path / ".config/aerc"
    folder.mkdir(parents=True)
    user = account.address.replace("@", "%40")
    (folder / "accounts.conf").write_text(
        f"[posthorn]\nsource = imap+insecure://{user}:{account.password}@{posthorn.host}:"
        f"{posthorn.port('IMAP')}\ndefault = INBOX\nfrom = {account.address}\ncache-headers = false\n")
    (folder / "accounts.conf").chmod(0o600)
    terminals = []

    def start(threaded=False):
        (folder / "aerc.conf").write_text(CONFIGURATION.replace("%THREADED", str(threaded).lower()))
        terminals.append(Terminal(tmp_path, "aerc"))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


def asked(posthorn, command):
    """How often a command was answered OK by the gateway."""
    return sum(value for name, value in posthorn.metrics("IMAP_GATEWAY").items()
               if name.startswith("posthorn_imap_commands_total")
               and f'command="{command}"' in name and 'result="ok"' in name)


def shown_subjects(terminal):
    """The subjects of the message list from the top, with what stands before them."""
    return re.findall(r"\u2502? *([^\w\u2502\n]*)message (\d+)", terminal.screen())


def wait_for_order(terminal, *numbers):
    wait_until(lambda: [number for _, number in shown_subjects(terminal)] == list(map(str, numbers)),
               f"{numbers} instead of {shown_subjects(terminal)}")


def test_reads_and_deletes(posthorn, account, started):
    for number in range(3):
        posthorn.deliver(account, message(number, f"This is body {number}.\r\n"))
    client = posthorn.imap(account)
    client.create("Projects/2026")
    client.logout()
    aerc = started()
    aerc.wait_for("message 0")
    aerc.wait_for("Projects")
    aerc.keys(":select 0", "Enter")
    aerc.keys("Enter")
    aerc.wait_for("This is body 2.")
    client = posthorn.imap(account)
    client.select(readonly=True)
    wait_until(lambda: client.noop() and client.search(None, "SEEN")[1] == [b"3"], "it is \\Seen")
    aerc.keys(":close", "Enter")
    aerc.keys(":delete", "Enter")
    wait_until(lambda: client.noop() and client.search(None, "ALL")[1] == [b"1 2"], "it is deleted")
    client.logout()
    posthorn.deliver(account, message(7))
    aerc.wait_for("message 7")
    aerc.keys(":quit", "Enter")


def test_sorts(posthorn, account, started):
    for number in (2, 4, 1, 3):
        posthorn.deliver(account, message(number, "x" * 70 * number + "\r\n"))
    aerc = started()
    wait_for_order(aerc, 3, 1, 4, 2)  # the last that came first
    before = asked(posthorn, "UID SORT")
    for key, order in [("subject", (1, 2, 3, 4)), ("-r subject", (4, 3, 2, 1)), ("size", (1, 2, 3, 4)),
                       ("arrival", (2, 4, 1, 3))]:
        aerc.keys(f":sort {key}", "Enter")
        wait_for_order(aerc, *order)
    assert asked(posthorn, "UID SORT") >= before + 4
    aerc.keys(":quit", "Enter")


def test_shows_threads(posthorn, account, started):
    def answer(number, parent):
        return message(number).replace(
            b"\r\n\r\n", b"\r\nReferences: <m%d@remote.example>\r\n\r\n" % parent, 1)

    for letter in (message(1), message(2), answer(3, 1), answer(4, 3), message(5), answer(6, 1)):
        posthorn.deliver(account, letter)
    before = asked(posthorn, "UID THREAD")
    aerc = started(threaded=True)
    aerc.wait_for("message 6")
    wait_until(lambda: len(shown_subjects(aerc)) == 6, "all messages are shown")
    assert asked(posthorn, "UID THREAD") > before
    rows = shown_subjects(aerc)
    below = [number for prefix, number in rows if prefix.strip()]
    assert sorted(below) == ["3", "4", "6"]
    order = [number for _, number in rows]
    assert sorted(order[order.index("1"):order.index("1") + 4]) == ["1", "3", "4", "6"]
    assert order.index("4") == order.index("3") + 1
    # One that comes is put in its place.
    posthorn.deliver(account, answer(7, 2))
    aerc.wait_for("message 7")
    wait_until(lambda: [n for _, n in shown_subjects(aerc)].index("7")
               == [n for _, n in shown_subjects(aerc)].index("2") + 1, "it is below its parent")
    aerc.keys(":quit", "Enter")
