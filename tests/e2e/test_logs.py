"""The logs: one id of a client's session in the lines of its gateway and of mailstore."""

import pathlib
import re

import pytest

import posthorn as system
from imap_raw import Connection


@pytest.fixture(scope="module")
def talkative():
    """A system whose services tell everything."""
    flags = [each for service in ("mailstore", "smtp-gateway", "imap-gateway")
             for each in ("--flag", f"{service}:--log_level=debug")]
    with system.started(*flags) as running:
        yield running


def line(posthorn, service, pattern):
    """The first line of the service's log with a match: waits for it."""
    path = pathlib.Path(posthorn.env["LOG_DIR"]) / f"{service}-1.log"
    return system.wait_until(lambda: re.search(pattern, path.read_text()),
                             f"{pattern} in the log of {service}")


def test_a_delivery_has_one_session_on_both_sides(talkative):
    account = talkative.account("logged")
    talkative.deliver(account, b"Subject: secret words\r\n\r\nx\r\n", sender="one@remote.example")
    accepted = line(talkative, "smtp-gateway",
                    r'message accepted session="([^"]+)".*from="one@remote.example".*delivery="([^"]+)"')
    assert line(talkative, "mailstore",
                rf'delivered session="{accepted[1]}" delivery="{accepted[2]}" accounts=1\b')
    log = pathlib.Path(talkative.env["LOG_DIR"]) / "mailstore-1.log"
    assert "secret words" not in log.read_text()


def test_a_failed_call_is_logged_with_its_session(talkative):
    account = talkative.account("failed")
    client = Connection(talkative.host, talkative.port("IMAP")).login(account)
    session = line(talkative, "imap-gateway", r'info login session="([^"]+)"')[1]
    assert client.command("SELECT nowhere")[-1][1] == b"NO"
    assert line(talkative, "mailstore",
                rf'call failed session="{session}" request="\w+" code="NOT_FOUND" '
                'reason="REASON_MAILBOX_NOT_FOUND"')
    client.close()


def test_a_refused_recipient_is_logged_with_its_session(talkative):
    """A full account is a failure that operators see at the usual level, info."""
    account = talkative.account("full")
    talkative.mailctl("account", "quota", account.address, "1")
    with talkative.smtp() as smtp:
        smtp.ehlo()
        smtp.docmd("MAIL FROM:<a@remote.example> SIZE=1000")
        code, text = smtp.docmd(f"RCPT TO:<{account.address}>")
        assert code == 452 and text.startswith(b"4.2.2"), (code, text)
    refused = line(talkative, "mailstore",
                   r' info call failed session="([^"]+)" request="ResolveRecipientRequest" '
                   r'code="RESOURCE_EXHAUSTED" reason="REASON_OVER_QUOTA"')
    assert line(talkative, "smtp-gateway", rf'session="{refused[1]}"')
