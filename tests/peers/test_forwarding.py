"""Aliases that lead outside, catch-alls, and nobody who relays through us."""

import contextlib
import pathlib
import shlex
import smtplib
import socket
import subprocess

import pytest
from exchange import Report, arrived, compose, submission, submit
from hosts import body_of, listening
from network import POSTHORN_ADDRESS, TRUSTED
from posthorn import Account, wait_until


@pytest.fixture
def alias(posthorn, account):
    """Makes an alias of the account's domain; gone after the test."""
    made = []

    def make(name, *targets):
        address = f"{name}-{account.address}"
        for target in targets:
            posthorn.mailctl("alias", "add", address, target)
        made.append(address)
        return address

    yield make
    for address in made:
        posthorn.mailctl("alias", "remove", address)


# ---- forwarding under a rewritten sender (SRS)

def test_mail_to_an_alias_leaves_under_our_domain(network, alias, site):
    server = site.server()
    address = alias("away", site.user())
    peer = network.peers["postfix"]
    message = compose(peer.user, address, "forwarded")
    peer.send([address], message)
    taken = server.message()
    local, domain = taken.sender.split("@")
    assert domain == "example.org"
    assert local.startswith("SRS0=") and local.endswith("=postfix.example=bob")
    assert taken.paths() == [site.user()]
    assert body_of(taken.octets) == body_of(message)


def test_an_alias_may_lead_in_and_out(posthorn, network, account, alias, site):
    server = site.server()
    address = alias("both", site.user(), account.address)
    peer = network.peers["exim"]
    peer.send([address], compose(peer.user, address, "in and out"))
    assert server.message().paths() == [site.user()]
    assert arrived(posthorn, account, "in and out")


def test_a_users_own_mail_keeps_its_sender(posthorn, account, alias, site):
    """SPF holds for it as it is."""
    server = site.server()
    address = alias("own", site.user())
    submit(posthorn, account, address, compose(account.address, address, "own"))
    assert server.message().sender == account.address


def test_a_forward_that_bounces_is_told_to_the_original_sender(network, alias, site):
    site.server(replies={"RCPT": "550 5.1.1 gone"})
    address = alias("gone", site.user())
    peer = network.peers["exim"]
    peer.send([address], compose(peer.user, address, "bounces"))
    report = Report(peer.message_of("Mail could not be delivered"))
    assert report.original()["Subject"] == "bounces"
    assert report.recipients[0]["Action"] == "failed"


def test_a_bounce_to_the_rewritten_sender_finds_back(network, alias, site):
    """The next hop took the message and returns it later."""
    server = site.server()
    address = alias("later", site.user())
    peer = network.peers["postfix"]
    peer.send([address], compose(peer.user, address, "will be returned"))
    rewritten = server.message().sender
    network.peers["opensmtpd"].send([rewritten], compose("", rewritten, "returned later"),
                                    sender="<>")
    assert b"Return-Path: <>" in peer.message_of("returned later")


def test_rewritten_senders_that_we_did_not_make_are_refused(posthorn):
    with smtplib.SMTP(POSTHORN_ADDRESS, 25, timeout=60) as client:
        client.ehlo("x.example")
        client.mail("")
        for local in ("SRS0=AAAAAA=AA=postfix.example=bob", "SRS0=x",
                      "SRS1=AAAAAA=a.example==b=c=d"):
            code, text = client.rcpt(f"{local}@example.org")
            assert 550 <= code < 560, (local, text)


def test_only_notifications_come_to_a_rewritten_sender(network, alias, site):
    server = site.server()
    address = alias("only", site.user())
    peer = network.peers["postfix"]
    peer.send([address], compose(peer.user, address, "rewritten once more"))
    rewritten = server.message().sender
    with smtplib.SMTP(POSTHORN_ADDRESS, 25, timeout=60) as client:
        client.ehlo("x.example")
        client.mail("spammer@x.example")
        assert client.rcpt(rewritten)[0] == 550


# ---- catch-all

def test_a_catch_all_gets_what_nobody_else_has(posthorn, account):
    posthorn.mailctl("domain", "add", "all.example")
    known = Account("known@all.example", "secret-of-known")
    posthorn.mailctl("account", "add", known.address, given=known.password + "\n")
    posthorn.mailctl("alias", "add", "@all.example", account.address)
    for name in ("anything", "known"):
        with smtplib.SMTP(POSTHORN_ADDRESS, 25, timeout=60) as client:
            client.sendmail("a@x.example", [f"{name}@all.example"],
                            compose("a@x.example", f"{name}@all.example", f"to {name}"))
    assert arrived(posthorn, account, "to anything")
    assert arrived(posthorn, known, "to known")
    assert len(posthorn.messages(account)) == 1


