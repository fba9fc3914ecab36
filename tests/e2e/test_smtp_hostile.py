"""SMTP clients that mean harm, or that are broken in the same way. Numbers of attacks are those of
docs/security.md."""

import smtplib
import ssl

import pytest

from posthorn import insecure_tls
from smtp_raw import RawSmtp

HEADER = b"Subject: test\r\n\r\n"
INNER = b"MAIL FROM:<evil@remote.example>\r\n"


@pytest.mark.parametrize("end", [
    b"\n.\r\n", b"\n.\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\r.\r\n", b"\r\n.\r\r\n", b"\r\r\n.\r\n",
    b"\n\n.\r\n", b"a\nb", b"a\rb",
], ids=repr)
def test_attack_01_nothing_is_smuggled_in(posthorn, account, end):
    """Whatever another server takes for the end of the data ends the session, not the message."""
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        smuggled = HEADER + b"text" + end + INNER + b"RCPT TO:<%s>\r\nDATA\r\n" % account.address.encode()
        assert client.data(smuggled + HEADER + b".\r\n").startswith("550 5.6.11")
        assert client.closed()
    assert posthorn.messages(account) == []


def test_attack_01_bare_line_ends_in_commands_end_the_session(posthorn):
    for command in (b"NOOP\nMAIL FROM:<>\r\n", b"NOOP\rRSET\r\n", b"NOOP\r\r\n"):
        with RawSmtp(posthorn) as client:
            client.hello()
            client.send(command)
            assert client.reply().startswith("500 5.5.2")
            assert client.closed()


