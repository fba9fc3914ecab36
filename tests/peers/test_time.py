"""Mail that cannot be delivered for long: its sender is told of the delay once, and of the end
once."""

import contextlib
import smtplib

import pytest
from exchange import compose, left, log, reports, submission, submit
from posthorn import wait_until

# What was asked for (RFC 3461 4.1), and what is told then.
WISHES = {"": ["delayed", "failed"], "NOTIFY=NEVER": [], "NOTIFY=DELAY": ["delayed"],
          "NOTIFY=FAILURE": ["failed"], "NOTIFY=FAILURE,DELAY": ["delayed", "failed"],
          "NOTIFY=SUCCESS": []}


@contextlib.contextmanager
def impatient(posthorn, account):
    """A mailstore that gives up after seconds."""
    def login():
        with contextlib.suppress(smtplib.SMTPAuthenticationError), submission(posthorn, account):
            return True

    try:
        with posthorn.running("MAILSTORE", "--queue_lifetime=6s", "--delay_notice=1s",
                              "--retry_scale=0.01"):
            wait_until(login, "the gateway knows that mailstore is there")
            yield
    finally:
        wait_until(login, "the gateway knows that mailstore is there")


@pytest.fixture(scope="module")
def times(posthorn, network):
    """Mail that all waited until its time was over: the account of its sender, and each recipient
    by what was wished, or by what was wrong."""
    account = posthorn.account()
    busy, gone, hasty = (network.site() for _ in range(3))
    server = busy.server(replies={"RCPT": "451 4.2.1 not now"})
    hasty.server(replies={"RCPT": "451 4.2.1 not now"}, extensions=["PIPELINING", "DELIVERBY 1"])
    recipients = {wish: busy.user(f"u{number}") for number, wish in enumerate(WISHES)}
    with impatient(posthorn, account):
        for wish, recipient in recipients.items():
            submit(posthorn, account, recipient, compose(account.address, recipient, "late"),
                   rcpt_options=[wish] if wish else [])
        recipients.update(gone=gone.user(), hasty=hasty.user())
        submit(posthorn, account, gone.user(), compose(account.address, gone.user(), "late"))
        submit(posthorn, account, hasty.user(), compose(account.address, hasty.user(), "late"),
               ["BY=3;R"])
        for recipient in recipients.values():
            left(posthorn, recipient)
    network.sweep()
    yield account, recipients, server


def fields_of(posthorn, account, recipient):
    """What was told of a recipient, in order."""
    return [fields for report in reports(posthorn, account) for fields in report.recipients
            if fields["Final-Recipient"].endswith(f"; {recipient}")]


@pytest.mark.parametrize("wish", WISHES)
def test_of_delay_and_end_is_told_what_was_asked_for(posthorn, times, wish):
    account, recipients, _ = times
    told = fields_of(posthorn, account, recipients[wish])
    assert [fields["Action"] for fields in told] == WISHES[wish]


def test_what_a_delay_and_the_end_look_like(posthorn, times):
    account, recipients, server = times
    delayed, failed = fields_of(posthorn, account, recipients[""])
    assert delayed["Status"].startswith("4.") and delayed["Will-Retry-Until"]
    assert failed["Status"].endswith(".4.7")  # RFC 3463: delivery time expired
    for fields in (delayed, failed):
        assert "not now" in fields["Diagnostic-Code"]
    assert len([line for line in server.said("RCPT") if recipients[""] in line]) >= 3
    assert log(posthorn, recipients[""])[0]["event"] == "expired"


def test_a_site_that_is_not_there_at_all(posthorn, times):
    account, recipients, _ = times
    delayed, failed = fields_of(posthorn, account, recipients["gone"])
    assert delayed["Action"] == "delayed" and failed["Status"].endswith(".4.7")
    assert "no connection" in failed["Diagnostic-Code"]


def test_a_time_of_delivery_that_passes(posthorn, times):
    """BY with R (RFC 2852): returned when it is over, well before the queue's own time."""
    account, recipients, _ = times
    assert "failed" in [fields["Action"] for fields in
                        fields_of(posthorn, account, recipients["hasty"])]
