"""TLS on the way out: taken where it is offered, demanded by DANE (RFC 7672) and REQUIRETLS (RFC
8689)."""

import pytest
from certificates import tlsa
from exchange import compose, deferred, left, log, send, submission, submit, told, waits
from scripted import DROP, EXTENSIONS


# ---- opportunistic (RFC 7435)

def test_in_the_clear_where_nothing_else_is_offered(posthorn, account, site):
    server = site.server()
    send(posthorn, account, site.user())
    assert not server.message().tls


@pytest.mark.parametrize("kind", ["ours", "strangers", "expired", "another name"])
def test_any_certificate_is_better_than_none(posthorn, account, site, strangers, kind):
    certificate = {"ours": lambda: site.certificate(),
                   "strangers": lambda: site.certificate(authority=strangers),
                   "expired": lambda: site.certificate(days=-1),
                   "another name": lambda: site.certificate("mx.another.example")}[kind]()
    server = site.server(certificate=certificate)
    send(posthorn, account, site.user())
    assert server.message().tls
    left(posthorn, site.user())
    kinds = log(posthorn, site.user())[0]["tls"].split()
    assert kinds[0] == "TLSv1.3" and kinds[-1] == ("verified" if kind == "ours" else "unverified")


@pytest.mark.parametrize("reply", ["454 4.7.0 not now", "502 5.5.1 what?", "drop"])
def test_in_the_clear_where_starttls_fails(posthorn, account, site, reply):
    server = site.server(certificate=site.certificate(), replies={"STARTTLS": reply})
    send(posthorn, account, site.user())
    assert not server.message().tls


# ---- DANE

@pytest.mark.parametrize("record", [
    (3, selector, matching) for selector in (0, 1) for matching in (0, 1, 2)])
def test_dane_with_the_servers_own_certificate(posthorn, account, site, strangers, record):
    """Usage 3: who signed it, for whom and until when does not matter (RFC 7672 3.1.1)."""
    certificate = site.certificate("mx.another.example", authority=strangers, days=-1)
    site.tlsa(certificate, *record)
    server = site.server(certificate=certificate)
    send(posthorn, account, site.user())
    assert server.message().tls
    left(posthorn, site.user())
    assert log(posthorn, site.user())[0]["tls"].endswith(" dane")


@pytest.mark.parametrize("record", [
    (2, selector, matching) for selector in (0, 1) for matching in (0, 1, 2)])
def test_dane_with_an_authority(posthorn, account, site, strangers, record):
    """Usage 2: the chain ends in the certificate of the record, and the name counts."""
    site.publish(f"_25._tcp.{site.host}", "TLSA", tlsa(strangers.crt, *record))
    server = site.server(certificate=site.certificate(authority=strangers))
    send(posthorn, account, site.user())
    assert server.message().tls
    left(posthorn, site.user())
    assert log(posthorn, site.user())[0]["tls"].endswith(" dane")


def authority_record(authority):
    return tlsa(authority.crt, 2, 0, 1)


@pytest.mark.parametrize("name", ["host", "domain"])
def test_dane_with_an_authority_and_a_name_that_will_do(posthorn, account, site, strangers, name):
    """RFC 7672 3.2.2: that of the host, or the domain that the mail is for."""
    site.publish(f"_25._tcp.{site.host}", "TLSA", authority_record(strangers))
    names = [site.host] if name == "host" else [site.domain, "mx.another.example"]
    server = site.server(certificate=site.certificate(*names, authority=strangers))
    send(posthorn, account, site.user())
    assert server.message().tls


def test_dane_with_an_authority_and_a_certificate_that_is_over(posthorn, account, site, strangers):
    site.publish(f"_25._tcp.{site.host}", "TLSA", authority_record(strangers))
    server = site.server(certificate=site.certificate(authority=strangers, days=-1))
    send(posthorn, account, site.user())
    waits(posthorn, site, server)


def aliased(site):
    """The MX is an alias of this host (RFC 7672 2.2.2)."""
    host = f"real.{site.domain}"
    site.network.nameserver.add(site.domain, "MX", f"10 alias.{site.domain}.")
    site.network.nameserver.add(f"alias.{site.domain}", "CNAME", f"{host}.")
    site.publish(host, "A", site.address)
    return host


