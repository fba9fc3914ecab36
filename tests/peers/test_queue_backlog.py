"""A backlog that relay workers share: each recipient is sent to once, every worker has its part, and
a snapshot that is held open in the database does not make claims dearer.

BACKLOG_RECIPIENTS (20,000; 100,000 is the full test) and SNAPSHOT_SECONDS (30; 600 is the full test)
set how much of it. Rates are printed and not judged: the machine is not ours alone."""

import contextlib
import dataclasses
import os
import re
import subprocess
import time

import posthorn as posthorn_module
import pytest
import storm_audit
from hosts import listening
from posthorn import wait_until
from storm_victims import Victim

RECIPIENTS = int(os.environ.get("BACKLOG_RECIPIENTS", "20000"))
SNAPSHOT_SECONDS = int(os.environ.get("SNAPSHOT_SECONDS", "30"))
SITES, WORKERS = 20, 4
CONNECTIONS = 10  # of a worker: fewer than the sites' windows allow, so that all find some
TABLES = "('queue_recipient', 'queue_site', 'queue_slot')"
# A page of a table or an index that was looked at, by all that a recipient went through.
PAGES = f"""
SELECT sum(heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read) FROM pg_statio_user_tables
WHERE relname IN {TABLES}"""
REMOVED = "SELECT n_tup_del FROM pg_stat_user_tables WHERE relname = 'queue_recipient'"


class Sink:
    """smtp-sink that keeps nothing, and counts."""

    def __init__(self, folder, address):
        self.output = folder / "sink.count"
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(["smtp-sink", "-c", "-u", "nobody", f"{address}:25", "500"],
                                            stdout=output, stderr=subprocess.DEVNULL)
        wait_until(lambda: listening(address, 25), f"smtp-sink listens on {address}")

    def count(self):
        return int((re.findall(rb"mesg=(\d+)", self.output.read_bytes()) or [0])[-1])

    def stop(self):
        self.process.kill()
        self.process.wait(20)


@dataclasses.dataclass
class Run:
    """How a backlog was worked off."""
    workers: int
    seconds: float         # from the first delivery to the last, by the database
    shares: list           # messages of each worker
    pages: float           # of the queue's tables, for each recipient
    sink: int              # messages that came to it
    attempts: dict         # attempts -> recipients delivered with so many

    def rate(self):
        return sum(self.attempts.values()) / self.seconds

    def __str__(self):
        return (f"{self.workers} workers: {self.rate():.0f} recipients/s, {self.pages:.1f} pages for "
                f"each, shares {self.shares}")


