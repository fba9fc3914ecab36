"""A gateway that stops in the middle of sending: what was not sent to its end goes back to the queue
at once and counts as no attempt; what was is awaited, so that nothing is sent twice."""

import contextlib
import os
import signal
import socket
import threading

import pytest
from exchange import left, log, queue, send
from posthorn import wait_until
from scripted import HANG
from smtp_raw import RawSmtp

SECONDS = 20  # far less than the waits that are cut short, and than --drain_seconds


def is_running(pid):
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture(autouse=True)
def there_again(posthorn):
    yield
    posthorn.up()


@contextlib.contextmanager
def drain(posthorn):
    """Begins one; when the block is over it has ended by itself."""
    pid = posthorn.pid("SMTP_GATEWAY")
    try:
        with RawSmtp(posthorn, "SUBMISSION") as witness:
            os.kill(pid, signal.SIGTERM)
            assert witness.reply().code == 421
        yield
        wait_until(lambda: not is_running(pid), "the gateway ends", SECONDS)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "the gateway is gone")


class Once:
    """Falls silent the first time, and lets it be known."""

    def __init__(self):
        self.reached = threading.Event()

    def __call__(self, session, line):
        if self.reached.is_set():
            return None
        self.reached.set()
        return HANG


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "STARTTLS", "MAIL", "RCPT", "DATA"])
def test_what_is_not_sent_to_its_end_goes_back(posthorn, account, site, verb):
    silent = Once()
    server = site.server(replies={verb: silent}, certificate=site.certificate())
    send(posthorn, account, site.user())
    assert silent.reached.wait(60)
    with drain(posthorn):
        pass
    entry, = queue(posthorn, f"--to={site.user()}")
    assert entry["attempts"] == 0 and entry["state"] == "waiting" and not entry["diagnostic"]
    posthorn.up()
    assert server.message().paths() == [site.user()]
    left(posthorn, site.user())
    assert [line["event"] for line in log(posthorn, site.user())] == ["delivered", "queued"]


def test_an_answer_that_is_due_is_awaited(posthorn, account, site):
    dot, answer = threading.Event(), threading.Event()

    def slowly(session, line):
        dot.set()
        answer.wait(60)

    server = site.server(replies={".": slowly})
    send(posthorn, account, site.user())
    assert dot.wait(60)
    with drain(posthorn):
        answer.set()
    assert not queue(posthorn, f"--to={site.user()}")
    posthorn.up()
    assert len(server.transactions) == 1
    assert [line["event"] for line in log(posthorn, site.user())] == ["delivered", "queued"]


@pytest.fixture
def silent_dns():
    """The address of a DNS server that takes questions and answers none."""
    address = "127.25.0.54"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind((address, 53))
        with socket.create_server((address, 53)):
            yield address


def test_a_dns_that_never_answers_stops_nobody(posthorn, account, sites, silent_dns):
    """With one worker: it is done with a domain after a while, and goes on with the next one. A
    worker that is killed meanwhile takes nothing with it."""
    killed, first, second = sites(), sites(), sites()
    servers = [site.server() for site in (killed, first, second)]
    flags = [f"--dns_server={silent_dns}", "--dns_trust_anchor=", "--relay_connections=1"]

    def leased(site):
        return [e for e in queue(posthorn, f"--to={site.user()}") if e["attempts"] == 1]

    gateway = posthorn.in_foreground("SMTP_GATEWAY", *flags)
    try:
        send(posthorn, account, killed.user())
        wait_until(lambda: leased(killed), "it is under way")
        gateway.kill()
        gateway.wait()
        gateway = posthorn.in_foreground("SMTP_GATEWAY", *flags)
        for site in (first, second):
            send(posthorn, account, site.user())
        for site in (first, second):
            wait_until(lambda: [line for line in log(posthorn, site.user())
                                if line["event"] == "deferred" and line["status"] == "4.4.3"],
                       "the attempt ends", 100)
        gateway.terminate()
        assert gateway.wait(SECONDS) == 0
    finally:
        gateway.kill()
        gateway.wait()
    posthorn.up()
    # That of the killed worker is due when its lease is over.
    for site in (killed, first, second):
        left(posthorn, site.user(), 120)
    assert [len(server.accepted()) for server in servers] == [1, 1, 1]
