"""Milters are told of each command, and what they say is the reply to it. Debian's libmilter plays
the other side (scripted_milter.py)."""

import contextlib
import pathlib
import subprocess

import posthorn as system
import pytest
from smtp_raw import RawSmtp

SCRIPT = pathlib.Path(__file__).with_name("scripted_milter.py")


@contextlib.contextmanager
def milter(folder, name="milter"):
    """Its socket; what it has seen is in the file beside it."""
    socket = folder / f"{name}.sock"
    # Debian's Python has the library.
    command = ["/usr/bin/python3", str(SCRIPT), f"local:{socket}", str(folder / f"{name}.log")]
    with subprocess.Popen(command) as running:
        try:
            system.wait_until(socket.exists, "the milter listens")
            yield socket
        finally:
            running.terminate()


@pytest.fixture(scope="module")
def filtering(tmp_path_factory):
    folder = tmp_path_factory.mktemp("milter")
    with milter(folder) as socket:
        flags = [f"--milters=unix:{socket}", "--xclient_networks=127.0.0.0/8"]
        options = [option for flag in flags for option in ("--flag", f"smtp-gateway:{flag}")]
        with system.started(*options) as started:
            started.log = folder / "milter.log"
            yield started


def message(todo="", text=b"Text\r\n"):
    return b"Subject: test\r\nX-Milter: %s\r\n\r\n%s" % (todo.encode(), text)


def send(running, account, todo="", text=b"Text\r\n", sender="sender@remote.example"):
    with RawSmtp(running) as client:
        client.hello()
        client.envelope(account.address, sender=sender)
        return client.data(message(todo, text) + b".\r\n")


def seen(running, since=0):
    return running.log.read_text().splitlines()[since:]


@pytest.mark.parametrize("address, greeting", [
    ("203.0.113.66", "554-5.7.1 We have met\n554-5.7.1 and did not\n554 5.7.1 like it"),
    ("203.0.113.67", "421 4.7.1 Try again later")])
def test_a_client_is_refused(filtering, address, greeting):
    with RawSmtp(filtering) as client:
        client.hello()
        assert client.ask(f"XCLIENT ADDR={address}") == greeting
        assert client.closed()


def test_a_name_is_refused_and_another_one_is_not(filtering):
    with RawSmtp(filtering) as client:
        assert client.ask("EHLO bad.example").startswith("550 5.7.1")
        assert client.ask("MAIL FROM:<>").code == 503
        client.hello()
        client.envelope()


def test_a_sender_is_refused_or_put_off(filtering):
    account = filtering.account()
    with RawSmtp(filtering) as client:
        client.hello()
        assert client.ask("MAIL FROM:<refuse@remote.example>").startswith("550 5.7.1")
        assert client.ask(f"RCPT TO:<{account.address}>").code == 503
        assert client.ask("MAIL FROM:<later@remote.example>").startswith("451 4.7.1")
        client.envelope(account.address)
        assert client.data(message() + b".\r\n").code == 250
    assert len(filtering.messages(account)) == 1


def test_one_recipient_is_refused_and_the_others_are_not(filtering):
    one, two, three = filtering.accounts(3)
    with RawSmtp(filtering) as client:
        client.hello()
        client.envelope(one.address)
        assert client.ask("RCPT TO:<%s>" % two.address.replace("@", "+refuse@")) == (
            "550-5.7.1 Not to\n550-5.7.1 this one,\n550 5.7.1 100% sure")
        assert client.ask("RCPT TO:<%s>" % three.address.replace("@", "+later@")).startswith("451 4.7.1")
        assert client.data(message() + b".\r\n").code == 250
    assert len(filtering.messages(one)) == 1
    assert filtering.messages(two) == filtering.messages(three) == []


@pytest.mark.parametrize("chunk", [False, True])
def test_data_are_refused_before_they_come(filtering, chunk):
    account = filtering.account()
    with RawSmtp(filtering) as client:
        client.hello()
        client.envelope(account.address, sender="nodata@remote.example")
        command = b"BDAT 2 LAST\r\nab" if chunk else b"DATA\r\n"
        client.send(command)
        assert client.reply().startswith("550 5.7.1")
        assert client.ask("RCPT TO:<a@b.example>").code == 503
    assert filtering.messages(account) == []


@pytest.mark.parametrize("todo, text, reply", [
    ("header", b"x\r\n", "550 5.7.1"), ("eoh", b"x\r\n", "451 4.7.1"), ("", b"refuse this\r\n", "550 5.7.1"),
    ("reject", b"x\r\n", "554-5.6.0 First line\n554 5.6.0 second line")])
