"""Reports of TLS (RFC 8460): who asks for them is told what was so, wherever its TLS has got to."""

import email
import email.policy
import gzip
import json
import time

import pytest
from exchange import deferred, left, log, queue, send
from policies import ReportServer, policy
from posthorn import wait_until
from signatures import verifies
from test_sts import with_policy


class TlsReport:
    """A report, taken apart; its form is checked."""

    def __init__(self, octets, site):
        self.octets = octets
        message = email.message_from_bytes(octets, policy=email.policy.default)
        assert message.get_content_type() == "multipart/report"
        assert message.get_param("report-type") == "tlsrpt"
        assert message["TLS-Report-Domain"] == site.domain
        assert message["TLS-Report-Submitter"] == "example.org"
        assert message["From"] == "postmaster@example.org"
        assert str(message["Subject"]) == (f"Report Domain: {site.domain} Submitter: example.org "
                                           f"Report-ID: {message['Message-ID']}")
        _, attached = message.iter_parts()
        assert attached.get_content_type() == "application/tlsrpt+gzip"
        packed = attached.get_payload(decode=True)
        self.json = json.loads(gzip.decompress(packed))
        assert f"<{self.json['report-id']}>" == message["Message-ID"]
        assert self.json["organization-name"] == "example.org"
        name = attached.get_filename().split("!")
        assert name[:2] == ["example.org", site.domain] and name[3].endswith(".json.gz")
        today = time.strftime("%Y-%m-%dT", time.gmtime(int(name[2])))
        assert self.json["date-range"]["start-datetime"].startswith(today)
        for policy_said in self.json["policies"]:
            assert policy_said["policy"]["policy-domain"] == site.domain


def summed(reports):
    """Sessions by policy, and by policy and what failed, of all reports."""
    successful, failed, details = {}, {}, {}
    for each in (each for report in reports for each in report.json["policies"]):
        kind, summary = each["policy"]["policy-type"], each["summary"]
        successful[kind] = successful.get(kind, 0) + summary["total-successful-session-count"]
        failed[kind] = failed.get(kind, 0) + summary["total-failure-session-count"]
        for failure in each.get("failure-details", []):
            key = kind, failure["result-type"]
            details[key] = details.get(key, 0) + failure["failed-session-count"]
    return successful, failed, details


def ask(site, receiver):
    site.publish(f"_smtp._tls.{site.domain}", "TXT", f'"v=TLSRPTv1; rua=mailto:{receiver}"')


def failed_attempts(posthorn, account, site):
    """Of a message that the site does not get, and which is removed then: one or more."""
    user = site.user("carol")
    send(posthorn, account, user)
    deferred(posthorn, user)
    posthorn.mailctl("site", "suspend", site.domain)
    wait_until(lambda: queue(posthorn, f"--to={user}")[0]["state"] != "active", f"{user} rests")
    posthorn.mailctl("queue", "remove", f"--to={user}")
    posthorn.mailctl("site", "resume", site.domain)
    return len([line for line in log(posthorn, user) if line["event"] == "deferred"])


@pytest.fixture
def reported(posthorn):
    """The reports that servers get of sites, once they tell of so many sessions each."""
    def collect(*wanted):
        def there():
            # What a relay has counted it hands over after half a minute.
            posthorn.mailctl("tls-report", "send", "--today")
            found = []
            for site, server, sessions in wanted:
                reports = [TlsReport(each.octets, site) for each in server.accepted()
                           if each.paths() == [f"tls@{site.domain}"]]
                successful, failed, _ = summed(reports)
                found.append(reports)
                if sum(successful.values()) + sum(failed.values()) < sessions:
                    return None
            return found
        return wait_until(there, "the reports", 120)
    return collect


