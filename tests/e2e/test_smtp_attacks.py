"""Attacks on SMTP, one test or more for each; the numbers are those of docs/security.md."""

import base64
import contextlib
import re
import smtplib
import socket

import imap_raw
import pytest
from posthorn import insecure_tls
from smtp_raw import RawSmtp

HEADER = b"Subject: test\r\n\r\n"
INNER = b"MAIL FROM:<evil@remote.example>\r\n"


def gateway_with(posthorn, *flags):
    """The second gateway runs with other settings meanwhile."""
    return posthorn.running("SMTP_GATEWAY", *flags, instance=2)


def plain(user, password):
    return base64.b64encode(f"\0{user}\0{password}".encode()).decode()


# ---- 3: BDAT

@pytest.mark.parametrize("size", [
    "18446744073709551615", "18446744073709551616", "9" * 40, "99999999999", "-1", "+5", "0x5", "5.0",
    "", "LAST", "5 LAST more", "5 FIRST"])
def test_attack_03_sizes_that_overflow(posthorn, account, size):
    """What cannot be counted ends the session: its octets may look like commands."""
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        client.send(f"BDAT {size}\r\n".encode() + INNER + b"QUIT\r\n")
        assert client.reply().code in (421, 501)
        assert client.closed()
    assert posthorn.messages(account) == []


