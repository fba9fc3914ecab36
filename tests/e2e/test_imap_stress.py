"""Ten sessions on one account, over two gateways and two stores, do random things at once, while
messages come in by SMTP; each believes only what the responses say, and all must agree.

STRESS_SECONDS=600 makes it long, STRESS_SEED=N repeats the choices of a run (not its timing),
STRESS_TRACE=N shows more of what was said."""

import concurrent.futures
import os
import random
import threading
import time

import imap_raw
import pytest
from imap_ledger import STABLE, Ledger, Names, modified_utf7
from imap_model import Facts, require
from imap_stress import Deliveries, Session, fresh, quoted

SECONDS = float(os.environ.get("STRESS_SECONDS", "20"))
ROUND_SECONDS = 5.0
SESSIONS = ["", "", "IMAP4rev2", "CONDSTORE COMPRESS", "QRESYNC", "UIDONLY CONDSTORE", "NOTIFY",
            "DELAYED QRESYNC", "LATE COMPRESS", "IMAP4rev2 QRESYNC UIDONLY NOTIFY COMPRESS"]
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
            self.truth[0].ok(f"CREATE {quoted(modified_utf7(name))}")
        self.deliveries = Deliveries(seed, posthorn, account, self.ledger)
        for _ in range(KEPT):
            self.deliveries.step(keep=True)
        self.sessions = [
            Session(n, seed, posthorn, account, facts, self.ledger, self.names, modes.split())
            for n, modes in enumerate(SESSIONS)]
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
        listings = [sorted(r[4].decode() for r in imap.ok('LIST "" "*"') if r[1] == b"LIST"
                           and not {b"\\Noselect", b"\\NonExistent"} & set(r[2]))
                    for imap in self.truth]
        require(listings[0] == listings[1], "LIST differs:", listings)
        known = {modified_utf7(name): name for name in self.names.keeping() + self.names.scratch()}
        mailboxes = {}
        for wire in listings[0]:
            views = [fresh(imap, wire) for imap in self.truth]
            require(views[0] == views[1], "two new sessions see", wire, "differently:", *views)
            mailboxes[known.get(wire, wire)] = views[0]
        require(set(known.values()) <= set(mailboxes), "LIST leaves out some of", known)
        self.ledger.check([(row.subject, row.flags) for rows, _, _ in mailboxes.values()
                           for row in rows])
        for session in self.sessions:
            try:
                name = session.settle()
                if name is not None:
                    rows, orders, _ = mailboxes[name]
                    session.compare(rows)
                    require(session.orders() == orders, "SORT or THREAD of", name, "differ from",
                            orders)
            except Exception as error:
                raise explained(session, error) from error


def explained(worker, error):
    trace = "\n".join(worker.trace)
    modes = " ".join(sorted(getattr(worker, "modes", ["SMTP"]))) or "plain"
    return AssertionError(f"{type(error).__name__}: {error}\nsession {getattr(worker, 'number', '')} "
                          f"({modes}), its last lines:\n{trace}")


@pytest.fixture
def apart(posthorn):
    with posthorn.apart("IMAP_GATEWAY", "SMTP_GATEWAY"):
        yield


def written(posthorn):
    """Changes that each mailstore has committed."""
    return [sum(value for name, value in posthorn.metrics("MAILSTORE", instance).items()
                if name.startswith("posthorn_store_operations_total") and 'outcome="ok"' in name)
            for instance in (1, 2)]


def test_ten_sessions_see_the_same_whatever_they_do(posthorn, account, apart):
    seed = int(os.environ.get("STRESS_SEED", random.SystemRandom().randrange(1 << 32)))
    print(f"STRESS_SEED={seed}")
    before = written(posthorn)
    stress = Stress(posthorn, account, seed)
    try:
        with concurrent.futures.ThreadPoolExecutor(len(stress.sessions) + 1) as pool:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                stress.round(pool, min(ROUND_SECONDS, SECONDS))
                stress.checkpoint()
        assert stress.steps > len(stress.sessions) * 5
        shares = [now - earlier for now, earlier in zip(written(posthorn), before)]
        print(f"{stress.steps} steps, {shares} changes")
        assert min(shares) > stress.steps / 20, "both mailstores wrote"
    except AssertionError as error:
        raise AssertionError(f"STRESS_SEED={seed}: {error}") from error
    finally:
        stress.close()
