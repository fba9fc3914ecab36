"""SMTP on port 25: commands, extensions and what arrives."""

import re
import smtplib

import pytest

from posthorn import crlf, insecure_tls
from smtp_raw import RawSmtp

MESSAGE = b"From: a@remote.example\r\nSubject: test\r\n\r\nText\r\n"


def split_trace(octets):
    """The trace fields at the top, and the rest."""
    match = re.match(rb"Return-Path: [^\r]*\r\nReceived: (?:[^\r]|\r\n\t)*\r\n", octets)
    assert match, octets[:500]
    return match[0].decode(), octets[match.end():]


def only_message(posthorn, account):
    messages = posthorn.messages(account)
    assert len(messages) == 1
    return split_trace(messages[0][1])


def test_ehlo_names_the_extensions(posthorn):
    with RawSmtp(posthorn) as client:
        lines = client.hello().split("\n")
        keywords = {line[4:].split(" ")[0] for line in lines[1:]}
        assert {"PIPELINING", "SIZE", "8BITMIME", "BINARYMIME", "SMTPUTF8", "CHUNKING", "DSN",
                "DELIVERBY", "LIMITS", "NO-SOLICITING", "ENHANCEDSTATUSCODES", "STARTTLS"} <= keywords
        assert not {"AUTH", "REQUIRETLS", "FUTURERELEASE", "MT-PRIORITY"} & keywords
        client.start_tls()
        assert client.ask("MAIL FROM:<a@remote.example>").code == 503
        keywords = client.hello()
        assert "STARTTLS" not in keywords and "REQUIRETLS" in keywords
        assert client.ask("MAIL FROM:<a@remote.example> REQUIRETLS").code == 250


