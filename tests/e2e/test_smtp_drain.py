"""smtp-gateway stops without losing what it has in hand."""

import os
import signal

from posthorn import wait_until
from smtp_raw import RawSmtp


def is_running(pid):
    """Not a zombie either: nobody may be waiting for it."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_drain_finishes_transactions(posthorn, account):
    pid = posthorn.pid("SMTP_GATEWAY", 2)
    idle = RawSmtp(posthorn, instance=2)
    idle.hello()
    busy = RawSmtp(posthorn, instance=2)
    busy.hello()
    busy.envelope(account.address)
    try:
        os.kill(pid, signal.SIGTERM)
        assert idle.reply().startswith("421 4.3.2")
        assert idle.closed()
        assert busy.data(b"Subject: last\r\n\r\n.\r\n").startswith("250 2.0.0")
        assert busy.reply().startswith("421 4.3.2")
        assert busy.closed()
        wait_until(lambda: not is_running(pid), "the gateway ends")
    finally:
        posthorn.up()
    assert len(posthorn.messages(account)) == 1
    posthorn.deliver(account, b"Subject: next\r\n\r\n", instance=2)
    assert len(posthorn.messages(account)) == 2
