"""Submission: who may log in, and what a login allows."""

import base64
import smtplib

import pytest

from posthorn import insecure_tls
from smtp_raw import RawSmtp

MESSAGE = b"Subject: submitted\r\n\r\nText\r\n"


def plain(account, password=None):
    text = f"\0{account.address}\0{password or account.password}"
    return base64.b64encode(text.encode()).decode()


def submission(posthorn):
    client = RawSmtp(posthorn, "SUBMISSION")
    client.hello()
    client.start_tls()
    client.hello()
    return client


def test_login_on_both_ports(posthorn, account):
    with smtplib.SMTP_SSL(posthorn.host, posthorn.port("SUBMISSIONS"), context=insecure_tls()) as client:
        client.login(account.address, account.password)
        client.sendmail(account.address, [account.address], MESSAGE)
    with smtplib.SMTP(posthorn.host, posthorn.port("SUBMISSION")) as client:
        client.starttls(context=insecure_tls())
        client.login(account.address, account.password)
        client.sendmail(account.address, [account.address], MESSAGE)
    for _, octets in posthorn.messages(account):
        assert b" with ESMTPSA id " in octets


@pytest.mark.parametrize("port", ["SUBMISSION", "SUBMISSIONS"])
def test_nothing_without_login(posthorn, account, port):
    with RawSmtp(posthorn, port) as client:
        client.hello()
        assert client.ask(f"MAIL FROM:<{account.address}>").startswith("530 5.7.0")
        assert client.ask(f"RCPT TO:<{account.address}>").code == 503


def test_attack_09_auth_is_offered_and_taken_under_tls(posthorn, account):
    with submission(posthorn) as client:
        assert "AUTH PLAIN LOGIN" in client.hello()
        assert client.ask("AUTH PLAIN " + plain(account)).startswith("235 2.7.0")
        assert "AUTH" not in client.hello()
        assert client.ask("AUTH PLAIN " + plain(account)).code == 503


def test_exchanges(posthorn, account):
    def encode(text):
        return base64.b64encode(text.encode()).decode()

    with submission(posthorn) as client:
        assert client.ask("AUTH PLAIN") == "334 "
        assert client.ask("*").startswith("501 ")
        assert client.ask("AUTH CRAM-MD5").startswith("504 5.5.4")
        assert client.ask("AUTH PLAIN !!!!").startswith("501 5.5.2")
        assert client.ask("AUTH PLAIN " + encode("nonsense")).startswith(("501 5.5.2", "535 5.7.8"))
        assert client.ask("AUTH PLAIN " + "A" * 9000).code == 500
    with submission(posthorn) as client:
        assert client.ask("AUTH LOGIN").code == 334
        assert client.ask(encode(account.address)).code == 334
        assert client.ask(encode(account.password)).startswith("235 ")


def test_attack_08_wrong_passwords_and_unknown_users_look_alike(posthorn, account):
    with submission(posthorn) as client:
        wrong = client.ask("AUTH PLAIN " + plain(account, "wrong"))
        text = base64.b64encode(b"\0nobody@example.org\0wrong").decode()
        assert client.ask("AUTH PLAIN " + text) == wrong
        assert wrong.startswith("535 5.7.8")


def test_attack_07_guessing_passwords_ends(posthorn, account):
    with submission(posthorn) as client:
        for _ in range(5):
            assert client.ask("AUTH PLAIN " + plain(account, "wrong")).code == 535
        assert client.reply().startswith("421 4.7.0")
        assert client.closed()


def test_users_send_as_themselves(posthorn, account):
    local, domain = account.address.split("@")
    other = posthorn.account()
    with submission(posthorn) as client:
        assert client.ask("AUTH PLAIN " + plain(account)).code == 235
        assert client.ask(f"MAIL FROM:<{other.address}>").startswith("553 5.7.1")
        for sender in (account.address, account.address.upper(), f"{local}+list@{domain}", ""):
            assert client.ask(f"MAIL FROM:<{sender}>").code == 250
            assert client.ask("RSET").code == 250
        assert client.ask(f"MAIL FROM:<{account.address}> AUTH=<>").code == 250
        assert client.ask("RCPT TO:<someone@elsewhere.example>").code == 250
        assert client.ask("RCPT TO:<nobody@example.org>").startswith("550 5.1.1")
        assert client.ask("RSET").code == 250
        assert client.ask(f"MAIL FROM:<{account.address}>").code == 250
        assert client.ask(f"RCPT TO:<{other.address}>").code == 250
        assert client.data(MESSAGE + b".\r\n").code == 250
    assert len(posthorn.messages(other)) == 1


def test_what_the_program_left_out_is_added(posthorn, account):
    with submission(posthorn) as client:
        assert client.ask("AUTH PLAIN " + plain(account)).code == 235
        client.envelope(account.address, sender=account.address)
        header = b"Bcc: secret@remote.example,\r\n other@remote.example\r\nSubject: x\r\n"
        assert client.data(header + b"\r\nBcc: text\r\n.\r\n").code == 250
    [(_, octets)] = posthorn.messages(account)
    header, _, text = octets.partition(b"\r\n\r\n")
    assert text == b"Bcc: text\r\n"
    assert b"Bcc" not in header and b"remote.example" not in header
    fields = [line.split(b":")[0] for line in header.split(b"\r\n")]
    assert {b"Date", b"Message-ID", b"From"} <= set(fields)
    assert b"From: <%s>" % account.address.encode() in header


def test_extensions_are_offered_to_users(posthorn, account):
    with submission(posthorn) as client:
        lines = client.hello().split("\n")
        assert any(line[4:].startswith("FUTURERELEASE 2592000 20") for line in lines)
        assert {"MT-PRIORITY MIXER", "DSN", "REQUIRETLS"} <= {line[4:] for line in lines}
        assert client.ask("AUTH PLAIN " + plain(account)).code == 235
        assert client.ask(f"MAIL FROM:<{account.address}> MT-PRIORITY=9 RET=HDRS").startswith("250 2.3.6")
