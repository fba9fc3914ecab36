"""aerc in a terminal: folders, reading, flags, deleting; threads and sorting by the server."""

import pytest
from clients import message
from terminal import Terminal

from posthorn import wait_until


@pytest.fixture
def aerc(posthorn, account, tmp_path):
    for number in range(3):
        posthorn.deliver(account, message(number, f"This is body {number}.\r\n"))
    client = posthorn.imap(account)
    client.create("Projects/2026")
    client.logout()
    folder = tmp_path / ".config/aerc"
    folder.mkdir(parents=True)
    user = account.address.replace("@", "%40")
    (folder / "accounts.conf").write_text(
        f"[posthorn]\nsource = imap+insecure://{user}:{account.password}@{posthorn.host}:"
        f"{posthorn.port('IMAP')}\ndefault = INBOX\nfrom = {account.address}\ncache-headers = false\n")
    (folder / "accounts.conf").chmod(0o600)
    (folder / "aerc.conf").write_text("[general]\nunsafe-accounts-conf = true\n"
                                      "[filters]\ntext/plain = cat\n[viewer]\npager = cat\n")
    terminal = Terminal(tmp_path, "aerc")
    yield terminal
    terminal.close()


def test_reads_and_deletes(posthorn, account, aerc):
    aerc.wait_for("message 0")
    aerc.wait_for("Projects")
    aerc.keys(":select 0", "Enter")
    aerc.keys("Enter")
    aerc.wait_for("This is body 2.")
    client = posthorn.imap(account)
    client.select(readonly=True)
    wait_until(lambda: client.noop() and client.search(None, "SEEN")[1] == [b"3"], "it is \\Seen")
    client.logout()
    aerc.keys(":close", "Enter")
    aerc.keys(":delete", "Enter")
    wait_until(lambda: len(posthorn.messages(account)) == 2, "the deletion reached the server")
    posthorn.deliver(account, message(7))
    aerc.wait_for("message 7")
    aerc.keys(":quit", "Enter")
