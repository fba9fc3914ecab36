"""Senders and recipients of every kind, many of them, and mail that goes round in circles."""

import collections
import smtplib

import pytest
from exchange import compose, left, queue, submission, submit
from network import POSTHORN_ADDRESS
from posthorn import wait_until


@pytest.mark.parametrize("local", ["bob+detail", "Bob.Builder", "o'brien", "a/b=c{d}", "x" * 64,
                                   '"with space"', '"two..dots"', '"quo\\"ted"'])
def test_local_parts_are_passed_on_as_they_are(posthorn, account, site, local):
    """RFC 5321 2.3.11: nobody but their own server interprets them."""
    server = site.server()
    recipient = f"{local}@{site.domain}"
    with submission(posthorn, account) as client:
        assert client.docmd("MAIL", f"FROM:<{account.address}>")[0] == 250
        assert client.docmd("RCPT", f"TO:<{recipient}>")[0] == 250
        assert client.data(compose(account.address, "somebody@x.example", "odd"))[0] == 250
    assert server.message().paths() == [recipient]


def test_a_domain_in_another_case_is_one_site(posthorn, account, site):
    server = site.server()
    submit(posthorn, account, [f"one@{site.domain.upper()}", site.user("two")],
           compose(account.address, site.user("two"), "case"))
    wait_until(lambda: sum(len(taken.paths()) for taken in server.accepted()) == 2, "both arrive")
    assert len(server.accepted()) == 1  # in one transaction


def test_three_hundred_recipients_get_it_once_each(posthorn, account, sites):
    """At three sites, in transactions of at most as many as every server has to take (RFC 5321
    4.5.3.1.8)."""
    places = [sites() for _ in range(3)]
    servers = [place.server() for place in places]
    users = [places[number % 3].user(f"u{number}") for number in range(300)]
    submit(posthorn, account, users, compose(account.address, users[0], "to many"))

    def taken():
        return [path for server in servers for each in server.accepted() for path in each.paths()]

    wait_until(lambda: len(taken()) >= 300, "all have it")
    for place in places:
        wait_until(lambda: not queue(posthorn, f"--site={place.domain}"), "the queue is empty")
    assert collections.Counter(taken()) == collections.Counter(users)
    assert all(len(each.paths()) <= 100 for server in servers for each in server.accepted())


def test_a_hundred_messages_share_connections(posthorn, account, site):
    """A site has a window of connections (20), and each of them takes many messages."""
    server = site.server()
    posthorn.mailctl("site", "suspend", site.domain)
    with submission(posthorn, account) as client:
        for number in range(100):
            client.sendmail(account.address, [site.user(f"u{number}")],
                            compose(account.address, site.user(), f"number {number}"))
    posthorn.mailctl("site", "resume", site.domain)
    wait_until(lambda: len(server.accepted()) >= 100, "all arrive")
    wait_until(lambda: not queue(posthorn, f"--site={site.domain}"), "the queue is empty")
    assert len(server.accepted()) == 100
    assert len(server.said("EHLO")) <= 20


def test_mail_that_goes_round_in_circles_is_refused(posthorn, account, site):
    """An alias leads to a server that sends it back to the alias (RFC 5321 6.3)."""
    server = site.server()
    address = f"circle-{account.address}"
    posthorn.mailctl("alias", "add", address, site.user())
    message, rounds = compose("a@x.example", address, "round"), 0
    with smtplib.SMTP(POSTHORN_ADDRESS, 25, timeout=60) as client:
        client.ehlo("x.example")
        while True:
            assert client.mail("a@x.example")[0] == 250
            assert client.rcpt(address)[0] == 250
            code, text = client.data(message)
            if code != 250:
                break
            rounds += 1
            assert rounds <= 100
            wait_until(lambda: len(server.accepted()) == rounds, "it comes round")
            message = server.accepted()[-1].octets
    assert code == 554 and text.startswith(b"5.4.6")
    assert rounds >= 20
    left(posthorn, site.user())
    posthorn.mailctl("alias", "remove", address)
