"""Single faults while mail leaves, each at its point: a late result, a lost answer, a worker that is
killed around the final dot, one that is slow. Many at once: test_queue_storm.py."""

import contextlib
import signal
import subprocess
import threading

import posthorn as posthorn_module
import pytest
from exchange import LARGE, left, log, send, told
from posthorn import wait_until
from scripted import HANG
from storm_victims import Victim

LEASE_SECONDS = 3
STORES = (1, 2)


class Cluster:
    """A gateway, two workers of which one runs, and two stores."""

    def __init__(self, system):
        self.system = system
        self.account = system.account("sender")
        self.first, self.second = (Victim(system, "SMTP_GATEWAY", instance, [], None, instance,
                                          ["--role=relay"]) for instance in (2, 3))
        self.stores = [Victim(system, "MAILSTORE", instance, [], None, instance)
                       for instance in STORES]
        for each in (*self.stores, self.first, self.second):
            each.take_over()
        self.second.end()

    def send(self, recipient, body="Text\r\n"):
        """Once a store can be reached; no doubt is left."""
        def sent():
            with contextlib.suppress(Exception):
                send(self.system, self.account, recipient, body=body)
                return True
        wait_until(sent, "a message is accepted", 60)

    def restart_stores(self, faults=""):
        for store in self.stores:
            store.end()
            store.start(faults)

        wait_until(lambda: all(map(Victim.ready, self.stores)), "the stores are ready", 60)

    def fenced(self):
        return sum(store.metrics().get("posthorn_queue_fenced_total", 0) for store in self.stores)

    def events(self, recipient):
        """What the log has, oldest first, and the attempts that the last of it took."""
        lines = log(self.system, recipient)
        return [line["event"] for line in reversed(lines)], lines[0]["attempts"]

    def end(self):
        for each in (self.first, self.second, *self.stores):
            each.end()


@pytest.fixture(scope="module")
def cluster(network):
    with posthorn_module.started("--smtp-gateways", "3", "--mailstores", "2", *network.options(),
                                 "--flag", "smtp-gateway:--role=mx,submission", "--flag",
                                 f"mailstore:--queue_lease={LEASE_SECONDS}s") as system:
        made = Cluster(system)
        try:
            yield made
        finally:
            made.end()


def test_a_late_result_is_refused(cluster, site):
    """I8: a worker that stood still beyond its lease finds another one has been there. Its result is
    counted and changes nothing."""
    asked, go = threading.Event(), threading.Event()

    def slowly(session, line):
        if not asked.is_set():
            asked.set()
            go.wait(60)

    server = site.server(replies={".": slowly})
    before = cluster.fenced()
    cluster.send(site.user())
    assert asked.wait(30)
    cluster.first.process.send_signal(signal.SIGSTOP)
    try:
        cluster.second.start()
        wait_until(server.accepted, "the other worker has sent it", 60)
        left(cluster.system, site.user())
    finally:
        go.set()
        cluster.first.process.send_signal(signal.SIGCONT)
    wait_until(lambda: cluster.fenced() == before + 1, "the late result is refused")
    cluster.second.end()
    assert len(server.accepted()) == 2
    # Calls of the one that stands still may have waited for work, and got it in vain.
    events, attempts = cluster.events(site.user())
    assert events == ["queued", "delivered"] and attempts >= 2


def test_a_slow_worker_keeps_its_lease(cluster, site):
    """I8: leases are renewed for as long as a next hop takes."""
    server = site.server()
    before = cluster.fenced()
    cluster.first.end()
    cluster.first.start(f"relay.talk.permitted=stall:{3 * LEASE_SECONDS}")
    cluster.second.start()
    cluster.send(site.user())
    assert server.message()
    left(cluster.system, site.user())
    cluster.second.end()
    assert cluster.events(site.user()) == (["queued", "delivered"], 1)
    assert len(server.accepted()) == 1 and cluster.fenced() == before


@pytest.mark.parametrize("verb, times", [("DATA", 1), (".", 2)], ids=["before the dot", "after it"])
def test_a_worker_killed_around_the_final_dot(cluster, site, verb, times):
    """I3: what may have been delivered is sent again, what cannot have been is sent once."""
    server = site.server(replies={verb: [HANG]})
    cluster.send(site.user())
    if verb == ".":
        wait_until(lambda: server.transactions, "the message is at the next hop, without a result")
    else:
        wait_until(lambda: server.said(verb), f"{verb} is at the next hop")
    cluster.first.end()
    cluster.first.start()
    wait_until(server.accepted, "it is sent again", 60)
    left(cluster.system, site.user())
    assert len(server.transactions) == times and len(server.accepted()) == 1
    assert cluster.events(site.user()) == (["queued", "delivered"], 2)


@pytest.mark.parametrize("point, attempts", [("accept.stored", 1), ("accept.committed", 1),
                                             ("claim.committed", 2), ("talk.noted", 1),
                                             ("settle.committed", 1)])
def test_a_lost_answer_changes_nothing(cluster, site, point, attempts):
    """I1, I3: each store does what it is asked for and does not say so, once. What was accepted is
    there once, and sent once."""
    server = site.server()
    cluster.restart_stores(f"store.{point}=error")
    cluster.send(site.user(), LARGE if point == "talk.noted" else "Text\r\n")
    left(cluster.system, site.user())
    cluster.restart_stores()
    delivered = [line for line in log(cluster.system, site.user()) if line["event"] == "delivered"]
    assert len(delivered) == 1 and len(server.accepted()) == 1
    # A claim that is lost at one store may be lost at the other one too.
    assert attempts <= delivered[0]["attempts"] <= 2 * attempts


def test_a_lost_answer_notifies_once(cluster, site):
    """I9: the report of a failure is written with the result, and the repeated call writes none."""
    site.server(replies={"RCPT": "550 5.1.1 nobody here"})
    cluster.restart_stores("store.settle.committed=error")
    cluster.send(site.user())
    assert told(cluster.system, cluster.account, site.user())
    left(cluster.system, site.user())
    cluster.restart_stores()
    assert told(cluster.system, cluster.account, site.user())
    assert cluster.events(site.user())[0].count("failed") == 1


def test_a_killed_worker_takes_no_work_with_it(cluster, site):
    """Its calls that waited for work end with it: what comes next is not leased to the dead."""
    server = site.server()
    cluster.first.end()
    cluster.first.start()
    cluster.send(site.user())
    assert server.message()
    left(cluster.system, site.user())
    assert cluster.events(site.user()) == (["queued", "delivered"], 1)


def test_a_misspelt_failpoint_stops_the_process(cluster):
    """It is armed by the environment alone, and never in part."""
    start = cluster.system.env["SMTP_GATEWAY_START_3"]
    for faults in ("relay.talk.replyed=kill", "relay.talk.replied=error", "relay.talk.replied="):
        done = subprocess.run([start], env={"PATH": "/usr/bin:/bin", "POSTHORN_FAILPOINTS": faults},
                              capture_output=True, text=True, timeout=60)
        assert done.returncode == 2 and "POSTHORN_FAILPOINTS" in done.stderr, done
