"""The logs: JSON, with one id of a client's session in the lines of its gateway and of mailstore."""

import base64
import datetime
import json
import pathlib
import poplib

import pytest

import posthorn as system
from imap_raw import Connection
from smtp_raw import RawSmtp

SERVICES = ("mailstore", "smtp-gateway", "pop3-gateway", "imap-gateway")


@pytest.fixture(scope="module")
def talkative():
    """A system whose services tell everything, in the format that is the default."""
    flags = [each for service in SERVICES for flag in ("--log_level=debug", "--log_format=json")
             for each in ("--flag", f"{service}:{flag}")]
    with system.started(*flags) as running:
        yield running


def lines(posthorn, service):
    """What a service has logged so far: one that is being written is no line yet."""
    text = (pathlib.Path(posthorn.env["LOG_DIR"]) / f"{service}-1.log").read_text()
    return text[:text.rfind("\n") + 1].splitlines()


def entry(posthorn, service, message, **fields):
    """The first entry with this message and these fields: waits for it."""
    wanted = {"message": message, **fields}

    def find():
        for line in lines(posthorn, service):
            logged = json.loads(line)
            if wanted.items() <= logged.items():
                return logged

    return system.wait_until(find, f"{wanted} in the log of {service}")


def test_a_delivery_has_one_session_on_both_sides(talkative):
    account = talkative.account("logged")
    talkative.deliver(account, b"Subject: secret words\r\n\r\nx\r\n", sender="one@remote.example")
    accepted = entry(talkative, "smtp-gateway", "message accepted", **{"from": "one@remote.example"})
    assert entry(talkative, "mailstore", "delivered", session=accepted["session"],
                 delivery=accepted["delivery"], accounts=1)
    assert "secret words" not in "\n".join(lines(talkative, "mailstore"))


def test_what_a_client_says_of_itself_is_logged_once(talkative):
    account = talkative.account("named")
    client = Connection(talkative.host, talkative.port("IMAP"))
    # Roundcube sends ID before login and after it; anybody could fill the log with it.
    client.ok('ID ("name" "first" "version" NIL "os" {4+}\r\na\rb\n)')
    client.login(account)
    session = entry(talkative, "imap-gateway", "login")["session"]
    for _ in range(3):
        client.ok('ID ("name" "again")')
        client.ok("ID NIL")
    client.ok("SELECT INBOX")
    client.close()
    assert "name=first" in entry(talkative, "imap-gateway", "client", session=session)["id"]
    entry(talkative, "imap-gateway", "session ends", session=session)
    said = [json.loads(line) for line in lines(talkative, "imap-gateway")]
    assert len([each for each in said if each["message"] == "client"
                and each["session"] == session]) == 1
    # What is too long is cut.
    client = Connection(talkative.host, talkative.port("IMAP"))
    client.ok('ID ("name" "' + "x" * 1000 + '")')
    client.close()
    logged = system.wait_until(lambda: [each for each in map(json.loads, lines(
        talkative, "imap-gateway")) if "xxx" in each.get("id", "")], "the long name is logged")
    assert len(logged[0]["id"]) <= 256


def test_a_failed_call_is_logged_with_its_session(talkative):
    account = talkative.account("failed")
    client = Connection(talkative.host, talkative.port("IMAP")).login(account)
    assert client.command("SELECT nowhere")[-1][1] == b"NO"
    failed = entry(talkative, "mailstore", "call failed", code="NOT_FOUND",
                   reason="REASON_MAILBOX_NOT_FOUND")
    client.close()
    assert entry(talkative, "imap-gateway", "login", session=failed["session"])


def test_a_maildrop_in_use_is_logged_with_the_session_that_asked(talkative):
    account = talkative.account("in-use")
    holder = talkative.pop3(account)
    with pytest.raises(poplib.error_proto, match=r"\[IN-USE\]"):
        talkative.pop3(account)
    failed = entry(talkative, "mailstore", "call failed", request="LockMaildropRequest",
                   reason="REASON_MAILDROP_IN_USE")
    assert entry(talkative, "pop3-gateway", "session ended", session=failed["session"])
    holder.quit()


def test_a_refused_recipient_is_logged_with_its_session(talkative):
    """A full account is a failure that operators see at the usual level, info."""
    account = talkative.account("full")
    talkative.mailctl("account", "quota", account.address, "1")
    with talkative.smtp() as smtp:
        smtp.ehlo()
        smtp.docmd("MAIL FROM:<a@remote.example> SIZE=1000")
        code, text = smtp.docmd(f"RCPT TO:<{account.address}>")
        assert code == 452 and text.startswith(b"4.2.2"), (code, text)
    refused = entry(talkative, "mailstore", "call failed", level="info",
                    request="ResolveRecipientRequest", code="RESOURCE_EXHAUSTED",
                    reason="REASON_OVER_QUOTA")
    assert entry(talkative, "smtp-gateway", "session ends", session=refused["session"])


@pytest.mark.parametrize("service", SERVICES)
def test_every_line_is_json_that_tells_when_how_grave_and_what(talkative, service):
    entries = [json.loads(line) for line in lines(talkative, service)]
    assert entries
    for logged in entries:
        datetime.datetime.strptime(logged["time"], "%Y-%m-%dT%H:%M:%S.%fZ")
        assert logged["level"] in ("debug", "info", "warning", "error"), logged
        assert logged["message"] and logged["service"] == service, logged


def test_attack_38_no_password_is_logged(talkative):
    """Neither one that was right, nor wrong, nor in the wrong place, in whatever form it was sent."""
    account = talkative.account("careful")
    right = base64.b64encode(f"\0{account.address}\0{account.password}".encode()).decode()
    wrong = base64.b64encode(f"\0{account.address}\0not-the-password".encode()).decode()
    swapped = base64.b64encode(f"\0{account.password}\0{account.address}".encode()).decode()
    with RawSmtp(talkative, "SUBMISSION") as client:
        client.hello()
        assert [client.ask("AUTH PLAIN " + each).code for each in (wrong, swapped, right)] == [535, 535, 235]
        client.ask("PASS " + account.password)  # a command that there is not

    def logins():
        return sum('"message":"login"' in line for line in lines(talkative, "imap-gateway"))

    before = logins()
    session = Connection(talkative.host, talkative.port("IMAP"))
    session.command(f'LOGIN "{account.address}" "not-the-password"')
    session.login(account)
    session.close()
    system.wait_until(lambda: logins() > before, "the login is logged")
    for service in SERVICES:
        text = "\n".join(lines(talkative, service))
        for secret in (account.password, "not-the-password", right, wrong, swapped):
            assert secret not in text, service
