"""POP3 as RFC 1939, 2449, 2595 and 5034 have it, against the whole system."""

import base64
import poplib
import socket

import pytest

from posthorn import insecure_tls, wait_until


class Raw:
    """A client that says what it is told to."""

    def __init__(self, posthorn, instance=1, port="POP3"):
        self.socket = socket.create_connection((posthorn.host, posthorn.port(port, instance)),
                                               timeout=60)
        if port == "POP3S":
            self.socket = insecure_tls().wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")
        assert self.line().startswith(b"+OK")

    def send(self, octets):
        self.socket.sendall(octets)

    def line(self):
        return self.file.readline()

    def lines(self):
        """The lines of a multi-line response, stuffed still, without the terminator."""
        got = []
        while (line := self.line()) not in (b".\r\n", b""):
            got.append(line)
        assert line == b".\r\n"
        return got

    def command(self, text):
        self.send(text.encode() + b"\r\n")
        return self.line()

    def login(self, account):
        assert self.command(f"USER {account.address}").startswith(b"+OK")
        assert (answer := self.command(f"PASS {account.password}")).startswith(b"+OK"), answer

    def start_tls(self):
        assert self.command("STLS").startswith(b"+OK")
        self.socket = insecure_tls().wrap_socket(self.socket)
        self.file = self.socket.makefile("rb")


@pytest.fixture
def five(posthorn, account):
    for number in range(1, 6):
        posthorn.deliver(account, f"Subject: {number}\r\n\r\nbody {number}\r\n".encode())
    return account


def subjects(client, count):
    return [next(line for line in client.retr(number)[1] if line.startswith(b"Subject:"))
            for number in range(1, count + 1)]


def test_capabilities_before_and_after_login_and_tls(posthorn, account):
    client = Raw(posthorn)
    assert client.command("CAPA").startswith(b"+OK")
    always = {b"TOP\r\n", b"UIDL\r\n", b"PIPELINING\r\n", b"RESP-CODES\r\n", b"AUTH-RESP-CODE\r\n",
              b"EXPIRE NEVER\r\n"}
    assert always | {b"STLS\r\n"} <= set(client.lines())
    client.start_tls()
    assert client.command("CAPA").startswith(b"+OK")
    over_tls = set(client.lines())
    assert always | {b"USER\r\n", b"SASL PLAIN LOGIN\r\n"} <= over_tls
    assert b"STLS\r\n" not in over_tls
    assert client.command("STLS").startswith(b"-ERR")
    client.login(account)
    assert client.command("CAPA").startswith(b"+OK")
    assert set(client.lines()) == over_tls


def test_rule_64_octets_of_list_stat_and_retr_agree(posthorn, five):
    client = posthorn.pop3(five)
    count, total = client.stat()
    sizes = [int(line.split()[1]) for line in client.list()[1]]
    assert (count, total) == (5, sum(sizes))
    for number, size in enumerate(sizes, 1):
        status, lines, _ = client.retr(number)
        assert size == sum(len(line) + 2 for line in lines)
        assert status == b"+OK %d octets" % size
    client.quit()


def test_rule_64_deletions_take_effect_at_quit_alone(posthorn, five):
    client = posthorn.pop3(five)
    client.dele(2)
    client.dele(4)
    assert client.stat()[0] == 3
    assert [line.split()[0] for line in client.list()[1]] == [b"1", b"3", b"5"]
    assert [line.split()[0] for line in client.uidl()[1]] == [b"1", b"3", b"5"]
    with pytest.raises(poplib.error_proto):
        client.retr(2)
    client.rset()
    assert client.stat()[0] == 5
    client.dele(1)
    client.close()  # no QUIT

    def again():
        try:
            return posthorn.pop3(five, instance=2)
        except poplib.error_proto as error:
            assert b"[IN-USE]" in error.args[0]

    client = wait_until(again, "the lock is free after a disconnect")
    assert client.stat()[0] == 5
    client.dele(2)
    client.dele(4)
    client.quit()
    client = posthorn.pop3(five)
    assert subjects(client, 3) == [b"Subject: 1", b"Subject: 3", b"Subject: 5"]
    client.quit()


def test_rule_64_unique_ids_are_the_same_through_every_gateway(posthorn, five):
    seen = []
    for instance in (1, 2, 1):
        client = posthorn.pop3(five, instance=instance)
        seen.append([line.split()[1] for line in client.uidl()[1]])
        client.quit()
    assert seen[0] == seen[1] == seen[2]
    assert len(set(seen[0])) == 5
    assert all(1 <= len(uid) <= 70 and all(0x21 <= c <= 0x7e for c in uid) for uid in seen[0])
    client = posthorn.pop3(five)
    client.dele(1)
    client.quit()
    posthorn.deliver(five, b"Subject: new\r\n\r\n")
    client = posthorn.pop3(five)
    now = [line.split()[1] for line in client.uidl()[1]]
    assert now[:4] == seen[0][1:]
    assert now[4] not in seen[0]
    client.quit()


def test_rule_64_maildrop_is_a_snapshot(posthorn, five):
    client = posthorn.pop3(five)
    posthorn.deliver(five, b"Subject: late\r\n\r\n")
    assert client.stat()[0] == 5
    for number in range(1, 6):
        client.dele(number)
    client.quit()
    client = posthorn.pop3(five)
    assert subjects(client, 1) == [b"Subject: late"]
    client.quit()


def test_message_removed_by_imap_fails_alone(posthorn, five):
    client = posthorn.pop3(five)
    imap = posthorn.imap(five)
    imap.select("INBOX")
    imap.store("2", "+FLAGS", r"(\Deleted)")
    imap.expunge()
    imap.logout()
    assert client.retr(1)[1]
    with pytest.raises(poplib.error_proto):
        client.retr(2)
    assert b"body 3" in client.retr(3)[1]
    client.dele(2)
    client.dele(3)
    client.quit()
    client = posthorn.pop3(five)
    assert subjects(client, 3) == [b"Subject: 1", b"Subject: 4", b"Subject: 5"]
    client.quit()


