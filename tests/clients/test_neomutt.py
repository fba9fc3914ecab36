"""neomutt in a terminal: opens the mailbox, reads, deletes, and notices new mail."""

import pytest
from clients import message
from terminal import Terminal

from posthorn import wait_until


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