def test_who_asks_is_told(posthorn, network, account, sites, strangers, reported):
    """Of three domains: one whose certificate holds at first and then does not, one whose policy
    cannot be had, one that has records of DANE which its certificate does not match. All the
    reports get there."""
    sts, broken, dane = sites("plain"), sites("plain"), sites()
    for site in (sts, broken, dane):
        ask(site, f"tls@{site.domain}")
    with_policy(sts, policy("enforce", sts.host))
    with_policy(broken, policy("enforce", broken.host),
                certificate=broken.certificate(f"mta-sts.{broken.domain}", authority=strangers))
    dane.tlsa(dane.certificate(authority=strangers))

    def one_a_connection(session, line):  # what is kept open must not serve the next message
        return "421 4.3.2 one a connection" if session.messages else None

    good = sts.server(certificate=sts.certificate(), replies={"MAIL": one_a_connection})
    send(posthorn, account, sts.user())
    left(posthorn, sts.user())
    good.stop()
    servers = {site.domain: site.server(certificate=site.certificate(authority=strangers))
               for site in (sts, broken, dane)}
    send(posthorn, account, broken.user())
    left(posthorn, broken.user())
    attempts = {site.domain: failed_attempts(posthorn, account, site) for site in (sts, dane)}
    of_sts, of_broken, of_dane = reported(
        (sts, servers[sts.domain], 1 + attempts[sts.domain]), (broken, servers[broken.domain], 2),
        (dane, servers[dane.domain], attempts[dane.domain]))
    assert summed(of_sts) == (
        {"sts": 1}, {"sts": attempts[sts.domain]},
        {("sts", "certificate-not-trusted"): attempts[sts.domain]})
    assert of_sts[0].json["policies"][0]["policy"]["mx-host"] == [sts.host]
    assert summed(of_broken) == ({"no-policy-found": 1, "sts": 0}, {"no-policy-found": 0, "sts": 1},
                                 {("sts", "sts-webpki-invalid"): 1})
    assert summed(of_dane) == ({"tlsa": 0}, {"tlsa": attempts[dane.domain]},
                               {("tlsa", "validation-failure"): attempts[dane.domain]})
    for report in (*of_sts, *of_broken, *of_dane):
        assert verifies(report.octets, network.nameserver)


def test_a_report_is_posted_to_who_asks_for_that(posthorn, network, account, sites, strangers):
    """To three URIs: one takes it, one refuses, and one shows a certificate that does not hold."""
    site = sites()
    servers = {}
    for name, status, authority in (("good", 201, None), ("bad", 500, None),
                                    ("false", 201, strangers)):
        host, address = f"{name}.{site.domain}", network.address()
        network.nameserver.add(host, "A", address)
        certificate = site.certificate(host, authority=authority)
        servers[name] = network.keep(ReportServer(address, certificate, status))
    uris = {name: f"https://{name}.{site.domain}/v1/tls?of={name}" for name in servers}
    site.publish(f"_smtp._tls.{site.domain}", "TXT",
                 f'"v=TLSRPTv1; rua={",".join(uris.values())}"')
    site.server(certificate=site.certificate())
    send(posthorn, account, site.user())
    left(posthorn, site.user())

    def posted():
        posthorn.mailctl("tls-report", "send", "--today")
        return servers["good"].posted and servers["bad"].posted
    wait_until(posted, "both get a report", 120)
    left(posthorn, uris["good"])
    for name in ("good", "bad"):
        path, content_type, octets = servers[name].posted[0]
        assert (path, content_type) == (f"/v1/tls?of={name}", "application/tlsrpt+gzip")
        report = json.loads(gzip.decompress(octets))
        assert report["organization-name"] == "example.org"
        assert report["policies"][0]["policy"]["policy-domain"] == site.domain
        assert report["policies"][0]["summary"]["total-successful-session-count"] >= 1
    assert log(posthorn, uris["good"])[0]["event"] == "delivered"
    for name in ("bad", "false"):
        deferred(posthorn, uris[name])
        posthorn.mailctl("queue", "remove", f"--to={uris[name]}")
    assert not servers["false"].posted
