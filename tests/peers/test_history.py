"""What administrators see of each attempt: the host, its address, TLS and what the certificate was
worth, and the reply or what went wrong, whatever became of it."""

import dataclasses

import pytest
from certificates import tlsa
from exchange import compose, log, queue, send, submit
from policies import PolicyServer, policy
from posthorn import wait_until
from scripted import DROP


@dataclasses.dataclass
class Outcome:
    event: str
    status: str
    diagnostic: str
    reached: bool = True  # a host, by its address
    tls: str = ""  # how it ends


def plain(site, **options):
    site.server(**options)


def encrypted(site, **options):
    site.server(certificate=site.certificate(), **options)


def drop_in_data(session, line):
    session._say("354 go ahead")
    session.file.read(1000)
    return DROP


def with_tlsa(site, held):
    shown = site.certificate()
    site.publish(f"_25._tcp.{site.host}", "TLSA", tlsa((shown if held else site.certificate()).crt))
    site.server(certificate=shown)


def with_sts(site, held):
    host, address = f"mta-sts.{site.domain}", site.network.address()
    site.network.nameserver.add(host, "A", address)
    site.publish(f"_mta-sts.{site.domain}", "TXT", '"v=STSv1; id=1"')
    site.network.keep(PolicyServer(address, site.certificate(host), policy("enforce", site.host)))
    site.server(certificate=site.certificate(*([] if held else ["mx.another.plain"])))


# By what happens: the zone, what is there, and what is told of it.
CASES = {
    "delivered": ("example", plain, Outcome("delivered", "2.0.0", "250 2.0.0 kept")),
    "delivered by TLS": ("example", encrypted, Outcome(
        "delivered", "2.0.0", "250 2.0.0 kept", tls=" verified")),
    "delivered by DANE": ("example", lambda site: with_tlsa(site, True), Outcome(
        "delivered", "2.0.0", "250 2.0.0 kept", tls=" dane")),
    "delivered by MTA-STS": ("plain", lambda site: with_sts(site, True), Outcome(
        "delivered", "2.0.0", "250 2.0.0 kept", tls=" sts")),
    "DNS failure": ("broken", plain, Outcome("deferred", "4.4.3", "", reached=False)),
    "refused connection": ("example", lambda site: None, Outcome(
        "deferred", "4.4.1", "no connection to")),
    "refused session": ("example", lambda site: plain(site, replies={"CONNECT": "554 5.7.1 no"}),
                        Outcome("deferred", "4.7.1", "554 5.7.1 no")),
    "no greeting": ("example", lambda site: plain(site, replies={"CONNECT": DROP}),
                    Outcome("deferred", "4.4.2", "did not answer")),
    "wrong certificate by DANE": ("example", lambda site: with_tlsa(site, False), Outcome(
        "deferred", "4.7.5", "does not hold", tls=" unverified")),
    "wrong certificate by MTA-STS": ("plain", lambda site: with_sts(site, False), Outcome(
        "deferred", "4.7.5", "does not hold", tls=" unverified")),
    "no STARTTLS": ("example", lambda site: (
        site.tlsa(site.certificate()), plain(site)), Outcome("deferred", "4.7.4", "STARTTLS")),
    "4xx": ("example", lambda site: encrypted(site, replies={"RCPT": "451 4.2.1 not now"}), Outcome(
        "deferred", "4.2.1", "451 4.2.1 not now", tls=" verified")),
    "5xx": ("example", lambda site: encrypted(site, replies={"RCPT": "550 5.1.1 nobody"}), Outcome(
        "failed", "5.1.1", "550 5.1.1 nobody", tls=" verified")),
    "5xx of the message": ("example", lambda site: plain(site, replies={".": "554 5.6.0 spam"}),
                           Outcome("failed", "5.6.0", "554 5.6.0 spam")),
    "drop in the data": ("example", lambda site: encrypted(site, replies={"DATA": drop_in_data}),
                         Outcome("deferred", "4.4.2", "the connection was lost", tls=" verified")),
    "drop after the data": ("example", lambda site: encrypted(site, replies={".": [DROP]}), Outcome(
        "deferred", "4.4.2", "may have been delivered", tls=" verified")),
}


@pytest.fixture(scope="module")
def told(posthorn, network):
    """All of it at once: the site of each case, and the first line that tells of its attempt."""
    account, found = posthorn.account(), {}
    for name, (zone, begin, _) in CASES.items():
        site = network.site(zone)
        begin(site)
        body = "0123456789\r\n" * 500_000 if name == "drop in the data" else "Text\r\n"
        submit(posthorn, account, site.user(), compose(account.address, site.user(), "told", body))

        def attempts(site=site):
            return [line for line in log(posthorn, site.user())
                    if line["event"] in ("delivered", "deferred", "failed")]

        found[name] = site, wait_until(attempts, f"an attempt: {name}", 60)[-1]
    yield found
    posthorn.mailctl("queue", "remove", f"--from={account.address}")
    network.sweep()


@pytest.mark.parametrize("name", CASES)
def test_an_attempt_is_told_of(posthorn, told, name):
    site, line = told[name]
    outcome = CASES[name][2]
    assert line["event"] == outcome.event and line["status"] == outcome.status
    assert outcome.diagnostic in line["diagnostic"] and line["diagnostic"]
    assert (line["mta"], line["address"]) == (
        (site.host, site.address) if outcome.reached else ("", ""))
    if outcome.tls:
        version, cipher, _ = line["tls"].split()
        assert version == "TLSv1.3" and cipher.startswith("TLS_")
        assert line["tls"].endswith(outcome.tls)
    else:
        assert line["tls"] == ""
    assert line["attempts"] == 1
    shown = posthorn.mailctl("queue", "show", str(line["id"])).stdout
    for text in (outcome.event, outcome.status, outcome.diagnostic, line["mta"], line["tls"]):
        assert text in shown


def test_what_waits_says_why(posthorn, account, site):
    site.server(replies={"RCPT": "451 4.2.1 not now"})
    send(posthorn, account, site.user())
    wait_until(lambda: [entry for entry in queue(posthorn, f"--to={site.user()}")
                        if "451 4.2.1 not now" in entry["diagnostic"]], "the queue says why")
    posthorn.mailctl("queue", "remove", f"--to={site.user()}")
