"""MTA-STS (RFC 8461): in a zone without signatures, so that DANE has no say."""

import pytest
from exchange import compose, left, log, send, submit, waits
from policies import PolicyServer, policy


def with_policy(site, text, **options):
    """The site's policy is published and served."""
    host, address = f"mta-sts.{site.domain}", site.network.address()
    site.network.nameserver.add(host, "A", address)
    site.publish(f"_mta-sts.{site.domain}", "TXT", '"v=STSv1; id=20261126"')
    options.setdefault("certificate", site.certificate(host))
    return site.network.keep(PolicyServer(address, text=text, **options))


@pytest.fixture
def plain(sites):
    return sites("plain")


@pytest.mark.parametrize("pattern", ["host", "wildcard"])
def test_sts_enforced_and_kept(posthorn, account, plain, pattern):
    served = with_policy(plain, policy(
        "enforce", plain.host if pattern == "host" else f"*.{plain.domain}"))
    server = plain.server(certificate=plain.certificate())
    send(posthorn, account, plain.user())
    assert server.message().tls
    left(posthorn, plain.user())
    assert log(posthorn, plain.user())[0]["tls"].endswith(" sts")
    assert served.paths == ["/.well-known/mta-sts.txt"]


@pytest.mark.parametrize("fault", ["strangers", "expired", "another name", "no STARTTLS",
                                   "another host"])
def test_sts_enforced_and_broken(posthorn, account, plain, strangers, fault):
    host = "mx.another.plain" if fault == "another host" else plain.host
    with_policy(plain, policy("enforce", host))
    certificate = {"strangers": lambda: plain.certificate(authority=strangers),
                   "expired": lambda: plain.certificate(days=-1),
                   "another name": lambda: plain.certificate("mx.another.plain"),
                   "no STARTTLS": lambda: None}.get(fault, plain.certificate)()
    server = plain.server(certificate=certificate)
    send(posthorn, account, plain.user())
    waits(posthorn, plain, server)


@pytest.mark.parametrize("mode", ["testing", "none"])
@pytest.mark.parametrize("fault", ["strangers", "no STARTTLS"])
def test_sts_that_is_not_enforced_lets_mail_go(posthorn, account, plain, strangers, mode, fault):
    with_policy(plain, policy(mode, plain.host))
    certificate = plain.certificate(authority=strangers) if fault == "strangers" else None
    server = plain.server(certificate=certificate)
    send(posthorn, account, plain.user())
    assert server.message().tls == (certificate is not None)


@pytest.mark.parametrize("fault", ["certificate", "redirect", "missing", "nonsense", "large"])
def test_an_sts_policy_that_cannot_be_had_is_none(posthorn, account, plain, strangers, fault):
    """RFC 8461 3.3: nobody without the right certificate can put a policy on a domain."""
    text, options = policy("enforce", "mx.another.plain"), {}
    if fault == "certificate":
        options["certificate"] = plain.certificate(f"mta-sts.{plain.domain}", authority=strangers)
    elif fault in ("redirect", "missing"):
        options["status"] = {"redirect": 302, "missing": 404}[fault]
    elif fault == "nonsense":
        text = "<html>no policy</html>"
    else:
        text += "padding: " + "x" * 70_000 + "\r\n"
    with_policy(plain, text, **options)
    server = plain.server()
    send(posthorn, account, plain.user())
    assert not server.message().tls


def test_a_user_may_do_without_sts(posthorn, account, plain, strangers):
    """TLS-Required: No (RFC 8689): also to a host that the policy does not name."""
    with_policy(plain, policy("enforce", "mx.another.plain"))
    server = plain.server(certificate=plain.certificate(authority=strangers))
    submit(posthorn, account, plain.user(),
           compose(account.address, plain.user(), "anyway", header="TLS-Required: No\r\n"))
    assert server.message().tls


def test_dane_goes_before_sts(posthorn, account, site, strangers):
    """RFC 8461 2: a policy that the certificate would break does not count beside TLSA records."""
    certificate = site.certificate(authority=strangers)
    site.tlsa(certificate)
    with_policy(site, policy("enforce", "mx.another.example"))
    server = site.server(certificate=certificate)
    send(posthorn, account, site.user())
    assert server.message().tls