@pytest.mark.parametrize("place", ["real", "alias"])
@pytest.mark.parametrize("held", [True, False])
def test_dane_for_a_host_that_is_an_alias(posthorn, account, sites, strangers, place, held):
    """The records of the name behind the alias count, and without any those of the alias."""
    site = sites(records=False)
    host = aliased(site)
    certificate = site.certificate(host, authority=strangers)
    record = tlsa((certificate if held else site.certificate()).crt)
    site.publish(f"_25._tcp.{place}.{site.domain}", "TLSA", record)
    server = site.server(certificate=certificate)
    send(posthorn, account, site.user())
    if held:
        assert server.message().tls
    else:
        waits(posthorn, site, server)


def test_records_behind_the_alias_go_first(posthorn, account, sites):
    site = sites(records=False)
    certificate = site.certificate(aliased(site))
    site.network.nameserver.add(f"_25._tcp.alias.{site.domain}", "TLSA",
                                tlsa(site.certificate().crt))
    site.publish(f"_25._tcp.real.{site.domain}", "TLSA", tlsa(certificate.crt))
    server = site.server(certificate=certificate)
    send(posthorn, account, site.user())
    assert server.message().tls


def test_records_that_are_elsewhere(posthorn, account, site, strangers):
    """The TLSA record's own name is an alias: of one record for many hosts, say."""
    certificate = site.certificate(authority=strangers)
    site.network.nameserver.add(f"_25._tcp.{site.host}", "CNAME", f"_dane.{site.domain}.")
    site.publish(f"_dane.{site.domain}", "TLSA", tlsa(certificate.crt))
    server = site.server(certificate=certificate)
    send(posthorn, account, site.user())
    left(posthorn, site.user())
    assert server.message().tls
    assert log(posthorn, site.user())[0]["tls"].endswith(" dane")


def test_dane_with_an_authority_and_another_name(posthorn, account, site, strangers):
    site.publish(f"_25._tcp.{site.host}", "TLSA", authority_record(strangers))
    server = site.server(certificate=site.certificate("mx.another.example", authority=strangers))
    send(posthorn, account, site.user())
    waits(posthorn, site, server)


def test_dane_with_another_certificate(posthorn, account, site):
    """One that all the world would trust, but not the one of the record."""
    site.tlsa(site.certificate())
    server = site.server(certificate=site.certificate())
    send(posthorn, account, site.user())
    assert "certificate" in waits(posthorn, site, server)


def test_dane_without_starttls(posthorn, account, site):
    site.tlsa(site.certificate())
    server = site.server()
    send(posthorn, account, site.user())
    assert "STARTTLS" in waits(posthorn, site, server)


def test_dane_after_a_change_of_keys(posthorn, account, site):
    """Two records, old and new (RFC 7672 8.1): one that holds is enough."""
    now = site.certificate()
    site.tlsa(site.certificate())
    site.tlsa(now)
    server = site.server(certificate=now)
    send(posthorn, account, site.user())
    assert server.message().tls


@pytest.mark.parametrize("record", [
    "0 1 1 " + "ab" * 32, "1 1 1 " + "ab" * 32, "3 1 7 " + "ab" * 32, "3 1 1 abcd"])
def test_unusable_records_demand_tls_and_no_certificate(posthorn, account, site, strangers, record):
    """RFC 7672 2.2: with records of which none is usable, TLS is a must, the certificate is not."""
    site.publish(f"_25._tcp.{site.host}", "TLSA", record)
    server = site.server(certificate=site.certificate(authority=strangers))
    send(posthorn, account, site.user())
    assert server.message().tls


@pytest.mark.parametrize("held", [True, False])
def test_one_usable_record_decides(posthorn, account, site, strangers, held):
    certificate = site.certificate(authority=strangers)
    site.publish(f"_25._tcp.{site.host}", "TLSA", "1 1 1 " + "ab" * 32)
    site.tlsa(certificate if held else site.certificate())
    server = site.server(certificate=certificate)
    send(posthorn, account, site.user())
    if held:
        assert server.message().tls
    else:
        waits(posthorn, site, server)


def test_unusable_records_and_no_starttls(posthorn, account, site):
    site.publish(f"_25._tcp.{site.host}", "TLSA", "0 1 1 " + "ab" * 32)
    server = site.server()
    send(posthorn, account, site.user())
    waits(posthorn, site, server)


def test_records_that_are_not_signed_mean_nothing(posthorn, account, sites):
    site = sites("plain")
    site.tlsa(site.certificate())
    server = site.server(certificate=site.certificate())
    send(posthorn, account, site.user())
    assert server.message().tls