def test_a_message_is_refused(filtering, todo, text, reply):
    account = filtering.account()
    assert send(filtering, account, todo, text).startswith(reply)
    assert filtering.messages(account) == []


def test_a_message_is_thrown_away(filtering):
    account = filtering.account()
    assert send(filtering, account, sender="discard@remote.example").code == 250
    assert filtering.messages(account) == []


def test_a_message_is_changed(filtering):
    account = filtering.account()
    assert send(filtering, account, "change", b"old\r\n" * 100_000).code == 250
    [(_, octets)] = filtering.messages(account)
    assert b"\r\nX-Inserted: at the top;\r\n\tfolded\r\nSubject: changed\r\nX-Added: at the end\r\n\r\n" in octets
    assert octets.endswith(b"\r\n\r\nanother body\r\n")
    assert b"X-Milter" not in octets


def test_an_envelope_is_changed(filtering):
    account, other = filtering.accounts(2)
    assert send(filtering, account, f"recipients:{account.address}:{other.address}").code == 250
    assert filtering.messages(account) == []
    [(_, octets)] = filtering.messages(other)
    assert octets.startswith(b"Return-Path: <changed@remote.example>\r\n")


def test_a_quarantined_message_goes_to_junk(filtering):
    account = filtering.account()
    assert send(filtering, account, "quarantine").code == 250
    assert filtering.messages(account) == []
    assert len(filtering.messages(account, "Junk")) == 1


def test_one_connection_lasts_for_the_session(filtering):
    account = filtering.account()
    began = len(seen(filtering))
    with RawSmtp(filtering) as client:
        client.hello()
        for _ in range(2):
            client.envelope(account.address, parameters=" SIZE=100 BODY=8BITMIME")
            assert client.data(message() + b".\r\n").code == 250
        client.envelope(account.address)
        assert client.ask("RSET").code == 250
        client.envelope(account.address)
        assert client.ask("XCLIENT ADDR=192.0.2.7").code == 503
        assert client.ask("RSET").code == 250
        assert client.ask("XCLIENT ADDR=192.0.2.7").code == 220
        client.hello()
        client.envelope(account.address)
        assert client.ask("QUIT").code == 221
    last = system.wait_until(lambda: seen(filtering, began)[-1:] == ["close"] and seen(filtering, began),
                             "the milter is told of the end")
    told = [line.split(" ")[0] for line in last]
    mail, once = ["mail", "recipient"], ["mail", "recipient", "data", "end"]
    assert told == ["connect", "hello", *once, *once, *mail, "abort", *mail, "abort", "close", "connect",
                    "hello", *mail, "abort", "close"]
    assert "mail <sender@remote.example> SIZE=100 BODY=8BITMIME" in last
    assert [line for line in last if line.startswith("connect")] == ["connect 127.0.0.1",
                                                                    "connect 192.0.2.7"]


def test_users_are_filtered_too(filtering):
    account = filtering.account()
    with RawSmtp(filtering, "SUBMISSION") as client:
        assert client.ask("EHLO bad.example").startswith("550 5.7.1")


def test_refusals_are_counted(filtering):
    with RawSmtp(filtering) as client:
        client.ask("EHLO bad.example")
    assert any(name.startswith("posthorn_smtp_filtered_total") and 'verdict="reject"' in name and value > 0
               for name, value in filtering.metrics("SMTP_GATEWAY").items())


@pytest.mark.parametrize("mode, code", [("tempfail", 451), ("reject", 554), ("accept", 250)])
def test_regression_a_milter_that_dies_within_a_body_has_changed_nothing(filtering, tmp_path, mode, code):
    account = filtering.account()
    with milter(tmp_path) as socket:
        with filtering.running("SMTP_GATEWAY", f"--milters=unix:{socket}", f"--milter_fail={mode}"), \
                RawSmtp(filtering) as client:
            client.hello()
            client.envelope(account.address)
            assert client.data(message("die", b"whole\r\n") + b".\r\n").code == code
            # It is away now, and nobody else suffers.
            assert client.ask("MAIL FROM:<a@remote.example>").code == code
            assert client.ask("NOOP").code == 250
    messages = filtering.messages(account)
    assert len(messages) == (1 if code == 250 else 0)
    assert all(octets.endswith(b"\r\n\r\nwhole\r\n") for _, octets in messages)