def test_attack_01_bare_line_ends_in_chunks_refuse_the_message(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        client.send(b"BDAT 5 LAST\r\na\n.\r\n")
        assert client.reply().startswith("550 5.6.11")
        assert client.ask("NOOP").code == 250
    assert posthorn.messages(account) == []


def test_attack_04_nothing_may_follow_starttls_in_the_clear(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.send(b"STARTTLS\r\n" + INNER)
        assert client.reply().startswith("554 ")
        assert client.closed()


def test_attack_04_starttls_forgets_what_was_said(posthorn):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.start_tls()
        assert client.ask("MAIL FROM:<>").code == 503
        client.hello()
        assert client.ask("STARTTLS").code == 503


def test_attack_05_starttls_is_not_for_transactions(posthorn):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope()
        assert client.ask("STARTTLS").code == 503


def test_attack_06_data_may_not_be_pipelined(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        client.send(b"DATA\r\n" + HEADER + b".\r\n")
        assert client.reply().startswith("554 5.5.0")
        assert client.closed()
    assert posthorn.messages(account) == []


def test_attack_15_endless_lines(posthorn):
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask("NOOP " + "x" * 2040).code == 250
        client.send("NOOP " + "x" * 20000)
        assert client.reply().startswith("500 ")
        assert client.closed()


def test_regression_a_line_of_a_hundred_megabytes(posthorn):
    """It is not kept, and not read to its end."""
    before = resident(posthorn.pid("SMTP_GATEWAY"))
    with RawSmtp(posthorn) as client:
        client.hello()
        try:
            client.send(b"NOOP ")
            for _ in range(100):
                client.send(b"x" * (1 << 20))
        except ConnectionError:
            pass
        else:
            raise AssertionError("all of it was taken")
    assert resident(posthorn.pid("SMTP_GATEWAY")) - before < 8 << 20


def test_regression_a_login_does_not_travel_with_a_tls_ticket(posthorn, account):
    """A session with the users' port, resumed at the port of other servers, is nobody's."""
    context = insecure_tls()
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # tickets come with the handshake
    with smtplib.SMTP(posthorn.host, posthorn.port("SUBMISSION")) as client:
        client.starttls(context=context)
        client.login(account.address, account.password)
        ticket = client.sock.session
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask("STARTTLS").code == 220
        client.socket = context.wrap_socket(client.socket, session=ticket)
        client.stream = client.socket.makefile("rb")
        assert "AUTH" not in client.hello()
        client.envelope(account.address, sender=account.address)
        assert client.ask("RCPT TO:<someone@elsewhere.example>").startswith("550 5.7.1")


def test_attack_40_octets_that_are_no_commands(posthorn):
    for octets in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n", b"\x00\r\n", b"\xff\xfe\r\n"):
        with RawSmtp(posthorn) as client:
            client.send(octets)
            assert client.reply().code == 500
    with RawSmtp(posthorn) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert client.reply().startswith("554 ")
        assert client.closed()


def test_attack_08_guessing_recipients_ends(posthorn):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope()
        client.send("".join(f"RCPT TO:<guess{i}@example.org>\r\n" for i in range(40)))
        replies = client.until_closed()
        assert {reply.code for reply in replies[:-1]} == {550}
        assert len(replies) <= 22
        assert replies[-1].startswith("421 4.7.0")


def test_attack_20_errors_end(posthorn):
    with RawSmtp(posthorn) as client:
        client.send("WHAT\r\n" * 50)
        replies = client.until_closed()
        assert len(replies) <= 22
        assert replies[-1].startswith("421 4.7.0")


def test_attack_20_commands_without_mail_end(posthorn):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.send("NOOP\r\n" * 200)
        replies = client.until_closed()
        assert len(replies) <= 101
        assert replies[-1].startswith("421 4.7.0")


def test_attack_30_loops_end(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        for hops, code in ((50, "250 "), (51, "554 5.4.6")):
            client.envelope(account.address)
            received = b"Received: from a.example by b.example; Mon, 02 Nov 2026 10:00:00 +0000\r\n"
            assert client.data(received * hops + HEADER + b".\r\n").startswith(code)
    assert len(posthorn.messages(account)) == 1


def test_a_hundred_recipients(posthorn):
    accounts = posthorn.accounts(100)
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(*[account.address for account in accounts])
        assert client.data(HEADER + b".\r\n").code == 250
    for account in (accounts[0], accounts[99]):
        assert len(posthorn.messages(account)) == 1


def resident(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) * 1024


def test_regression_tiny_chunks_cost_nothing(posthorn, account):
    pid = posthorn.pid("SMTP_GATEWAY")
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        before = resident(pid)
        for _ in range(100):
            client.send(b"BDAT 1\r\nx" * 1000)
            assert {reply.code for reply in client.replies(1000)} == {250}
        assert resident(pid) - before < 4 << 20
        assert client.ask("BDAT 0 LAST").code == 250
    assert posthorn.messages(account)[0][1].endswith(b"\r\n" + b"x" * 100000)


def test_attack_15_a_message_over_the_limit_is_refused_as_it_comes(posthorn, account):
    with RawSmtp(posthorn) as client:
        size = next(int(line.split()[1]) for line in client.hello().split("\n") if "SIZE" in line)
        assert client.ask(f"MAIL FROM:<> SIZE={size + 1}").startswith("552 5.3.4")
        client.envelope(account.address)
        assert client.ask("DATA").code == 354
        block = (b"x" * 98 + b"\r\n") * 10000
        for _ in range(size // len(block) + 1):
            client.send(block)
        client.send(b".\r\n")
        assert client.reply().startswith("552 5.3.4")
        client.envelope(account.address)
        assert client.data(HEADER + b".\r\n").code == 250
    assert len(posthorn.messages(account)) == 1


def test_a_client_that_vanishes_delivers_nothing(posthorn, account):
    for octets in (b"DATA\r\n" + HEADER, b"BDAT 100 LAST\r\nhalf", b"BDAT 4\r\nhalf"):
        with RawSmtp(posthorn) as client:
            client.hello()
            client.envelope(account.address)
            client.send(octets.split(b"\r\n", 1)[0] + b"\r\n")
            if octets.startswith(b"DATA"):
                assert client.reply().code == 354
            client.send(octets.split(b"\r\n", 1)[1])
    posthorn.deliver(account, HEADER)
    assert len(posthorn.messages(account)) == 1
