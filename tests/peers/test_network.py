"""The network itself: what other tests rely on."""

import itertools
import smtplib

import pytest
from exchange import compose
from hosts import KINDS, body_of
from scripted import DROP

NAMES = [kind.name for kind in KINDS]


@pytest.mark.parametrize("source,target", list(itertools.permutations(NAMES, 2)))
def test_servers_reach_each_other_by_the_dns(network, source, target):
    one, other = network.peers[source], network.peers[target]
    subject = f"{source} to {target}"
    one.send([other.user], compose(one.user, other.user, subject))
    assert body_of(other.message_of(subject)) == b"Text\r\n"


def test_signed_zones_are_signed_and_others_are_not(network, site):
    ask = network.nameserver.ask
    assert "RRSIG" in ask(site.domain, "MX", "+dnssec")
    assert "RRSIG" not in ask(network.site("plain").domain, "MX", "+dnssec")
    assert "status: SERVFAIL" in ask("any.broken", "MX")
    assert "status: NXDOMAIN" in ask("nosuch.example", "MX")


@pytest.mark.parametrize("kind", NAMES)
def test_a_scripted_server_takes_mail(network, site, kind):
    peer = network.peers[kind]
    server = site.server(certificate=site.certificate())
    peer.send([site.user()], compose(peer.user, site.user(), "scripted"))
    taken = server.message()
    assert taken.tls and taken.sender == peer.user and taken.paths() == [site.user()]
    assert body_of(taken.octets) == b"Text\r\n"


def test_a_scripted_server_refuses_as_it_is_told(site):
    server = site.server(replies={"RCPT": ["451 4.3.0 later", "550 5.1.1 no"], ".": [DROP]})
    with smtplib.SMTP(site.address, 25, timeout=20) as client:
        client.ehlo("x.example")
        client.mail("a@x.example")
        assert [client.rcpt(site.user())[0] for _ in range(3)] == [451, 550, 250]
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.data(b"Subject: x\r\n\r\nx\r\n")
    assert [each.reply for each in server.transactions] == [DROP] and not server.accepted()


def test_a_sink_keeps_what_it_takes_and_fails_as_its_flags_say(sites):
    good, bad = sites(), sites()
    taking, refusing = good.sink(), bad.sink("-f", "RCPT")
    with smtplib.SMTP(good.address, 25, timeout=20) as client:
        client.sendmail("a@x.example", [good.user()], compose("a@x.example", good.user(), "sunk"))
    with smtplib.SMTP(bad.address, 25, timeout=20) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("a@x.example", [bad.user()], b"Subject: x\r\n\r\n")
    assert len(taking.messages()) == 1 and not refusing.messages()
