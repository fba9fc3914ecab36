"""Every refusal is counted, where an operator sees it."""

import contextlib
import poplib
import re

import pytest

from imap_raw import Connection
from posthorn import Account, wait_until
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


def imap_command(name, result="no"):
    return f'posthorn_imap_commands_total{{command="{name}",result="{result}"}}'


def smtp_command(name, code):
    return f'posthorn_smtp_commands_total{{code="{code}",command="{name}"}}'


def pop3_command(name):
    return f'posthorn_pop3_commands_total{{command="{name}",result="failed"}}'


SMTP_REJECTED = 'posthorn_smtp_messages_total{result="rejected",role="mx"}'


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
                 smtp_command("unknown", 500), SMTP_REJECTED):
        with RawSmtp(posthorn) as client:
            client.hello()
            client.send(b"NONSENSE\r\n")
            assert client.reply().code == 500
            client.envelope(account.address)
            assert client.data(b"Subject: x\n\r\n.\r\n").startswith("550 5.6.11")


def test_pop3_counts_refusals(posthorn):
    with counted(posthorn, "POP3_GATEWAY",
                 pop3_command("unknown"), pop3_command("STAT")):
        client = posthorn.pop3()
        for command in (b"NONSENSE", b"STAT"):
            client._putline(command)
            assert client._getline()[0].startswith(b"-ERR")
        client.close()


def test_smtp_counts_lines_too_long(posthorn):
    with counted(posthorn, "SMTP_GATEWAY", 'posthorn_smtp_abuse_total{kind="line_too_long"}'):
        with RawSmtp(posthorn) as client:
            client.send(b"NOOP " + b"x" * 20000 + b"\r\n")
            assert client.reply().startswith("500 5.5.6")


def test_pop3_counts_lines_too_long(posthorn):
    with counted(posthorn, "POP3_GATEWAY", pop3_command("unknown")):
        client = posthorn.pop3()
        client._putline(b"USER " + b"x" * 20000)
        assert client._getline()[0] == b"-ERR Line too long"
        client.close()


def test_smtp_counts_messages_too_large(posthorn, account):
    with counted(posthorn, "SMTP_GATEWAY", smtp_command("MAIL", 552), SMTP_REJECTED):
        with RawSmtp(posthorn) as client:
            limit = int(re.search(r"\bSIZE (\d+)", client.hello())[1])
            assert client.ask(f"MAIL FROM:<a@remote.example> SIZE={limit + 1}").startswith("552 5.3.4")
            client.envelope(account.address)
            assert client.ask("DATA").code == 354
            lines = (b"x" * 78 + b"\r\n") * 1000
            for _ in range(limit // len(lines) + 1):
                client.send(lines)
            client.send(b".\r\n")
            assert client.reply().startswith("552 5.3.4")


def test_imap_counts_messages_too_large(posthorn, account):
    with counted(posthorn, "IMAP_GATEWAY", imap_command("APPEND")):
        client = Connection(posthorn.host, posthorn.port("IMAP")).login(account)
        answer = client.command("APPEND INBOX {1000000000}")[-1]
        assert answer[1:3] == [b"NO", b"[TOOBIG]"], answer
        client.close()


def test_smtp_counts_unknown_users(posthorn):
    with counted(posthorn, "SMTP_GATEWAY", smtp_command("RCPT", 550)):
        with RawSmtp(posthorn) as client:
            client.hello()
            client.envelope()
            assert client.ask("RCPT TO:<nobody-of-this-name@example.org>").startswith("550 5.1.1")


@pytest.mark.parametrize("command, code", [
    ("SELECT nowhere", b"[NONEXISTENT]"),
    ("STATUS nowhere (MESSAGES)", b"[NONEXISTENT]"),
    ("APPEND nowhere {1+}\r\nx", b"[TRYCREATE]"),
    ("COPY 1 nowhere", b"[TRYCREATE]"),
])
def test_imap_counts_unknown_mailboxes(posthorn, account, command, code):
    posthorn.deliver(account, b"Subject: x\r\n\r\nx\r\n")
    client = Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    client.ok("SELECT INBOX")
    with counted(posthorn, "IMAP_GATEWAY", imap_command(command.split()[0])):
        answer = client.command(command)[-1]
        assert answer[1:3] == [b"NO", code], answer
    client.close()


@pytest.fixture
def clients_without_store(posthorn, account):
    """A client of each protocol, within what it does, and no mailstore."""
    posthorn.deliver(account, b"Subject: x\r\n\r\nx\r\n")
    smtp = RawSmtp(posthorn)
    smtp.hello()
    smtp.envelope()
    imap_client = Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    pop3 = posthorn.pop3(account)
    try:
        for instance in posthorn.instances("MAILSTORE"):
            posthorn.kill("MAILSTORE", instance)
        yield smtp, imap_client, pop3
    finally:
        posthorn.up()
        for each in (smtp.socket, imap_client, pop3):
            each.close()


def test_what_fails_without_the_store_is_counted(posthorn, clients_without_store):
    smtp, imap_client, pop3 = clients_without_store
    with counted(posthorn, "SMTP_GATEWAY", smtp_command("RCPT", 451)):
        assert smtp.ask("RCPT TO:<not-asked-before@example.org>").startswith("451 4.3.0")
    with counted(posthorn, "IMAP_GATEWAY", imap_command("SELECT")):
        answer = imap_client.command("SELECT INBOX")[-1]
        assert answer[1:3] == [b"NO", b"[UNAVAILABLE]"], answer
    with counted(posthorn, "POP3_GATEWAY", pop3_command("RETR"), pop3_command("PASS")):
        with pytest.raises(poplib.error_proto, match=r"\[SYS/TEMP\]"):
            pop3.retr(1)
        with pytest.raises(poplib.error_proto, match=r"\[SYS/TEMP\]"):
            posthorn.pop3(Account("anyone@example.org", "password"))
