"""Where mail goes by the DNS, and what its answers make of a message."""


import pytest
from exchange import deferred, left, log, send, told
from posthorn import wait_until
from scripted import DROP


def test_the_best_host_gets_it(posthorn, account, sites):
    site = sites(records=False)
    hosts = []
    for preference in (20, 10, 30):
        address = site.network.address()
        site.network.nameserver.add(site.domain, "MX",
                                    f"{preference} mx{preference}.{site.domain}.")
        site.publish(f"mx{preference}.{site.domain}", "A", address)
        hosts.append(site.server(address=address))
    send(posthorn, account, site.user())
    assert hosts[1].message().paths() == [site.user()]
    assert not hosts[0].commands and not hosts[2].commands


@pytest.mark.parametrize("trouble", [None, "421 4.3.2 closing", "554 5.7.1 go away", "drop"])
def test_the_next_host_gets_it_when_the_best_does_not_talk(posthorn, account, sites, trouble):
    site = sites()
    address = site.network.address()
    site.network.nameserver.add(site.domain, "MX", f"20 second.{site.domain}.")
    site.publish(f"second.{site.domain}", "A", address)
    if trouble:
        site.server(replies={"CONNECT": trouble})
    second = site.server(address=address)
    send(posthorn, account, site.user())
    assert second.message().paths() == [site.user()]


def test_the_next_address_of_a_host_gets_it(posthorn, account, site):
    """Nobody listens at the other one."""
    site.publish(site.host, "A", site.network.address())
    server = site.server()
    send(posthorn, account, site.user())
    assert server.message().paths() == [site.user()]


def test_equal_hosts_share_the_mail(posthorn, account, sites):
    def one_a_connection(session, line):
        return "421 4.3.2 one a connection" if session.messages else None

    site = sites(records=False)
    servers = []
    for number in range(2):
        address = site.network.address()
        site.network.nameserver.add(site.domain, "MX", f"10 mx{number}.{site.domain}.")
        site.publish(f"mx{number}.{site.domain}", "A", address)
        servers.append(site.server(address=address, replies={"MAIL": one_a_connection}))
    # Each connection picks anew: that all of 16 pick one host happens once in 32,768 runs.
    for number in range(16):
        recipient = site.user(f"u{number}")
        send(posthorn, account, recipient)
        left(posthorn, recipient)
    counts = [len(server.accepted()) for server in servers]
    assert sum(counts) == 16 and min(counts) > 0


def test_a_domain_without_mx_is_its_own_host(posthorn, account, sites):
    site = sites(records=False)
    site.publish(site.domain, "A", site.address)
    server = site.server()
    send(posthorn, account, site.user())
    assert server.message().paths() == [site.user()]


def test_ipv6(posthorn, account, sites):
    site = sites(records=False)
    site.network.nameserver.add(site.domain, "MX", f"10 {site.host}.")
    site.publish(site.host, "AAAA", "::1")
    server = site.server(address="::1")
    send(posthorn, account, site.user())
    assert server.message().paths() == [site.user()]


def test_a_domain_that_is_an_alias(posthorn, account, sites):
    """RFC 5321 5.1: the alias is followed, the recipient's address stays."""
    site, alias = sites(), sites(records=False)
    alias.publish(alias.domain, "CNAME", f"{site.domain}.")
    server = site.server()
    send(posthorn, account, alias.user())
    assert server.message().paths() == [alias.user()]


def test_an_unsigned_domain(posthorn, account, sites):
    site = sites("plain")
    server = site.server()
    send(posthorn, account, site.user())
    assert server.message().paths() == [site.user()]


def test_a_null_mx_bounces(posthorn, account, sites):
    site = sites(records=False)
    site.publish(site.domain, "MX", "0 .")
    send(posthorn, account, site.user())
    _, fields = told(posthorn, account, site.user())
    assert fields["Status"] == "5.1.10"
    assert "Remote-MTA" not in fields


def test_an_unknown_domain_bounces(posthorn, account):
    recipient = "bob@no-such-domain.example"
    send(posthorn, account, recipient)
    _, fields = told(posthorn, account, recipient)
    assert fields["Status"] == "5.1.2"


def test_a_host_without_address_bounces(posthorn, account, sites):
    site = sites(records=False)
    site.publish(site.domain, "MX", f"10 nothing.{site.domain}.")
    send(posthorn, account, site.user())
    _, fields = told(posthorn, account, site.user())
    assert fields["Status"] == "5.4.4"


def test_mail_that_would_come_back_to_us_bounces(posthorn, account, sites):
    """RFC 5321 5.1: hosts that are not better than we are do not count."""
    site = sites(records=False)
    site.network.nameserver.add(site.domain, "MX", "10 mail.example.org.")
    site.network.nameserver.add(site.domain, "MX", f"20 {site.host}.")
    site.publish(site.host, "A", site.address)
    server = site.server()
    send(posthorn, account, site.user())
    _, fields = told(posthorn, account, site.user())
    assert fields["Status"] == "5.4.6"
    assert not server.commands


@pytest.mark.parametrize("zone", ["broken", "bogus"])
def test_what_the_dns_does_not_tell_waits(posthorn, account, sites, zone):
    """SERVFAIL, and answers whose signatures do not hold."""
    site = sites(zone)
    server = site.server()
    send(posthorn, account, site.user())
    assert deferred(posthorn, site.user())["attempts"] >= 1
    last = next(line for line in log(posthorn, site.user()) if line["event"] == "deferred")
    assert last["status"] == "4.4.3"
    assert not server.commands
    posthorn.mailctl("queue", "remove", f"--to={site.user()}")


def test_a_dns_that_recovers_lets_the_mail_go(posthorn, account, sites):
    """The host's name lies in a zone that fails; then the domain gets another host."""
    site = sites(records=False)
    site.publish(site.domain, "MX", "10 mx.unreachable.broken.", ttl=1)
    server = site.server()
    send(posthorn, account, site.user())
    deferred(posthorn, site.user())
    site.network.nameserver.add(site.domain, "MX", f"20 {site.host}.", ttl=1)
    site.publish(site.host, "A", site.address)
    assert server.message(120).paths() == [site.user()]


# ---- connections

class Connections:
    """Counts those that a server takes."""

    def __init__(self):
        self.count = 0

    def __call__(self, session, line):
        self.count += 1


def test_mail_that_comes_one_by_one_shares_a_connection(posthorn, account, sites):
    """And a server that has ended the connection meanwhile has done nothing wrong."""
    site, other, hasty = sites(), sites(), sites()
    counts = [Connections() for _ in range(3)]
    server, bystander = (each.server(replies={"CONNECT": count})
                         for each, count in zip((site, other), counts))
    ending = hasty.server(replies={"CONNECT": counts[2], "RSET": DROP, "MAIL": lambda session, _: (
        DROP if session.messages else None)})
    # Connections are kept for longer than this takes.
    with posthorn.running("SMTP_GATEWAY", "--relay_idle_time=2m"):
        for number in range(5):
            for each in (site, other, hasty):
                recipient = each.user(f"u{number}")
                send(posthorn, account, recipient)
                left(posthorn, recipient)
    assert [len(each.accepted()) for each in (server, bystander, ending)] == [5, 5, 5]
    assert [count.count for count in counts] == [1, 1, 5]
    assert all(line["event"] in ("queued", "delivered")
               for number in range(5) for line in log(posthorn, hasty.user(f"u{number}")))


def test_a_connection_that_has_nothing_to_do_ends(posthorn, account, site):
    server = site.server()
    send(posthorn, account, site.user())
    server.message()
    wait_until(lambda: server.said("QUIT"), "the connection ends", 20)
