"""A DNS server that drops what DNSSEC needs, as many a router does: mail leaves, or waits if told."""

import contextlib
import json
import smtplib

import next_hop
from posthorn import started, wait_until


@contextlib.contextmanager
def world(*flags):
    """A system, and the server of far.example, which that DNS names."""
    dns, server = next_hop.Dns("far.example"), next_hop.Server()
    gateway = ["--relay_loopback=true", f"--dns_server=127.0.0.1@{dns.port}",
               f"--relay_port={server.port}", "--log_format=json", *flags]
    options = [part for flag in gateway for part in ("--flag", f"smtp-gateway:{flag}")]
    with started(*options) as system:
        yield system, server


def submit(system, recipient):
    account = system.account()
    with smtplib.SMTP(system.host, system.port("SUBMISSION"), timeout=60) as client:
        client.login(account.address, account.password)
        client.sendmail(account.address, [recipient], b"Subject: out\r\n\r\nhello\r\n")


def told(system, level):
    """What the gateway says of DNSSEC."""
    [log] = (system.state / "log").glob("smtp-gateway*")
    entries = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return [entry for entry in entries if entry["level"] == level
            and "DNSSEC" in entry["message"]]


def test_mail_leaves_with_a_warning():
    with world() as (system, server):
        submit(system, "bob@far.example")
        wait_until(lambda: server.messages, "the message arrives")
        [warning] = told(system, "warning")
        assert "without DANE" in warning["message"] and "dns_server" in warning["remedy"]


def test_mail_waits_if_dnssec_is_required():
    with world("--dnssec=required") as (system, server):
        submit(system, "bob@far.example")

        def tried():
            return [entry for entry in json.loads(
                system.mailctl("queue", "list", "--json").stdout or "[]") if entry["diagnostic"]]

        [entry] = wait_until(tried, "the recipient is deferred")
        assert "DNSSEC" in entry["diagnostic"]
        assert not server.messages
        [error] = told(system, "error")
        assert "dnssec=auto" in error["remedy"]