class Backlog:
    """An alias that leads to a recipient at each site, and workers that are started when it is full."""

    def __init__(self, system, network):
        self.system = system
        hub = network.site()
        self.sink = network.keep(Sink(network.folder, hub.address))
        self.domains = [f"b{number}.{hub.domain}" for number in range(SITES)]
        for domain in self.domains:
            network.nameserver.add(domain, "MX", f"10 {hub.host}.")
            system.mailctl("alias", "add", "all@example.org", f"bob@{domain}")
        network.nameserver.publish()
        self.workers = [Victim(system, "SMTP_GATEWAY", 2 + number, [], None, number,
                               ["--role=relay", f"--relay_connections={CONNECTIONS}"])
                        for number in range(WORKERS)]
        for worker in self.workers:
            worker.take_over()
            worker.end()

    def _suspend(self, suspended):
        """All sites at once."""
        sites = ", ".join(f"('{domain}', 0, {suspended})" for domain in self.domains)
        storm_audit.sql(self.system, f"INSERT INTO queue_site (site, next_due, suspended) VALUES {sites} "
                                     "ON CONFLICT (site) DO UPDATE SET suspended = excluded.suspended")

    def fill(self):
        self._suspend(True)
        messages = RECIPIENTS // SITES
        subprocess.run(["smtp-source", "-s", "10", "-m", str(messages), "-l", "4000", "-f",
                        "sender@remote.example", "-t", "all@example.org",
                        f"inet:{self.system.host}:{self.system.port('SMTP')}"], check=True,
                       capture_output=True, timeout=600)
        waiting = int(self._sql(storm_audit.IN_QUEUE))
        assert waiting == messages * SITES

    def _sql(self, text):
        return storm_audit.sql(self.system, text)[0][0]

    def work_off(self, workers):
        """Runs so many until nothing is left."""
        removed, pages, came = int(self._sql(REMOVED)), float(self._sql(PAGES)), self.sink.count()
        self._sql("TRUNCATE delivery_log; SELECT 1")
        running = self.workers[:workers]
        for worker in running:
            worker.start()
        try:
            wait_until(lambda: all(map(Victim.ready, running)), "the workers are ready")
            self._suspend(False)
            wait_until(lambda: self._sql(storm_audit.IN_QUEUE) == "0", "the queue is empty", 1200)
            shares = [worker.metrics().get("posthorn_relay_messages_total", 0) for worker in running]
        finally:
            for worker in running:
                worker.process.terminate()
            for worker in running:
                worker.process.wait(60)
        # Sessions tell what they have counted after some seconds.
        wait_until(lambda: int(self._sql(REMOVED)) >= removed + RECIPIENTS, "all is counted", 60)
        (milliseconds,), *attempts = storm_audit.sql(
            self.system, "SELECT max(logged_at) - min(logged_at) FROM delivery_log WHERE "
            "event = 'delivered'; SELECT attempts, count(*), count(DISTINCT recipient_id) FROM "
            "delivery_log WHERE event = 'delivered' GROUP BY 1")
        assert all(rows == recipients for _, rows, recipients in attempts)
        run = Run(workers, int(milliseconds) / 1000, [int(share) for share in shares],
                  (float(self._sql(PAGES)) - pages) / RECIPIENTS, self.sink.count() - came,
                  {int(tries): int(rows) for tries, rows, _ in attempts})
        print(run)
        if run.attempts != {1: RECIPIENTS}:
            print(run, *(worker.complaints() for worker in running), sep="\n")
        return run

    def fenced(self):
        return sum(value for instance in (1, 2)
                   for name, value in self.system.metrics("MAILSTORE", instance).items()
                   if name.startswith("posthorn_queue_fenced_total"))

    @contextlib.contextmanager
    def snapshot(self):
        """A transaction that sees the database as it is now, and keeps it from forgetting."""
        holder = subprocess.Popen(["psql", "-X", "-q", "-d", self.system.env["DATABASE_URL"]],
                                  stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        holder.stdin.write(b"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM account;\n")
        holder.stdin.flush()
        held = ("SELECT count(*) FROM pg_stat_activity WHERE backend_xmin IS NOT NULL AND "
                "state = 'idle in transaction' AND application_name = 'psql'")
        try:
            wait_until(lambda: self._sql(held) == "1", "the snapshot is taken")
            yield
            assert self._sql(held) == "1"
        finally:
            holder.kill()
            holder.wait()


@pytest.fixture(scope="module")
def backlog(network):
    with posthorn_module.started("--smtp-gateways", str(1 + WORKERS), "--mailstores", "2",
                                 *network.options(), "--flag",
                                 "smtp-gateway:--role=mx,submission") as system:
        made = Backlog(system, network)
        try:
            yield made
        finally:
            for worker in made.workers:
                worker.end()
            network.sweep()


def check(run):
    assert run.attempts == {1: RECIPIENTS} and run.sink == RECIPIENTS, run
    # Nobody stands by while others work.
    assert min(run.shares) > RECIPIENTS / run.workers / 3, run


def test_two_then_four_workers_share_a_backlog(backlog):
    """I8: without a fault no write is refused, and nothing is sent twice."""
    runs = []
    for workers in (2, 4):
        backlog.fill()
        runs.append(backlog.work_off(workers))
    for run in runs:
        check(run)
    assert backlog.fenced() == 0


def test_a_snapshot_held_open_does_not_slow_claims_down(backlog):
    """Old versions of rows that PostgreSQL has to keep are not read again and again. What a
    recipient costs may double, since rows cannot be changed in place and sites that come to their
    end read what was leased in the last minute; it does not grow with all that has gone through."""
    backlog.fill()
    before = backlog.work_off(2)
    runs = []
    with backlog.snapshot():
        until = time.monotonic() + SNAPSHOT_SECONDS
        while len(runs) < 3 or time.monotonic() < until:
            backlog.fill()
            runs.append(backlog.work_off(2))
    for run in (before, *runs):
        check(run)
    assert backlog.fenced() == 0
    print(f"rate with the snapshot held {SNAPSHOT_SECONDS} s: {runs[-1].rate() / before.rate():.0%}, "
          f"pages: {runs[-1].pages / before.pages:.0%}")
    assert runs[-1].pages < 3 * before.pages, [run.pages for run in (before, *runs)]
