"""What administrators do with mail that waits: mailctl queue, site and route."""

import json

import pytest
from exchange import (compose, deferred, left, log, queue, reports, send, submission, submit, told)
from posthorn import Account, wait_until
from scripted import EXTENSIONS


@pytest.fixture
def suspended(posthorn, site):
    """A site that gets no connections; it has to be known first."""
    posthorn.mailctl("site", "suspend", site.domain)
    yield site
    posthorn.mailctl("site", "resume", site.domain)


# ---- queue and site

def test_a_suspended_site_gets_nothing_until_it_is_resumed(posthorn, account, sites):
    """Mail for another site goes by it."""
    held_back, other = sites(), sites()
    server, witness = held_back.server(), other.server()
    posthorn.mailctl("site", "suspend", held_back.domain)
    send(posthorn, account, held_back.user())
    send(posthorn, account, other.user())
    witness.message()
    assert [entry["attempts"] for entry in queue(posthorn, f"--site={held_back.domain}")] == [0]
    shown = json.loads(posthorn.mailctl("site", "list", "--json").stdout)
    state = next(each for each in shown if each["site"] == held_back.domain)
    assert "suspended" in json.dumps(state)
    assert not server.commands
    posthorn.mailctl("site", "resume", held_back.domain)
    assert server.message().paths() == [held_back.user()]


def test_what_is_queued_is_listed_and_shown(posthorn, account, suspended):
    send(posthorn, account, suspended.user(), "in the queue")
    entry, = queue(posthorn, f"--to={suspended.user()}")
    assert entry["sender"] == account.address and entry["recipient"] == suspended.user()
    assert entry["site"] == suspended.domain and entry["state"] == "waiting"
    assert queue(posthorn, f"--from={account.address}") == [entry]
    assert queue(posthorn, f"--site={suspended.domain}") == [entry]
    assert not queue(posthorn, f"--site={suspended.domain}", "--from=another@example.org")
    shown = posthorn.mailctl("queue", "show", str(entry["id"])).stdout
    assert "Subject: in the queue" in shown and suspended.user() in shown
    posthorn.mailctl("queue", "remove", str(entry["id"]))
    assert not queue(posthorn, f"--to={suspended.user()}")
    assert [line["event"] for line in log(posthorn, suspended.user())][0] == "removed"
    assert "not in the queue any more" in posthorn.mailctl("queue", "show", str(entry["id"])).stdout


def test_held_mail_is_not_sent_until_it_is_released(posthorn, account, site):
    server = site.server()
    posthorn.mailctl("site", "suspend", site.domain)
    users = [site.user("one"), site.user("two")]
    for user in users:
        send(posthorn, account, user)
    posthorn.mailctl("queue", "hold", f"--to={users[0]}")
    posthorn.mailctl("site", "resume", site.domain)
    left(posthorn, users[1])
    posthorn.mailctl("queue", "retry", f"--site={site.domain}")  # of what is held nothing is due
    assert [entry["state"] for entry in queue(posthorn, f"--to={users[0]}")] == ["held"]
    assert [taken.paths() for taken in server.accepted()] == [[users[1]]]
    posthorn.mailctl("queue", "release", f"--to={users[0]}")
    left(posthorn, users[0])
    assert [taken.paths() for taken in server.accepted()] == [[users[1]], [users[0]]]


def test_retry_does_not_wait(posthorn, network, account, site):
    """Nobody listens; after some attempts the next one would be long in coming."""
    send(posthorn, account, site.user())
    wait_until(lambda: deferred(posthorn, site.user())["attempts"] >= 3, "three attempts")
    server = site.server()
    posthorn.mailctl("queue", "retry", f"--to={site.user()}")
    assert server.message(5).paths() == [site.user()]


def test_an_administrator_returns_mail(posthorn, account, site):
    send(posthorn, account, site.user(), "returned")
    deferred(posthorn, site.user())
    posthorn.mailctl("queue", "bounce", f"--from={account.address}")
    report, fields = told(posthorn, account, site.user())
    assert fields["Action"] == "failed"
    assert report.original()["Subject"] == "returned"
    left(posthorn, site.user())


def test_an_administrator_returns_mail_of_a_suspended_site(posthorn, account, suspended):
    """No claim comes by there."""
    send(posthorn, account, suspended.user(), "returned as well")
    posthorn.mailctl("queue", "bounce", f"--to={suspended.user()}")
    report, fields = told(posthorn, account, suspended.user())
    assert fields["Action"] == "failed" and fields["Status"] == "5.7.1"
    assert report.original()["Subject"] == "returned as well"
    left(posthorn, suspended.user())


def test_removed_mail_tells_nobody(posthorn, account, sites):
    site, other = sites(), sites()
    send(posthorn, account, site.user())
    deferred(posthorn, site.user())
    posthorn.mailctl("queue", "remove", f"--site={site.domain}")
    left(posthorn, site.user())
    other.server(replies={"RCPT": "550 5.1.1 no"})
    send(posthorn, account, other.user())
    told(posthorn, account, other.user())
    assert len(reports(posthorn, account)) == 1


def test_a_change_needs_something_to_match(posthorn):
    assert posthorn.mailctl("queue", "remove", check=False).returncode != 0


# ---- routes