def test_attack_03_chunks_that_add_up_to_too_much(posthorn, account):
    with RawSmtp(posthorn) as client:
        limit = int(re.search(r"\bSIZE (\d+)", client.hello())[1])
        client.envelope(account.address)
        assert client.ask(b"BDAT 6\r\na: b").code == 250
        client.send(b"BDAT %d LAST\r\n" % limit)
        for _ in range(limit // 65536):
            client.send(b"x" * 65536)
        client.send(b"x" * (limit % 65536))
        assert client.reply().startswith("552 5.3.4")
        assert client.ask("NOOP").code == 250
    assert posthorn.messages(account) == []


def test_attack_03_an_empty_last_chunk_is_an_empty_message(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        assert client.ask("BDAT 0 LAST").code == 250
        assert client.ask("BDAT 0 LAST").code == 503
        assert client.ask("RCPT TO:<%s>" % account.address).code == 503
    assert len(posthorn.messages(account)) == 1


def test_attack_03_no_chunk_after_data_and_no_data_after_a_chunk(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        assert client.data(HEADER + b".\r\n").code == 250
        client.send(b"BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")
        assert [reply.code for reply in client.replies(2)] == [503, 250]
        client.envelope(account.address)
        client.send(b"BDAT 6\r\na: b\r\n")
        assert client.reply().code == 250
        assert client.ask("DATA").code == 503
        client.send(b"BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")
        assert [reply.code for reply in client.replies(2)] == [503, 250]
    assert len(posthorn.messages(account)) == 1


# ---- 4, 5, 6: STARTTLS, the greeting, pipelining

@pytest.mark.parametrize("port", ["SMTP", "SUBMISSION"])
def test_attack_04_commands_in_the_clear_after_starttls_are_no_commands(posthorn, port):
    with RawSmtp(posthorn, port) as client:
        client.hello()
        assert client.ask("STARTTLS").code == 220
        client.send(b"EHLO a.example\r\n" + INNER)
        rest = b""
        with contextlib.suppress(ConnectionError):
            rest = client.stream.read()
        assert b"250" not in rest


def test_attack_05_no_starttls_after_a_login(posthorn, account):
    with RawSmtp(posthorn, "SUBMISSION") as client:
        client.hello()
        assert client.ask("AUTH PLAIN " + plain(account.address, account.password)).code == 235
        assert client.ask("STARTTLS").code == 503


@pytest.mark.parametrize("port, command", [
    ("SMTP", b"EHLO a.example\r\n"), ("SMTP", b"HELO a.example\r\n"),
    ("SUBMISSION", b"AUTH PLAIN AGEAYg==\r\n"), ("SUBMISSION", b"AUTH LOGIN\r\n")])
def test_attack_06_what_needs_a_reply_is_not_pipelined(posthorn, port, command):
    with RawSmtp(posthorn, port) as client:
        client.hello()
        client.send(command + INNER)
        assert client.reply().startswith("554 5.5.0")
        assert client.closed()


def test_attack_06_who_talks_before_the_greeting_is_refused(posthorn, account):
    with gateway_with(posthorn, "--greeting_delay_milliseconds=2000"):
        with RawSmtp(posthorn, instance=2, greeting=False) as client:
            client.send(b"EHLO a.example\r\n" + INNER)
            assert client.reply().startswith("554 5.5.1")
            assert client.closed()
        with RawSmtp(posthorn, instance=2) as client:  # who waits is greeted
            client.hello()
        early = posthorn.metrics("SMTP_GATEWAY", 2)['posthorn_smtp_abuse_total{kind="early_talker"}']
        assert early == 1


# ---- 8: harvesting addresses

@pytest.mark.parametrize("command", ["VRFY", "EXPN"])
def test_attack_08_vrfy_and_expn_tell_nothing(posthorn, account, command):
    with RawSmtp(posthorn) as client:
        client.hello()
        known = client.ask(f"{command} {account.address}")
        assert client.ask(f"{command} nobody-{account.address}") == known
        assert known.code == {"VRFY": 252, "EXPN": 502}[command]


# ---- 10: malformed SASL

def test_attack_10_malformed_logins_hurt_nobody_else(posthorn, account):
    def encode(text):
        return base64.b64encode(text.encode()).decode()

    with RawSmtp(posthorn, "SUBMISSION") as honest:
        honest.hello()
        assert honest.ask("AUTH LOGIN").code == 334
        for line in ("!!!!", "A" * 11000, "A===", encode("\0" * 5000), "A" * 20000, "*"):
            with RawSmtp(posthorn, "SUBMISSION") as broken:
                broken.hello()
                assert broken.ask("AUTH PLAIN").code == 334
                assert broken.ask(line).code >= 500
        with RawSmtp(posthorn, "SUBMISSION") as gone:
            gone.hello()
            assert gone.ask("AUTH LOGIN").code == 334
        assert honest.ask(encode(account.address)).code == 334
        assert honest.ask(encode(account.password)).code == 235


# ---- 13, 14, 15: bombs

def nested(levels):
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                       for n in range(levels))
    return b"Subject: nested\r\nMIME-Version: 1.0\r\n" + opening + b"\r\ntext\r\n"


def many_parts(count):
    return (b"Subject: parts\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
            b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n")


@pytest.mark.parametrize("message", [nested(10_000), many_parts(50_000)], ids=["nested", "parts"])
def test_attack_13_mime_bombs_arrive_as_they_are(posthorn, account, message):
    posthorn.deliver(account, message)
    [(_, octets)] = posthorn.messages(account)
    assert octets.endswith(message)
    imap = imap_raw.Connection(posthorn.host, posthorn.port("IMAP")).login(account)
    imap.ok("SELECT INBOX")
    imap.ok("FETCH 1 (BODYSTRUCTURE ENVELOPE)")
    imap.close()


LONG_HEADER = b"".join(b"X-%d: %s\r\n" % (n, b"y" * 70) for n in range(20_000)) + b"\r\n"


@pytest.mark.parametrize("chunks", [False, True], ids=["data", "bdat"])
@pytest.mark.parametrize("port", ["SMTP", "SUBMISSION"])
def test_attack_14_a_header_without_end_is_refused(posthorn, account, port, chunks):
    with RawSmtp(posthorn, port) as client:
        client.hello()
        if port == "SUBMISSION":
            assert client.ask("AUTH PLAIN " + plain(account.address, account.password)).code == 235
        client.envelope(account.address, sender=account.address)
        if chunks:
            client.send(b"BDAT %d LAST\r\n" % len(LONG_HEADER) + LONG_HEADER)
            assert client.reply().startswith("552 5.3.4")
        else:
            assert client.data(LONG_HEADER + b".\r\n").startswith("552 5.3.4")
        client.envelope(account.address, sender=account.address)
        assert client.data(HEADER + b".\r\n").code == 250
    assert len(posthorn.messages(account)) == 1


def test_attack_14_a_header_of_ten_thousand_addresses_is_mail(posthorn, account):
    to = b"To: " + b",\r\n ".join(b"a%d@remote.example" % n for n in range(10_000)) + b"\r\n"
    posthorn.deliver(account, to + HEADER)
    assert posthorn.messages(account)[0][1].endswith(to + HEADER)


# ---- 20: using up the server

def test_attack_20_one_address_has_so_many_connections(posthorn):
    with gateway_with(posthorn, "--max_connections_per_address=3"), contextlib.ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(RawSmtp(posthorn, instance=2)).hello()
        one_more = stack.enter_context(RawSmtp(posthorn, instance=2, greeting=False))
        assert one_more.reply().startswith("421 4.7.0")
        assert one_more.closed()


# ---- 22: values that would become lines

@pytest.mark.parametrize("parameter", [
    "ENVID=a+00b", "ENVID=a+0D+0AX:b", "ENVID=a+80", "ENVID=a+FFb", "ENVID=a+7F", "ENVID=a=b", "ENVID=+0",
    "ENVID=" + "x" * 101, "ENVID=", "RET=a", "RET=FULL RET=HDRS"])
def test_attack_22_envelope_ids_are_printable(posthorn, parameter):
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask(f"MAIL FROM:<a@remote.example> {parameter}").code == 501
        assert client.ask(b"MAIL FROM:<a@remote.example> ENVID=a\xff").code in (500, 501)
        client.envelope()


@pytest.mark.parametrize("parameter", [
    "ORCPT=rfc822;a+0D+0AX", "ORCPT=rfc822;a+00", "ORCPT=rfc822;a+FF", "ORCPT=rfc822", "ORCPT=;a",
    "ORCPT=utf-8;a\\x{0}", "NOTIFY=NEVER,FAILURE", "NOTIFY="])
def test_attack_22_original_recipients_are_printable(posthorn, account, parameter):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope()
        assert client.ask(f"RCPT TO:<{account.address}> {parameter}").code == 501
        assert client.ask(f"RCPT TO:<{account.address}>").code == 250


@pytest.mark.parametrize("name", ["a(b", "a b", "a\tb", "<a>", 'a"b', "a;b", "a,b", "é.example", "x" * 256])
def test_attack_22_names_in_trace_fields(posthorn, name):
    with RawSmtp(posthorn) as client:
        assert client.ask(f"EHLO {name}".encode()).code in (500, 501)


# ---- 26: SQL

@pytest.mark.parametrize("local", [
    "x'--", "x';DROP-TABLE-login;--", "x'||'", "$1", "%", "_", "\"x' OR '1'='1\"", "\"\\\\' OR 1=1 --\"", "E'\\''"])
def test_attack_26_addresses_are_no_sql(posthorn, account, local):
    with RawSmtp(posthorn, "SUBMISSION") as client:
        client.hello()
        assert client.ask("AUTH PLAIN " + plain(f"{local}@example.org", "x' OR '1'='1")).code == 535
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask(f"MAIL FROM:<{local}@remote.example>").code in (250, 501)
        client.ask("RSET")
        client.envelope()
        assert client.ask(f"RCPT TO:<{local}@example.org>").code in (501, 550)
        assert client.ask(f"RCPT TO:<{account.address}>").code == 250


# ---- 28: whom a client is taken for

PROXY_1 = b"PROXY TCP4 192.0.2.7 127.0.0.1 4711 25\r\n"
PROXY_2 = (b"\r\n\r\n\0\r\nQUIT\n" + b"\x21\x11\0\x0c" + socket.inet_aton("192.0.2.7") +
           socket.inet_aton("127.0.0.1") + b"\x12\x67\0\x19")


@pytest.mark.parametrize("preamble", [PROXY_1, PROXY_2], ids=["v1", "v2"])
def test_attack_28_nobody_else_is_a_proxy(posthorn, account, preamble):
    with RawSmtp(posthorn) as client:  # a command that there is not
        client.send(preamble)
        assert client.reply().code in (500, 554)
    with RawSmtp(posthorn, greeting=False) as client:
        client.send(preamble + b"EHLO a.example\r\n" + INNER)
        replies = client.until_closed()
        assert all(reply.code in (220, 500, 554) for reply in replies)


def test_attack_28_a_proxy_must_say_for_whom_it_speaks(posthorn, account):
    with gateway_with(posthorn, "--proxy_trusted_cidrs=127.0.0.0/8"):
        for preamble in (b"EHLO a.example\r\n", PROXY_1):
            with RawSmtp(posthorn, instance=2, greeting=False) as client:
                client.send(preamble)
                assert not any(reply.code in (220, 250) for reply in client.until_closed())
        with RawSmtp(posthorn, instance=2, greeting=False) as client:
            client.send(PROXY_2)
            assert client.reply().code == 220
            client.hello()
            client.envelope(account.address)
            assert client.data(HEADER + b".\r\n").code == 250
    [(_, octets)] = posthorn.messages(account)
    assert b"([192.0.2.7])" in octets


# ---- 29: backscatter

def test_attack_29_what_is_refused_is_not_accepted_first(posthorn, account):
    """Nobody unknown gets into a message, so nothing of it ever goes back."""
    sender = f"victim-{account.address}"
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address, sender=sender.replace("example.org", "remote.example"))
        assert client.ask("RCPT TO:<nobody@example.org>").startswith("550 5.1.1")
        assert client.ask("RCPT TO:<someone@elsewhere.example>").startswith("550 5.7.1")
        assert client.data(HEADER + b".\r\n").code == 250
        client.envelope(sender="victim@remote.example")
        assert client.ask("RCPT TO:<nobody@example.org>").code == 550
        assert client.ask("DATA").code == 554
    assert len(posthorn.messages(account)) == 1
    assert posthorn.mailctl("queue", "list", "--to=victim@remote.example").stdout.strip() == ""


# ---- 41: null octets

@pytest.mark.parametrize("command", [
    b"EHLO a\0b", b"MAIL FROM:<a\0b@remote.example>", b"MAIL FROM:<a@remote.example>\0",
    b"MAIL FROM:<a@remote.example> ENVID=\0", b"NOOP \0", b"\0"])
def test_attack_41_null_octets_in_commands(posthorn, command):
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask(command).code in (500, 501)
        client.envelope()


def test_attack_41_null_octets_in_mail_end_nothing(posthorn, account):
    text = b"Subject: a\0b\r\n\r\nbefore\0after\r\n\0\r\n"
    posthorn.deliver(account, text)
    [(_, octets)] = posthorn.messages(account)
    assert octets.endswith(b"\r\n" + text)


# ---- 42: addresses

@pytest.mark.parametrize("address, codes", [
    ("a@" + "x" * 64 + ".example", {501}), ("a@" + "x." * 130 + "example", {501}),
    ("x" * 65 + "@example.org", {501, 550}), ("a@example..org", {501}), ("a@-x.example", {501}),
    ("a@x-.example", {501}), ("a@example.org.", {501}), ("a@.example.org", {501}), ("a@[127.0.0.1", {501}),
    ("a@[300.1.1.1]", {501}), ("a@[IPv6:::1]", {550}), ("a@[IPv6:x]", {501}), ("a@b@example.org", {501}),
    ("example.org@elsewhere.example@", {501}), ("<a@example.org>", {501}), ('"a@example.org', {501}),
    ('"a"b@example.org', {501}), ("a b@example.org", {501}), ("a,b@example.org", {501}),
    (".a@example.org", {501}), ("a.@example.org", {501}), ("a..b@example.org", {501}),
    ("@elsewhere.example:a@elsewhere.example", {550}), ("@elsewhere.example,a@example.org", {501}),
    ("@:a@example.org", {501}), ("@a@example.org", {501}), ("a%elsewhere.example@example.org", {550}),
    ("elsewhere.example!a@example.org", {550}), ('"a@elsewhere.example"@example.org', {550}),
    ('"\\""@example.org', {550}), ("a@xn--0.example", {501}), ("a@xn--\u00e9.example", {501, 553}),
    ("a@example.org\u3002evil.example", {550}), ("a@e\u0445ample.org", {550}), ("a@\u202eexample.org", {501}),
    ("\u0430lice@example.org", {550}),
])
def test_attack_42_addresses_that_are_not_what_they_seem(posthorn, account, address, codes):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(parameters=" SMTPUTF8")
        assert client.ask(f"RCPT TO:<{address}>").code in codes
        assert client.ask(f"RCPT TO:<{account.address}>").code == 250


def test_attack_42_look_alikes_are_other_people(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(parameters=" SMTPUTF8")
        for look_alike in (account.address.replace("e", "\u0435"), account.address.replace("u", "\u03c5"),
                           account.address.replace("@", "\u200b@")):
            assert client.ask(f"RCPT TO:<{look_alike}>").code in (501, 550)


# ---- what other servers had to repair

def test_regression_a_chunk_that_cannot_be_counted_leaves_no_transaction(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.send("BDAT x\r\nDATA\r\n")
        assert client.reply().code == 501
        assert client.closed()
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask("BDAT 0").code == 503
        assert client.ask("DATA").code == 503


def test_regression_a_refused_message_ends_its_transaction(posthorn, account):
    loop = b"Received: from a.example by b.example; Mon, 02 Nov 2026 10:00:00 +0000\r\n" * 51
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        assert client.data(loop + HEADER + b".\r\n").startswith("554 5.4.6")
        assert client.ask(f"RCPT TO:<{account.address}>").code == 503
        assert client.ask("DATA").code == 503
        client.envelope(account.address)
        assert client.data(loop + HEADER + b".\r\n").startswith("554 5.4.6")
    assert posthorn.messages(account) == []


def test_regression_utf8_that_was_not_announced_leaves_no_trace(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask("MAIL FROM:<иван@remote.example>").startswith("553 5.6.7")
        assert client.ask("VRFY иван").code in (252, 501, 553)
        assert client.ask("DATA").code == 503
        client.envelope()
        assert client.ask("RCPT TO:<иван@example.org>").startswith("553 5.6.7")
        assert client.ask("VRFY иван").code in (252, 501, 553)
        assert client.ask("DATA").code == 554
        assert client.ask(f"RCPT TO:<{account.address}>").code == 250
        assert client.data(HEADER + b".\r\n").code == 250
    assert len(posthorn.messages(account)) == 1


def test_regression_a_hundred_megabytes_after_a_refusal(posthorn, account):
    """What is thrown away has a limit too."""
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        assert client.ask("DATA").code == 354
        block = (b"x" * 98 + b"\r\n") * 10_000
        try:
            for _ in range(200):
                client.send(block)
        except ConnectionError:
            pass
        else:
            raise AssertionError("all of it was taken")
    assert posthorn.messages(account) == []
