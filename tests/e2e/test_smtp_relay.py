"""Mail to other servers: from submission through the queue to the next hop, and what comes back."""

import base64
import re
import smtplib
import types

import next_hop
import pytest
from posthorn import started, wait_until
from smtp_raw import RawSmtp

MESSAGE = b"Subject: out\r\nFrom: x\r\n\r\nhello\r\n.dot\r\n"


@pytest.fixture(scope="module")
def world():
    dns, server = next_hop.Dns("far.example"), next_hop.Server()
    gateway = ["--role=mx,submission,relay", "--dns_trust_anchor=", "--relay_loopback=true",
               f"--dns_server=127.0.0.1@{dns.port}", f"--relay_port={server.port}"]
    options = [part for flag in gateway for part in ("--flag", f"smtp-gateway:{flag}")]
    with started(*options, "--flag", "mailstore:--retry_scale=0.001") as system:
        yield types.SimpleNamespace(system=system, server=server)


def submit(world, account, *recipients):
    with smtplib.SMTP(world.system.host, world.system.port("SUBMISSION"), timeout=60) as client:
        client.login(account.address, account.password)
        client.sendmail(account.address, recipients, MESSAGE)


def arrived(world, recipient):
    return [octets for _, recipients, octets in world.server.messages if recipient in recipients]


def reports(world, account):
    return [octets for _, octets in world.system.messages(account) if b"multipart/report" in octets]


def test_mail_arrives_at_the_next_hop(world):
    account = world.system.account()
    submit(world, account, "one@far.example", "two@far.example")
    wait_until(lambda: arrived(world, "two@far.example"), "the message arrives")
    sender, recipients, octets = next(m for m in world.server.messages if "one@far.example" in m[1])
    assert sender == account.address
    assert recipients == ["one@far.example", "two@far.example"]
    assert octets.endswith(b"\r\n\r\nhello\r\n.dot\r\n")


def test_what_is_refused_comes_back(world):
    account = world.system.account()
    world.server.refusals["no@far.example"] = ["550 5.1.1 no such user"]
    submit(world, account, "no@far.example", "yes@far.example")
    [report] = wait_until(lambda: reports(world, account), "the report arrives")
    assert b"Final-Recipient: rfc822; no@far.example\r\n" in report
    assert b"Status: 5.1.1\r\n" in report
    assert b"550 5.1.1 no such user" in report
    assert len(arrived(world, "yes@far.example")) == 1


def test_what_is_deferred_is_tried_again(world):
    account = world.system.account()
    world.server.refusals["later@far.example"] = ["451 4.2.1 not now", "450 4.2.0 nor now"]
    submit(world, account, "later@far.example")
    wait_until(lambda: arrived(world, "later@far.example"), "the message arrives", 60)
    assert world.server.refusals["later@far.example"] == []
    assert len(arrived(world, "later@far.example")) == 1
    assert reports(world, account) == []


def test_a_domain_that_does_not_exist(world):
    account = world.system.account()
    submit(world, account, "x@nowhere.example")
    [report] = wait_until(lambda: reports(world, account), "the report arrives")
    assert b"Status: 5.1.2\r\n" in report


@pytest.mark.parametrize("chunks", [False, True], ids=["data", "bdat"])
def test_attack_01_nothing_is_smuggled_out(world, chunks):
    """What another server could take for the end of the data leaves stuffed, and as one message."""
    account = world.system.account()
    recipient = f"smuggled-{chunks}@far.example"
    text = (b"Subject: x\r\n\r\n.\r\nMAIL FROM:<evil@far.example>\r\n..\r\n...\r\n. \r\n.\r\n" +
            b"RCPT TO:<evil@far.example>\r\nDATA\r\n.")
    with RawSmtp(world.system, "SUBMISSION") as client:
        login(client, account)
        client.envelope(recipient, sender=account.address)
        if chunks:
            client.send(b"BDAT %d LAST\r\n" % len(text) + text)
            assert client.reply().code == 250
        else:
            assert client.data(text.replace(b"\n.", b"\n..") + b"\r\n.\r\n").code == 250
    [octets] = wait_until(lambda: arrived(world, recipient), "the message arrives")
    assert octets.endswith(text.partition(b"\r\n\r\n")[2] + b"\r\n")
    assert arrived(world, "evil@far.example") == []


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r.\r\n", b"\n", b"\r", b"\0\n.\n"],
                         ids=repr)