def test_rule_64_everything_pipelined(posthorn, five):
    client = Raw(posthorn)
    client.send(f"USER {five.address}\r\nPASS {five.password}\r\nSTAT\r\nUIDL\r\n".encode() +
                b"".join(b"RETR %d\r\nTOP %d 0\r\nDELE %d\r\n" % (n, n, n) for n in range(1, 6)) +
                b"NOOP\r\nQUIT\r\n")
    for _ in range(4):
        assert client.line().startswith(b"+OK")
    assert len(client.lines()) == 5
    for number in range(1, 6):
        assert client.line().startswith(b"+OK")
        assert client.lines()[-1] == b"body %d\r\n" % number
        assert client.line().startswith(b"+OK")
        assert client.lines()[-1] == b"\r\n"
        assert client.line().startswith(b"+OK")
    assert client.line().startswith(b"+OK")
    assert client.line() == b"+OK Bye, 5 messages deleted\r\n"
    assert client.line() == b""
    client = posthorn.pop3(five)
    assert client.stat()[0] == 0
    client.quit()


def test_rule_64_top(posthorn, account):
    body = b"".join(b".line %d\r\n" % n for n in range(10))
    posthorn.deliver(account, b"Subject: top\r\n\r\n" + body)
    client = posthorn.pop3(account)
    whole = client.retr(1)[1]
    header = whole[:whole.index(b"") + 1]
    assert client.top(1, 0)[1] == header
    assert client.top(1, 3)[1] == header + [b".line 0", b".line 1", b".line 2"]
    assert client.top(1, 10)[1] == whole
    assert client.top(1, 4000000000)[1] == whole
    client.quit()


@pytest.mark.parametrize("message", [b"Subject: no body\r\n", b"Subject: no line end"])
def test_top_of_a_header_alone_ends_with_the_empty_line(posthorn, account, message):
    """Old clients (Dovecot's oe-ns-eoh) read on for it. RETR gives what LIST says."""
    imap = posthorn.imap(account)
    imap.append("INBOX", None, None, message)
    imap.logout()
    client = posthorn.pop3(account)
    for lines in (0, 5):
        assert client.top(1, lines)[1] == [message.strip(), b""]
    assert client.retr(1)[1] == [message.strip()]
    client.quit()


def test_message_numbers_and_arguments_that_are_refused(posthorn, five):
    client = Raw(posthorn)
    client.login(five)
    for command in ("RETR 0", "RETR 6", "RETR -1", "RETR", "RETR 1 2", "RETR x", "LIST 6", "UIDL 0",
                    "DELE", "TOP 1", "TOP 1 -1", "TOP 6 0", "STAT 1", "USER a", "STLS", "AUTH PLAIN",
                    "RETR 99999999999999999999", "APOP a b"):
        assert client.command(command).startswith(b"-ERR"), command
    assert client.command("RETR 1").startswith(b"+OK")


@pytest.mark.parametrize("port", ["POP3", "POP3S"])
def test_sasl(posthorn, account, port):
    def encoded(text):
        return base64.b64encode(text.encode()).decode()

    plain = encoded(f"\0{account.address}\0{account.password}")
    client = Raw(posthorn, port=port)
    assert client.command(f"AUTH PLAIN {plain}").startswith(b"+OK")
    assert client.command("QUIT").startswith(b"+OK")
    client = Raw(posthorn, port=port)
    assert client.command("AUTH PLAIN").startswith(b"+ ")
    assert client.command("*").startswith(b"-ERR")
    assert client.command("AUTH PLAIN").startswith(b"+ ")
    assert client.command(plain).startswith(b"+OK")
    assert client.command("QUIT").startswith(b"+OK")
    client = Raw(posthorn, port=port)
    assert client.command("AUTH LOGIN").startswith(b"+ ")
    assert client.command(encoded(account.address)).startswith(b"+ ")
    assert client.command(encoded(account.password)).startswith(b"+OK")
    assert client.command("QUIT").startswith(b"+OK")
    client = Raw(posthorn, port=port)
    assert client.command("AUTH XYZ").startswith(b"-ERR")
    assert client.command("AUTH PLAIN !!!").startswith(b"-ERR")


def test_wrong_password_and_unknown_user_read_the_same(posthorn, account):
    answers = []
    for user in (account.address, "nobody@example.org"):
        client = Raw(posthorn)
        answers.append((client.command(f"USER {user}"), client.command("PASS wrong")))
    assert answers[0] == answers[1]
    assert answers[0][1].startswith(b"-ERR [AUTH] ")


def test_rule_64_octets_that_are_no_text_come_back(posthorn, account):
    message = b"Subject: octets\r\n\r\n" + bytes(range(10)) + bytes(range(14, 256)) * 20 + b"\r\n"
    imap = posthorn.imap(account)
    imap.append("INBOX", None, None, message)
    imap.logout()
    client = Raw(posthorn)
    client.login(account)
    assert client.command("RETR 1") == b"+OK %d octets\r\n" % len(message)
    assert b"".join(client.lines()) == message


def test_input_behind_stls_is_refused(posthorn):
    client = Raw(posthorn)
    client.send(b"STLS\r\nCAPA\r\n")
    assert client.line() == b""


def test_what_was_said_before_stls_is_forgotten(posthorn):
    client = Raw(posthorn)
    assert client.command("USER somebody").startswith(b"+OK")
    client.start_tls()
    assert client.command("PASS secret") == b"-ERR USER first\r\n"
