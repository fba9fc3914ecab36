"""A storm: mail is submitted, relayed, returned and delivered here while each process that has to do
with it is killed at every named point, stopped and made to lose answers, and the database crashes."""

import collections
import contextlib
import itertools
import os
import pathlib
import random
import re
import signal
import subprocess
import threading
import time

import posthorn as posthorn_module
import storm_audit
from exchange import reports
from posthorn import wait_until
from storm_ledger import ACCEPTED, BOUNCED, HELD, HUSHED, LOCAL, RELAYED, SLOW, Ledger, sending
from storm_victims import Fault, Kill, KillAt, Stop, Victim, failpoints
from storm_watch import MAILBOXES, Watcher

ROUNDS = int(os.environ.get("STORM_ROUNDS", "1"))
MESSAGES, SENDERS, SITES = 10_000 * ROUNDS, 8, 4
LEASE_SECONDS = 3
HEALED_WITHIN = 150  # seconds after the last fault in which all that is due has been attempted (I10)
LOST_ANSWERS = ",".join(f"store.{step}=error@{time_}" for step, time_ in (
    ("accept.stored", 3), ("accept.committed", 5), ("claim.committed", 4), ("talk.noted", 6),
    ("renew.committed", 1), ("settle.committed", 2)))
STALLS = ",".join(f"store.{step}=stall:{2 * LEASE_SECONDS}@{time_}" for step, time_ in (
    ("accept.enqueued", 5), ("claim.leased", 4), ("settle.written", 3), ("notify.written", 2),
    ("local.written", 1), ("talk.noted", 8)))


def steps(service, seed):
    """What befalls one process: each of its failpoints, and more."""
    planned = {"gateway": [Kill() for _ in range(7)],
               "relay": [Stop(2 * LEASE_SECONDS), Kill(), Stop(2 * LEASE_SECONDS), Kill()],
               "store": [Fault(LOST_ANSWERS), Fault(STALLS)],
               "imap": [Kill() for _ in range(3)]}[service]
    planned = (planned + [KillAt(point) for point in failpoints(service + ".")]) * ROUNDS
    random.Random(seed).shuffle(planned)
    return planned