def test_attack_01_binary_mail_smuggles_nothing_out(world, end):
    """The next hop has no BDAT: bare line ends may not reach it."""
    account = world.system.account()
    recipient = f"binary-{end.hex()}@far.example"
    text = (b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
            b"Content-Transfer-Encoding: binary\r\n\r\n"
            b"a" + end + b"MAIL FROM:<evil@far.example>\r\nRCPT TO:<evil@far.example>\r\nDATA\r\n")
    with RawSmtp(world.system, "SUBMISSION") as client:
        login(client, account)
        client.envelope(recipient, sender=account.address, parameters=" BODY=BINARYMIME")
        client.send(b"BDAT %d LAST\r\n" % len(text) + text)
        assert client.reply().code == 250
    [octets] = wait_until(lambda: arrived(world, recipient), "the message arrives")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)|\0", octets)
    assert b"Content-Transfer-Encoding: base64\r\n" in octets
    assert base64.b64decode(octets.partition(b"\r\n\r\n")[2]) == text.partition(b"\r\n\r\n")[2]
    assert arrived(world, "evil@far.example") == []


def login(client, account):
    client.hello()
    text = base64.b64encode(f"\0{account.address}\0{account.password}".encode()).decode()
    assert client.ask("AUTH PLAIN " + text).code == 235


def test_attack_29_a_storm_of_refusals_is_one_report(world):
    account = world.system.account()
    recipients = [f"storm{number}@far.example" for number in range(50)]
    for recipient in recipients:
        world.server.refusals[recipient] = ["550 5.1.1 no such user"]
    submit(world, account, *recipients)
    [report] = wait_until(lambda: reports(world, account), "the report arrives")
    assert all(b"Final-Recipient: rfc822; %s\r\n" % recipient.encode() in report for recipient in recipients)


def test_attack_29_what_has_no_sender_comes_back_to_nobody(world):
    account = world.system.account()
    world.server.refusals["null@far.example"] = ["550 5.1.1 no such user"]
    with RawSmtp(world.system, "SUBMISSION") as client:
        login(client, account)
        client.envelope("null@far.example", sender="")
        assert client.data(MESSAGE.replace(b"\n.", b"\n..") + b".\r\n").code == 250
    wait_until(lambda: not world.server.refusals["null@far.example"], "it was tried")
    wait_until(lambda: "null@far.example" not in world.system.mailctl("queue", "list").stdout,
               "it leaves the queue")
    submit(world, account, "after@far.example")
    wait_until(lambda: arrived(world, "after@far.example"), "the next message arrives")
    assert reports(world, account) == []
    assert [m for m in world.server.messages if m[0] == ""] == []


def test_who_sends_too_much_is_put_off_and_an_operator_sees_it(world):
    account = world.system.account()
    world.system.mailctl("account", "limit", account.address, "3")
    submit(world, account, "limit1@far.example", "limit2@far.example")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        submit(world, account, "limit3@far.example", "limit4@far.example")
    assert refused.value.smtp_code == 450
    assert refused.value.smtp_error.startswith(b"4.7.1 Sending limit")
    assert world.system.metrics("SMTP_GATEWAY")["posthorn_smtp_sending_limit_total"] == 1
    submit(world, account, account.address)  # mail inside does not count
    assert len(world.system.messages(account)) == 1
    submit(world, world.system.account(), "limit5@far.example")
    wait_until(lambda: arrived(world, "limit5@far.example"), "another user's mail arrives")
    assert arrived(world, "limit3@far.example") == []
