"""What tests of mail between servers say: submit, arrive, be told."""

import contextlib
import email
import email.policy
import json
import re
import smtplib

from hosts import subject_of
from posthorn import insecure_tls, wait_until


def compose(sender, recipient, subject, body="Text\r\n", header=""):
    return (f"From: {sender}\r\nTo: {recipient}\r\nSubject: {subject}\r\n"
            f"Date: Thu, 26 Nov 2026 08:00:00 +0000\r\n"
            f"Message-ID: <{re.sub('[^a-z0-9]', '.', subject.lower())}@x.example>\r\n{header}"
            f"\r\n{body}").encode()


@contextlib.contextmanager
def submission(posthorn, account):
    """A session over TLS, logged in."""
    with smtplib.SMTP(posthorn.host, posthorn.port("SUBMISSION"), timeout=60) as client:
        client.starttls(context=insecure_tls())
        client.ehlo("client.example")
        client.login(account.address, account.password)
        yield client


def submit(posthorn, account, recipients, message, options=(), rcpt_options=()):
    """A user's message; every recipient is accepted."""
    recipients = [recipients] if isinstance(recipients, str) else recipients
    with submission(posthorn, account) as client:
        refused = client.sendmail(account.address, recipients, message, options, rcpt_options)
        assert not refused, refused


# More than comes with a claim: a worker fetches it, and notes before its final dot that it ends it.
LARGE = "a line of a large message\r\n" * 3000


def send(posthorn, account, recipient, subject="sent", body="Text\r\n", **options):
    """A message that is like any other."""
    submit(posthorn, account, recipient, compose(account.address, recipient, subject, body), **options)


def arrived(posthorn, account, subject, seconds=60):
    """The one message with this subject in the account's INBOX, once it is there."""
    def there():
        return [octets for _, octets in posthorn.messages(account) if subject_of(octets) == subject]
    found = wait_until(there, f"{subject!r} in the INBOX; {journal(posthorn, account)}", seconds)
    assert len(found) == 1
    return found[0]


def journal(posthorn, account):
    """What the log of deliveries tells of an account's mail, for who looks at a failure."""
    return posthorn.mailctl("queue", "log", account.address, check=False).stdout[-3000:]


def queue(posthorn, *filters):
    """Recipients in the queue, as mailctl lists them."""
    text = posthorn.mailctl("queue", "list", "--json", *filters).stdout
    return json.loads(text) if text.strip() else []


def log(posthorn, text):
    """Lines of the log of deliveries, newest first."""
    shown = posthorn.mailctl("queue", "log", text, "--json").stdout
    return json.loads(shown) if shown.strip() else []


def deferred(posthorn, recipient, seconds=60):
    """The queue's entry of a recipient, once an attempt has failed for now."""
    def tried():
        return [entry for entry in queue(posthorn, f"--to={recipient}") if entry["diagnostic"]]
    return wait_until(tried, f"{recipient} is deferred; {log(posthorn, recipient)}", seconds)[0]


def waits(posthorn, site, server):
    """The message to a site stays in the queue, and its server has not seen it: what is said of it.
    It is removed then."""
    entry = deferred(posthorn, site.user())
    posthorn.mailctl("queue", "remove", f"--to={site.user()}")
    assert not server.said("MAIL")
    return entry["diagnostic"]


def left(posthorn, recipient, seconds=60):
    """Returns once the queue has nothing for the recipient."""
    wait_until(lambda: not queue(posthorn, f"--to={recipient}"),
               f"{recipient} leaves the queue; {log(posthorn, recipient)}", seconds)


class Report:
    """A notification (RFC 3464), taken apart; what RFC 3462 wants of it is checked."""

    def __init__(self, octets):
        self.message = email.message_from_bytes(octets, policy=email.policy.default)
        assert self.message.get_content_type() == "multipart/report", octets.decode("latin-1")
        assert self.message.get_param("report-type") == "delivery-status"
        assert self.message["Auto-Submitted"].startswith("auto-")
        parts = list(self.message.iter_parts())
        assert [part.get_content_type() for part in parts[:2]] == ["text/plain",
                                                                  "message/delivery-status"]
        assert parts[2].get_content_type() in ("message/rfc822", "text/rfc822-headers")
        self.text = parts[0].get_content()
        self.fields, *self.recipients = parts[1].get_payload()
        self.returned = parts[2]

    def original(self):
        """The message or header that it returns."""
        if self.returned.get_content_type() == "message/rfc822":
            return self.returned.get_payload(0)
        return email.message_from_string(self.returned.get_content(), policy=email.policy.default)


def reports(posthorn, account):
    return [Report(octets) for _, octets in posthorn.messages(account)
            if b"report-type=" in octets.lower()]


def told(posthorn, account, recipient, action="failed", seconds=60):
    """The account is told once what became of a recipient: the report and its fields for it."""
    def found():
        return [(report, fields) for report in reports(posthorn, account)
                for fields in report.recipients
                if fields["Final-Recipient"].partition(";")[2].strip() == recipient
                and fields["Action"].split()[0].lower() == action]
    result = wait_until(found, f"a report ({action}) of {recipient}; {journal(posthorn, account)}",
                        seconds)
    assert len(result) == 1
    return result[0]