def test_the_trace_fields_come_first(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        assert client.data(MESSAGE + b".\r\n").startswith("250 2.0.0")
    trace, rest = only_message(posthorn, account)
    assert trace.startswith("Return-Path: <sender@remote.example>\r\n"
                            "Received: from client.example ([127.0.0.1])\r\n")
    assert f"for <{account.address}>;" in trace
    assert " with ESMTP id " in trace
    assert rest == MESSAGE


def test_the_trace_field_tells_of_tls(posthorn, account):
    with smtplib.SMTP(posthorn.host, posthorn.port("SMTP"), local_hostname="client.example") as client:
        client.starttls(context=insecure_tls())
        client.sendmail("", [account.address], MESSAGE)
    trace, _ = only_message(posthorn, account)
    assert trace.startswith("Return-Path: <>\r\n")
    assert " with ESMTPS id " in trace
    assert "(using TLSv1.3 with " in trace


def test_helo_is_plain_smtp(posthorn, account):
    with RawSmtp(posthorn) as client:
        assert client.ask("HELO client.example").code == 250
        client.envelope(account.address)
        client.data(MESSAGE + b".\r\n")
    assert " with SMTP id " in only_message(posthorn, account)[0]


def test_several_recipients_are_not_told_of_each_other(posthorn):
    one, two = posthorn.account(), posthorn.account()
    posthorn.deliver([one, two], MESSAGE)
    for account in (one, two):
        trace, rest = only_message(posthorn, account)
        assert " for <" not in trace
        assert rest == MESSAGE


def test_dots_are_transparent(posthorn, account):
    sent = b"Subject: dots\r\n\r\n.\r\n..\r\n.a\r\na.\r\n.\r\n"
    posthorn.deliver(account, sent)
    assert only_message(posthorn, account)[1] == sent


def test_one_write_of_many_commands(posthorn, account):
    commands = ["MAIL FROM:<a@remote.example> SIZE=100 BODY=8BITMIME"]
    commands += [f"RCPT TO:<{account.address}>"] * 50 + ["RCPT TO:<nobody@example.org>", "DATA"]
    with RawSmtp(posthorn) as client:
        client.hello()
        client.send("\r\n".join(commands) + "\r\n")
        codes = [reply.code for reply in client.replies(len(commands))]
        assert codes == [250] * 51 + [550, 354]
        client.send(MESSAGE + b".\r\nQUIT\r\n")
        assert [reply.code for reply in client.replies(2)] == [250, 221]
        assert client.closed()
    assert only_message(posthorn, account)[1] == MESSAGE


def test_chunks_carry_any_line(posthorn, account):
    text = b"Subject: chunks\r\n\r\n.\r\n..\r\nQUIT\r\n" + b"x" * 5000 + b"\r\n"
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(account.address)
        pipeline = b"".join(b"BDAT %d\r\n%s" % (len(text[i:i + 7]), text[i:i + 7])
                            for i in range(0, len(text), 7)) + b"BDAT 0 LAST\r\n"
        client.send(pipeline)
        count = (len(text) + 6) // 7 + 1
        assert {reply.code for reply in client.replies(count)} == {250}
    assert only_message(posthorn, account)[1] == text


def test_attack_03_chunk_errors_leave_the_session_in_step(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.send("BDAT 6 LAST\r\nQUIT\r\nNOOP\r\n")
        assert [reply.code for reply in client.replies(2)] == [503, 250]
        client.envelope(account.address)
        assert client.ask("BDAT 0").code == 250
        assert client.ask("DATA").code == 503
        assert client.ask("BDAT 0 LAST").code == 503
    assert posthorn.messages(account) == []


def test_addresses_in_their_spellings(posthorn, account):
    local, domain = account.address.split("@")
    spellings = [f'"{local}"@{domain}', f"{local.upper()}@{domain.upper()}", f"{local}+news@{domain}",
                 f"@relay.example,@other.example:{account.address}", f'"{local}+a b"@{domain}']
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(*spellings)
        assert client.data(MESSAGE + b".\r\n").code == 250
    assert len(posthorn.messages(account)) == 1, "one account gets one copy"


def test_international_addresses_need_smtputf8(posthorn, account):
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask("MAIL FROM:<иван@remote.example>").startswith("553 5.6.7")
        client.envelope(account.address, sender="иван@remote.example", parameters=" SMTPUTF8")
        subject = "Subject: Привет\r\n\r\n".encode()
        assert client.data(subject + b".\r\n").code == 250
    trace, rest = only_message(posthorn, account)
    assert "Return-Path: <иван@remote.example>" in trace
    assert " with UTF8SMTP id " in trace
    assert rest == subject


@pytest.mark.parametrize("command, reply", [
    ("NOOP ignored", "250 2.0.0"), ("RSET", "250 2.0.0"), ("VRFY alice", "252 "), ("EXPN x", "502 "),
    ("HELP", "214 "), ("WHAT", "500 5.5.1"), ("MAIL FROM:x", "501 "), ("RCPT TO:<a@b.example>", "503 "),
    ("MAIL FROM:<a@remote.example> SIZE=99999999999", "552 5.3.4"),
    ("MAIL FROM:<a@remote.example> UNKNOWN=1", "555 5.5.4"), ("AUTH PLAIN", "502 "),
    ("MAIL FROM:<a@remote.example> BODY=BINARYMIME", "250 "),
    ("MAIL FROM:<a@remote.example> BODY=9BITMIME", "501 "),
    ("MAIL FROM:<a@remote.example> ENVID=x+00", "501 5.5.4"),
    ("MAIL FROM:<a@remote.example> HOLDFOR=60", "555 5.5.4"),
    ("MAIL FROM:<a@remote.example> SIZE=1 SIZE=1", "501 5.5.4"), ("DATA", "503 "),
])
def test_replies(posthorn, command, reply):
    with RawSmtp(posthorn) as client:
        client.hello()
        assert client.ask(command).startswith(reply)


@pytest.mark.parametrize("recipient, reply", [
    ("someone@elsewhere.example", "550 5.7.1"), ("nobody@example.org", "550 5.1.1"),
    ('"someone@elsewhere.example"@example.org', "550 5.1.1"),
    ("someone%elsewhere.example@example.org", "550 5.1.1"),
    ("elsewhere.example!someone@example.org", "550 5.1.1"),
    ("someone@[127.0.0.1]", "550 5.7.1"), ("@example.org:someone@elsewhere.example", "550 5.7.1"),
    ("", "501 5.1.3"),
])
def test_attack_27_nothing_is_relayed(posthorn, recipient, reply):
    with RawSmtp(posthorn) as client:
        client.hello()
        client.envelope(sender="")
        assert client.ask(f"RCPT TO:<{recipient}>").startswith(reply)


def test_line_ends_of_a_client_library(posthorn, account):
    text = "Subject: x\n\nline\r.\n.\nline\n"
    posthorn.deliver(account, text)
    assert only_message(posthorn, account)[1] == crlf(text.encode())