class Storm:
    """run() does it all; then its fields hold what was found."""

    def __init__(self, system, network):
        self.system = system
        self.ledger, self.numbers = Ledger(), itertools.count(1)
        self.sites = {RELAYED: [network.site() for _ in range(SITES)], SLOW: [network.site()],
                      BOUNCED: [network.site()]}
        self.sites[HUSHED] = self.sites[BOUNCED]
        self.servers = [site.server() for site in self.sites[RELAYED]]
        self.servers.append(self.sites[SLOW][0].server(replies={".": self._slowly}))
        self.refusing = self.sites[BOUNCED][0].server(replies={"RCPT": "550 5.1.1 nobody here"})
        self.here = system.account("here")
        self.senders = system.accounts(SENDERS, "sender")
        self.watcher = Watcher(system, self.here)
        self.victims = [Victim(system, service, instance, steps(kind, f"{service}{instance}"),
                               self.progress, instance, flags)
                        for service, instance, kind, flags in (
                            ("MAILSTORE", 1, "store", ()), ("MAILSTORE", 2, "store", ()),
                            ("SMTP_GATEWAY", 1, "gateway", ["--role=mx,submission"]),
                            ("SMTP_GATEWAY", 2, "gateway", ["--role=mx,submission"]),
                            ("SMTP_GATEWAY", 3, "relay", ["--role=relay"]),
                            ("SMTP_GATEWAY", 4, "relay", ["--role=relay"]),
                            ("IMAP_GATEWAY", 1, "imap", ()))]

    @staticmethod
    def _slowly(session, line):
        """The final reply takes so long that a lease must be renewed."""
        time.sleep(LEASE_SECONDS / 2)

    def progress(self):
        return self.ledger.count(ACCEPTED) / MESSAGES

    def address_of(self, kind):
        number = next(self.numbers)
        if kind in (LOCAL, HELD):
            return self.here.address
        sites = self.sites[kind]
        return sites[number % len(sites)].user(f"{kind}{number}")

    def _sending(self):
        return sending(self.system, self.senders, 2, self.address_of, self.ledger)

    def _empty(self):
        return storm_audit.sql(self.system, storm_audit.IN_QUEUE) == [["0"]]

    def _warm_up(self):
        """So much that every process has opened what it keeps open."""
        senders = self._sending()
        for thread in senders.threads:
            thread.prefix += "w"
        with senders:
            wait_until(lambda: self.ledger.count(ACCEPTED) > MESSAGES / 50, "mail is accepted", 120)
        wait_until(self._empty, "the queue is empty", 60)
        self.files_before = self._quiet_files()

    def _quiet_files(self):
        """Descriptors that each process has open, when nothing has changed for a second."""
        counts, since = None, time.monotonic()
        while time.monotonic() - since < 1:
            now = {victim.name: victim.open_files() for victim in self.victims}
            if now != counts:
                counts, since = now, time.monotonic()
            time.sleep(0.05)
        return counts

    def run(self):
        for victim in self.victims:
            victim.take_over()
        self._warm_up()
        storm_audit.sql(self.system, storm_audit.JOURNAL)
        self.watcher.start()
        began = time.monotonic()
        with self._sending():
            self._rage()
        self.seconds = time.monotonic() - began
        self._heal()
        self._collect()

    def end(self):
        for victim in self.victims:
            victim.end()

    def _rage(self):
        for victim in self.victims:
            victim.thread.start()
        wait_until(lambda: self.progress() >= 0.5, "half of the mail is accepted", 600 * ROUNDS)
        self.crashed_at = time.time()
        crash_database(self.system)
        for victim in self.victims:
            victim.thread.join(600 * ROUNDS)
            assert not victim.thread.is_alive(), f"{victim.name} has not suffered all"
            assert victim.failure is None, victim.failure
        wait_until(lambda: self.progress() >= 1, "all mail is accepted", 600 * ROUNDS)

    def _heal(self):
        began = time.monotonic()
        with contextlib.suppress(AssertionError):  # I10 says it
            wait_until(self._empty, "the queue is empty", HEALED_WITHIN)
        self.healed_in = time.monotonic() - began
        self.left = storm_audit.sql(self.system, storm_audit.LEFT)
        self.complaints = {victim.name: victim.complaints() for victim in self.victims}
        self.watcher.stop()
        self.files_after = self._quiet_files()

    def _collect(self):
        system = self.system
        self.taken = collections.defaultdict(list)  # (identity, address) -> octets, as taken
        for server in self.servers:
            for each in server.accepted():
                name = re.search(rb"(?m)^Subject: (\S+)", each.octets)[1].decode()
                for address in each.paths():
                    self.taken[name, address].append(each.octets)
        self.delivered_here = {mailbox: system.messages(self.here, mailbox)
                               for mailbox in MAILBOXES}
        self.told = collections.Counter()  # (identity, address): failure reports
        for account in self.senders:
            for report in reports(system, account):
                name = report.original()["Message-ID"].strip("<>").partition("@")[0]
                for fields in report.recipients:
                    assert fields["Action"].split()[0].lower() == "failed", fields
                    address = fields["Final-Recipient"].partition(";")[2].strip()
                    self.told[account.address, name, address] += 1
        rows = storm_audit.sql(system, "SELECT event, message_id_field, forward_path, message_id, "
                                       "recipient_id, attempts FROM delivery_log")
        self.log = collections.defaultdict(list)  # (event, identity, address) -> rows
        for event, field, address, *row in rows:
            self.log[event, field.strip("<>").partition("@")[0], address].append(row)
        self.breaches = storm_audit.sql(system, "SELECT * FROM lease_breach LIMIT 20")
        self.lost_leases = collections.defaultdict(list)
        for recipient, data_sent, at in storm_audit.sql(
                system, "SELECT recipient_id, data_sent, extract(epoch FROM at) FROM lease_lost"):
            self.lost_leases[recipient].append((data_sent == "t", float(at)))
        self.kills = sum(victim.killed for victim in self.victims)

    def report(self):
        twice = sum(len(octets) - 1 for octets in self.taken.values())
        outcomes = collections.Counter(entry.outcome for entry in self.ledger.entries.values())
        return (f"{dict(outcomes)}, {self.kills} kills in {self.seconds:.0f} s, healed in "
                f"{self.healed_in:.1f} s; taken by next hops {len(self.taken)}, {twice} of them again; "
                f"leases lost {sum(map(len, self.lost_leases.values()))}; reports "
                f"{sum(self.told.values())}; sessions of the client {self.watcher.sessions}, "
                f"moves {len(self.watcher.moved)}")


def crash_database(system):
    """As by pg_ctl stop -m immediate; then it is started again with what it had."""
    pid = system.pid("POSTGRES")
    command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
    os.kill(pid, signal.SIGQUIT)
    wait_until(lambda: not os.path.exists(f"/proc/{pid}"), "PostgreSQL is gone")
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]
    with open(pathlib.Path(system.env["LOG_DIR"]) / "postgres-again.log", "ab") as log:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True, cwd="/")
    (system.state / "run/postgres-1.pid").write_text(f"{process.pid}\n")
    threading.Thread(target=process.wait, daemon=True).start()


@contextlib.contextmanager
def rage(network):
    with posthorn_module.started("--smtp-gateways", "4", "--mailstores", "2", "--flag",
                                 f"mailstore:--queue_lease={LEASE_SECONDS}s", *network.options(),
                                 # The longest wait of the schedule is within HEALED_WITHIN.
                                 "--flag", "mailstore:--retry_scale=0.001") as system:
        storm = Storm(system, network)
        try:
            storm.run()
            yield storm
        finally:
            storm.end()