@pytest.fixture
def route(posthorn, account, sites):
    """Sets a route, and waits until mailstore, which reads routes now and then, goes by it; gone
    after the test."""
    rules = []

    def make(name, host, rule, *options, password=""):
        posthorn.mailctl("route", "set", name, host, rule, *options, given=password)
        probe = sites(records=False)
        posthorn.mailctl("route", "set", f"probe-{name}", host, f"--to={probe.domain}")
        posthorn.mailctl("site", "suspend", f"route:probe-{name}")
        rules.extend([rule, f"--to={probe.domain}"])

        def routed():
            send(posthorn, account, probe.user())
            return queue(posthorn, f"--site=route:probe-{name}")

        wait_until(routed, f"mail goes by the route {name}")
        posthorn.mailctl("queue", "remove", f"--site=route:probe-{name}")

    yield make
    for rule in rules:
        posthorn.mailctl("route", "remove", rule, check=False)


@pytest.mark.parametrize("mode", ["verified", "implicit"])
def test_a_smarthost_with_a_login(posthorn, account, sites, route, mode):
    """The recipient's domain has an MX; the route goes before it."""
    site, smarthost = sites(), sites()
    bypassed = site.server()
    server = smarthost.server(certificate=smarthost.certificate(), login=("us", "secret"), port=587,
                              implicit_tls=mode == "implicit")
    route(f"smart-{site.domain}", f"{smarthost.host}:587", f"--to={site.domain}", f"--tls={mode}",
          "--user=us", password="secret\n")
    send(posthorn, account, site.user())
    taken = server.message()
    assert taken.tls and taken.login == ("us", "secret") and taken.paths() == [site.user()]
    assert not bypassed.commands
    listed = posthorn.mailctl("route", "list").stdout
    assert f"smart-{site.domain}" in listed and "secret" not in listed


def test_a_login_that_is_refused_waits(posthorn, account, sites, route):
    site, smarthost = sites(), sites()
    server = smarthost.server(certificate=smarthost.certificate(), login=("us", "other"))
    route(f"smart-{site.domain}", f"{smarthost.host}:25", f"--to={site.domain}", "--tls=verified",
          "--user=us", password="secret\n")
    send(posthorn, account, site.user())
    deferred(posthorn, site.user())
    assert not server.said("MAIL")
    posthorn.mailctl("queue", "remove", f"--to={site.user()}")


@pytest.mark.parametrize("lack", ["STARTTLS", "certificate"])
def test_no_password_without_the_right_tls(posthorn, account, sites, route, lack):
    site, smarthost = sites(), sites()
    certificate = smarthost.certificate("another.example") if lack == "certificate" else None
    server = smarthost.server(certificate=certificate, login=("us", "secret"))
    route(f"smart-{site.domain}", f"{smarthost.host}:25", f"--to={site.domain}", "--tls=verified",
          "--user=us", password="secret\n")
    send(posthorn, account, site.user())
    deferred(posthorn, site.user())
    assert not server.said("AUTH") and not server.said("MAIL")
    posthorn.mailctl("queue", "remove", f"--to={site.user()}")


def test_a_route_to_an_address_by_lmtp(posthorn, account, sites, route):
    """A reply for each recipient: one is refused, one is not."""
    site = sites(records=False)
    server = site.server(port=2424, lmtp=True, replies={
        ".": lambda session, path: "550 5.2.1 no" if path.startswith("no@") else None})
    route(f"inside-{site.domain}", f"[{site.address}]:2424", f"--to={site.domain}", "--lmtp")
    submit(posthorn, account, [site.user("yes"), site.user("no")],
           compose(account.address, site.user("yes"), "by LMTP"))
    told(posthorn, account, site.user("no"))
    left(posthorn, site.user("yes"))
    assert [taken.paths() for taken in server.accepted()] == [[site.user("yes")]]
    assert server.said("LHLO") and not server.said("EHLO")


def test_a_route_by_the_senders_domain(posthorn, sites, route):
    site, smarthost = sites(), sites()
    direct, server = site.server(), smarthost.server()
    account = Account(f"news@{smarthost.domain}", "secret-of-news")
    posthorn.mailctl("account", "add", account.address, given=account.password + "\n")
    route(f"bulk-{site.domain}", f"{smarthost.host}:25", f"--from={smarthost.domain}")
    send(posthorn, account, site.user())
    assert server.message().paths() == [site.user()]
    assert not direct.commands


# ---- limits

def test_a_user_sends_to_as_many_as_the_limit_allows(posthorn, account, site):
    server = site.server(extensions=EXTENSIONS)
    posthorn.mailctl("account", "limit", account.address, "3")
    for number in range(3):
        send(posthorn, account, site.user(f"u{number}"))
    with submission(posthorn, account) as client:
        client.mail(account.address)
        code, _ = client.rcpt(site.user("u3"))
        if code == 250:
            code, _ = client.data(compose(account.address, site.user("u3"), "too many"))
        assert 400 <= code < 560
    for number in range(3):
        left(posthorn, site.user(f"u{number}"))
    assert len(server.accepted()) == 3
    posthorn.mailctl("account", "limit", account.address, "default")
    send(posthorn, account, site.user("u4"))
    left(posthorn, site.user("u4"))
