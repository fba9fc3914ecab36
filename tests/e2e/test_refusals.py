"""Every refusal is counted, where an operator sees it."""

import contextlib

import pytest

from imap_raw import Connection
from posthorn import wait_until
from smtp_raw import RawSmtp


@contextlib.contextmanager
def counted(posthorn, service, *names):
    """Each of the metrics grows by at least one."""
    before = posthorn.metrics(service)
    yield

    def grown():
        now = posthorn.metrics(service)
        return all(now.get(name, 0) > before.get(name, 0) for name in names)

    wait_until(grown, f"{names} grow")


def imap(reason):
    return f'posthorn_imap_refusals_total{{reason="{reason}"}}'


@pytest.mark.parametrize("sent, reason, answer", [
    (b"a SELECT INBOX\r\n", "wrong_state", b"BAD"),
    (b"a " + b"x" * 20000 + b"\r\n", "line_too_long", b"BYE"),
    (b"a NOOP\n", "bare_line_end", b"BYE"),
    (b"a LOGIN {100000}\r\n", "literal_too_large", b"NO"),
    (b"a LOGIN {1000000+}\r\n", "literal_too_large", b"BYE"),
    (b"a x\r\n" * 5, "bad_commands", b"BAD"),
])
def test_imap_counts_refusals(posthorn, sent, reason, answer):
    with counted(posthorn, "IMAP_GATEWAY", imap(reason)):
        client = Connection(posthorn.host, posthorn.port("IMAP"))
        client.send(sent)
        assert client.response()[1] == answer
        client.close()


def test_smtp_counts_refusals(posthorn, account):
    with counted(posthorn, "SMTP_GATEWAY", 'posthorn_smtp_abuse_total{kind="bare_line_end"}',
                 'posthorn_smtp_commands_total{code="500",command="unknown"}',
                 'posthorn_smtp_messages_total{result="rejected",role="mx"}'):
        with RawSmtp(posthorn) as client:
            client.hello()
            client.send(b"NONSENSE\r\n")
            assert client.reply().code == 500
            client.envelope(account.address)
            assert client.data(b"Subject: x\n\r\n.\r\n").startswith("550 5.6.11")


def test_pop3_counts_refusals(posthorn):
    with counted(posthorn, "POP3_GATEWAY",
                 'posthorn_pop3_commands_total{command="unknown",result="failed"}',
                 'posthorn_pop3_commands_total{command="STAT",result="failed"}'):
        client = posthorn.pop3()
        for command in (b"NONSENSE", b"STAT"):
            client._putline(command)
            assert client._getline()[0].startswith(b"-ERR")
        client.close()