def test_a_catch_all_may_lead_outside(posthorn, network, site):
    server = site.server()
    posthorn.mailctl("domain", "add", "out.example")
    posthorn.mailctl("alias", "add", "@out.example", site.user())
    peer = network.peers["exim"]
    with smtplib.SMTP(POSTHORN_ADDRESS, 25, timeout=60) as client:
        client.sendmail(peer.user, ["who@out.example"],
                        compose(peer.user, "who@out.example", "out"))
    taken = server.message()
    assert taken.paths() == [site.user()]
    assert taken.sender.startswith("SRS0=")
    # The domain that forwards stands for it, not another one of this server.
    assert taken.sender.endswith("=exim.example=bob@out.example")


# ---- no relaying

ELSEWHERE = ("bob@postfix.example", "bob@unknown.example", '"bob@postfix.example"@unknown.example',
             "bob@[127.25.0.10]", "bob@[IPv6:::1]", "@example.org:bob@postfix.example",
             "bob%postfix.example@example.org", '"bob@postfix.example"@example.org',
             "postfix.example!bob@example.org")


def refuses_recipients_elsewhere(client):
    for recipient in ELSEWHERE:
        code, text = client.docmd("RCPT", f"TO:<{recipient}>")
        assert 500 <= code < 560, (recipient, text)


@pytest.mark.parametrize("client_address", [
    None, "10.1.2.3", "172.16.1.2", "192.168.1.2", "127.0.0.1", "203.0.113.9", "IPv6:::1",
    "IPv6:fd00::1", "IPv6:fe80::1"])
def test_nobody_relays_through_us(posthorn, client_address):
    """No network is trusted: who does not log in sends to addresses here only."""
    source = (TRUSTED, 0) if client_address else None
    for sender in ("a@x.example", "", "alice@example.org"):
        with smtplib.SMTP(POSTHORN_ADDRESS, 25, timeout=60, source_address=source) as client:
            client.ehlo("x.example")
            if client_address:
                assert client.docmd("XCLIENT", f"ADDR={client_address}")[0] == 220
                client.ehlo("x.example")
            if client.mail(sender)[0] == 250:
                refuses_recipients_elsewhere(client)


def test_only_the_trusted_may_speak_for_others(posthorn):
    with smtplib.SMTP(POSTHORN_ADDRESS, 25, timeout=60) as client:
        client.ehlo("x.example")
        assert not client.has_extn("xclient")
        assert client.docmd("XCLIENT", "ADDR=10.1.2.3")[0] == 550


@contextlib.contextmanager
def gateway_at_ipv6_loopback(posthorn, folder):
    with socket.socket(socket.AF_INET6) as probe, socket.socket() as admin:
        probe.bind(("::1", 0))
        admin.bind(("127.0.0.1", 0))
        port, admin_port = probe.getsockname()[1], admin.getsockname()[1]
    # Its own start script would say that it is the gateway of the system.
    script = pathlib.Path(posthorn.env["SMTP_GATEWAY_START"]).read_text().splitlines()[-1]
    command = [word for word in shlex.split(script)[1:] if word != "$@"]
    with open(folder / "gateway.log", "wb") as log:
        process = subprocess.Popen([*command, "--role=mx", f"--listen_mx=[::1]:{port}",
                                    f"--admin_listen=127.0.0.1:{admin_port}"], env={},
                                   stdout=log, stderr=log)
    try:
        wait_until(lambda: listening("::1", port), "the gateway listens on ::1")
        yield port
    finally:
        process.terminate()
        process.wait(30)


def test_nobody_relays_over_ipv6(posthorn, tmp_path):
    """A gateway that listens on ::1."""
    with gateway_at_ipv6_loopback(posthorn, tmp_path) as port:
        with smtplib.SMTP("::1", port, timeout=60) as client:
            client.ehlo("x.example")
            client.mail("a@x.example")
            refuses_recipients_elsewhere(client)


def test_a_login_is_needed_to_send(posthorn, account):
    with smtplib.SMTP(posthorn.host, posthorn.port("SUBMISSION"), timeout=60) as client:
        client.ehlo("x.example")
        assert client.mail(account.address)[0] == 530


def test_users_send_as_themselves_only(posthorn, account):
    other = posthorn.account()
    with submission(posthorn, account) as client:
        for sender in (other.address, "someone@postfix.example"):
            assert client.mail(sender)[0] == 553
