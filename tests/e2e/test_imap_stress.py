"""Ten sessions on one account, over two gateways and two stores, do random things at once, while
messages come in by SMTP; each believes only what the responses say, and all must agree.

STRESS_SECONDS=600 makes it long, STRESS_SEED=N repeats the choices of a run (not its timing)."""

import concurrent.futures
import os
import random
import threading
import time

import imap_raw
from imap_model import Facts, require
from imap_stress import STABLE, Deliveries, Ledger, Names, Session, fresh, quoted

SECONDS = float(os.environ.get("STRESS_SECONDS", "20"))
ROUND_SECONDS = 5.0
KINDS = ["", "", "CONDSTORE", "", "QRESYNC", "", "CONDSTORE", "QRESYNC", "", "QRESYNC"]
KEPT = 25


class Stress:
    def __init__(self, posthorn, account, seed):
        self.posthorn = posthorn
        self.account = account
        self.ledger = Ledger()
        self.names = Names()
        facts = Facts()
        self.truth = [imap_raw.Connection(posthorn.host, posthorn.port("IMAP", i)).login(account)
                      for i in (1, 2)]
        for name in STABLE[1:]:
            self.truth[0].ok(f"CREATE {quoted(name)}")
        self.deliveries = Deliveries(seed, posthorn, account, self.ledger)
        for _ in range(KEPT):
            self.deliveries.step(keep=True)
        self.sessions = [Session(n, seed, posthorn, account, facts, self.ledger, self.names, kind)
                         for n, kind in enumerate(KINDS)]
        self.stop = threading.Event()
        self.steps = 0

    def close(self):
        for each in [*self.truth, *self.sessions, self.deliveries]:
            each.close()

    def _work(self, worker, until):
        steps = 0
        while time.monotonic() < until and not self.stop.is_set():
            try:
                worker.step()
            except Exception as error:
                self.stop.set()
                raise explained(worker, error) from error
            steps += 1
        return steps

    def round(self, pool, seconds):
        until = time.monotonic() + seconds
        work = [pool.submit(self._work, each, until) for each in [*self.sessions, self.deliveries]]
        concurrent.futures.wait(work)
        failures = [each.exception() for each in work if each.exception()]
        if failures:
            raise failures[0]
        self.steps += sum(each.result() for each in work)

    def checkpoint(self):
        """Nobody works: all must see the same, and everything must be where it belongs."""
        listings = [sorted(r[4] for r in imap.ok('LIST "" "*"') if r[1] == b"LIST"
                           and not {b"\\Noselect", b"\\NonExistent"} & set(r[2]))
                    for imap in self.truth]
        require(listings[0] == listings[1], "LIST differs:", listings)
        mailboxes = {}
        for name in (each.decode() for each in listings[0]):
            views = [fresh(imap, name) for imap in self.truth]
            require(views[0] == views[1], "two new sessions see", name, "differently:", *views)
            mailboxes[name] = views[0]
        self.ledger.check([(row.subject, row.flags) for rows in mailboxes.values() for row in rows])
        orders = {}
        for session in self.sessions:
            try:
                name = session.settle()
                if name is not None:
                    session.compare(mailboxes[name])
                    mine = session.orders()
                    require(orders.setdefault(name, mine) == mine, "SORT or THREAD of", name,
                            "differ:", mine, orders[name])
            except Exception as error:
                raise explained(session, error) from error


def explained(worker, error):
    trace = "\n".join(worker.trace)
    kind = getattr(worker, "kind", "SMTP")
    return AssertionError(f"{type(error).__name__}: {error}\nsession {getattr(worker, 'number', '')} "
                          f"({kind or 'plain'}), its last lines:\n{trace}")


def test_ten_sessions_see_the_same_whatever_they_do(posthorn, account):
    seed = int(os.environ.get("STRESS_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"STRESS_SEED={seed}")
    stress = Stress(posthorn, account, seed)
    try:
        with concurrent.futures.ThreadPoolExecutor(len(stress.sessions) + 1) as pool:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                stress.round(pool, min(ROUND_SECONDS, SECONDS))
                stress.checkpoint()
        assert stress.steps > len(stress.sessions) * 5
        print(f"{stress.steps} steps")
    except AssertionError as error:
        raise AssertionError(f"STRESS_SEED={seed}: {error}") from error
    finally:
        stress.close()