def test_dane_goes_on_with_the_next_host(posthorn, account, site):
    """What the first one shows is not what was promised; the second one keeps its promise."""
    site.tlsa(site.certificate())
    first = site.server(certificate=site.certificate())
    host, address = f"second.{site.domain}", site.network.address()
    certificate = site.certificate(host)
    site.network.nameserver.add(site.domain, "MX", f"20 {host}.")
    site.network.nameserver.add(host, "A", address)
    site.publish(f"_25._tcp.{host}", "TLSA", tlsa(certificate.crt))
    second = site.server(address=address, certificate=certificate)
    send(posthorn, account, site.user())
    assert second.message().tls
    assert not first.said("MAIL")


# ---- REQUIRETLS

def test_requiretls_to_a_server_that_has_it(posthorn, account, site):
    server = site.server(certificate=site.certificate(), extensions=[*EXTENSIONS, "REQUIRETLS"])
    send(posthorn, account, site.user(), options=["REQUIRETLS"])
    taken = server.message()
    assert taken.tls and "REQUIRETLS" in taken.sender_parameters


@pytest.mark.parametrize("lack", ["extension", "TLS", "certificate"])
def test_requiretls_to_a_server_that_lacks_something(posthorn, account, site, strangers, lack):
    certificate = {"TLS": lambda: None,
                   "certificate": lambda: site.certificate(authority=strangers),
                   "extension": lambda: site.certificate()}[lack]()
    extensions = [*EXTENSIONS, *([] if lack == "extension" else ["REQUIRETLS"])]
    server = site.server(certificate=certificate, extensions=extensions)
    send(posthorn, account, site.user(), options=["REQUIRETLS"])
    _, fields = told(posthorn, account, site.user())
    assert fields["Status"] == "5.7.30"
    assert not server.said("MAIL")


def test_requiretls_is_not_asked_of_what_the_user_did_not_ask_for(posthorn, account, site):
    server = site.server(certificate=site.certificate(), extensions=[*EXTENSIONS, "REQUIRETLS"])
    send(posthorn, account, site.user())
    assert "REQUIRETLS" not in server.message().sender_parameters


@pytest.mark.parametrize("offered", [True, False])
def test_a_notification_goes_to_a_server_without_requiretls_too(posthorn, account, site, offered):
    """RFC 8689 5: it asks for protection where that is offered, and is not lost where it is not."""
    server = site.server(certificate=site.certificate(),
                         extensions=[*EXTENSIONS, *(["REQUIRETLS"] if offered else [])])
    with submission(posthorn, account) as client:
        client.sendmail("", [site.user()], compose("", site.user(), "notified"), ["REQUIRETLS"])
    assert ("REQUIRETLS" in server.message().sender_parameters) == offered


# ---- TLS-Required: No (RFC 8689 4.2.2)

def send_anyway(posthorn, account, site, subject="anyway", **options):
    message = compose(account.address, site.user(), subject, header="TLS-Required: No\r\n")
    submit(posthorn, account, site.user(), message, **options)


@pytest.mark.parametrize("lack", ["certificate", "STARTTLS", "handshake"])
def test_a_user_may_do_without_tls(posthorn, account, site, lack):
    """To tell a postmaster that his certificate is over, say. The field goes on with the message;
    other mail waits."""
    site.tlsa(site.certificate())
    server = site.server(certificate=None if lack == "STARTTLS" else site.certificate(),
                         replies={"STARTTLS": DROP} if lack == "handshake" else {})
    send(posthorn, account, site.user())
    deferred(posthorn, site.user())
    send_anyway(posthorn, account, site)
    taken = server.message()
    assert b"\r\nSubject: anyway\r\n" in taken.octets
    assert b"\r\nTLS-Required: No\r\n" in taken.octets
    assert taken.tls == (lack == "certificate")
    posthorn.mailctl("queue", "remove", f"--to={site.user()}")


def test_tls_is_taken_where_it_is_offered_all_the_same(posthorn, account, site):
    certificate = site.certificate()
    site.tlsa(certificate)
    server = site.server(certificate=certificate)
    send_anyway(posthorn, account, site)
    assert server.message().tls
    left(posthorn, site.user())
    assert log(posthorn, site.user())[0]["tls"].endswith(" dane")


def test_requiretls_goes_before_the_field(posthorn, account, site):
    server = site.server(certificate=site.certificate())
    send_anyway(posthorn, account, site, options=["REQUIRETLS"])
    _, fields = told(posthorn, account, site.user())
    assert fields["Status"] == "5.7.30"
    assert not server.said("MAIL")
