"""Users' mail arrives at Postfix, Exim and OpenSMTPD, and mail from these arrives here."""

import pytest
from exchange import arrived, compose, submit
from hosts import KINDS, body_of
from posthorn import Account, wait_until
from signatures import selectors, verifies

NAMES = [kind.name for kind in KINDS]

# Lines that begin with dots or "From ", long and empty ones, and no line end that is not one.
BODY = ("..two dots\r\n.\r\n.one\r\nFrom here on\r\n\r\n" + "long " * 180 + "\r\n\ttab \r\n"
        + "".join(f"line {number}\r\n" for number in range(2000)) + "\r\n\r\nend\r\n")


@pytest.fixture(params=NAMES)
def peer(network, request):
    return network.peers[request.param]


def test_a_users_message_arrives_unchanged_and_signed(posthorn, network, account, peer):
    subject = f"to {peer.name}"
    message = compose(account.address, peer.user, subject, BODY)
    submit(posthorn, account, peer.user, message)
    octets = peer.message_of(subject)
    assert body_of(octets) == body_of(message)
    assert b"\r" not in octets  # as it is kept in a maildir
    wire = octets.replace(b"\n", b"\r\n")
    assert len(selectors(wire)) == 2  # RSA and Ed25519
    assert verifies(wire, network.nameserver)
    assert not verifies(wire.replace(b"Subject: to ", b"Subject: To another "), network.nameserver)


def test_keys_change_without_a_gap(posthorn, network, site):
    """mailctl dkim rotate, sign and remove, with the records that each of them prints published."""
    domain = f"keys.{site.domain}"
    account = Account(f"user@{domain}", "secret-of-keys")
    posthorn.mailctl("account", "add", account.address, given=account.password + "\n")
    server = site.server()

    def publish():
        network.nameserver.add_lines("example", posthorn.mailctl("dns", domain).stdout)
        network.nameserver.publish()

    def signed():
        count = len(server.accepted())
        submit(posthorn, account, site.user(), compose(account.address, site.user(), "signed"))
        wait_until(lambda: len(server.accepted()) > count, "it arrives")
        octets = server.accepted()[-1].octets
        assert verifies(octets, network.nameserver)
        return set(selectors(octets))

    publish()
    old = signed()
    posthorn.mailctl("dkim", "rotate", domain)
    publish()
    assert signed() == old
    posthorn.mailctl("dkim", "sign", domain)
    new = wait_until(lambda: signed() - old, "the new keys sign")
    assert len(new) == 2
    for selector in old:
        posthorn.mailctl("dkim", "remove", domain, selector)
    assert signed() == new


def test_mail_leaves_over_tls_and_under_our_name(posthorn, account, network):
    peer = network.peers["postfix"]
    submit(posthorn, account, peer.user, compose(account.address, peer.user, "over TLS"))
    octets = peer.message_of("over TLS")
    assert b"from mail.example.org" in octets
    assert b"using TLSv1.3" in octets


def test_a_peers_message_arrives_here(posthorn, account, peer):
    subject = f"from {peer.name}"
    message = compose(peer.user, account.address, subject, BODY)
    peer.send([account.address], message)
    octets = arrived(posthorn, account, subject)
    assert body_of(octets) == body_of(message)
    assert f"Return-Path: <{peer.user}>\r\n".encode() in octets
    assert b" with ESMTPS id " in octets  # every one of them uses STARTTLS


def test_an_answer_goes_back(posthorn, account, peer):
    """There and back again in one thread, to many at a time."""
    subject = f"round trip {peer.name}"
    submit(posthorn, account, [peer.user, account.address],
           compose(account.address, peer.user, subject))
    peer.message_of(subject)
    assert arrived(posthorn, account, subject)
    peer.send([account.address], compose(peer.user, account.address, f"Re: {subject}"))
    assert arrived(posthorn, account, f"Re: {subject}")


def test_one_message_to_all_of_them(posthorn, network, account):
    users = [network.peers[name].user for name in NAMES]
    submit(posthorn, account, users, compose(account.address, ", ".join(users), "to all"))
    for name in NAMES:
        assert body_of(network.peers[name].message_of("to all")) == b"Text\r\n"
