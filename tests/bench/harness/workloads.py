"""What is measured: the rows of the report, and the driver's arguments that give each."""

from dataclasses import dataclass, field

from .side import (DELIVERY_ACCOUNTS, LARGE_ACCOUNTS, MILLION_ACCOUNT, NOTIFIED_ACCOUNT,
                   WORK_ACCOUNTS)


@dataclass
class Figure:
    """One value that a workload yields. `goal` is ("ratio", least) or ("value", most)."""

    key: str
    title: str
    unit: str
    better: str = "higher"
    goal: tuple = ("ratio", 1.0)


@dataclass
class Workload:
    """A driver invocation, timed. `arguments` maps option to value."""

    name: str
    driver: str
    arguments: dict
    figures: list
    once: bool = False    # not repeated
    warm_up: bool = False
    needs: list = field(default_factory=list)
    side: str = ""        # only this one
    only_for: dict = field(default_factory=dict)  # side -> arguments that differ there
    settle: bool = False  # wait for what earlier rows left behind in the server


@dataclass
class Sizes:
    messages_1: int = 3000      # delivered over one connection
    messages_50: int = 10000    # delivered over fifty
    accounts: int = DELIVERY_ACCOUNTS[1]
    logins: int = 3000
    middle: int = 10000         # messages in the middle mailbox
    large: int = 100000
    work: int = 2000            # messages in each mailbox of the working accounts
    appends_1: int = 2000
    appends_10: int = 5000
    appends_16: int = 6000
    appends_50: int = 10000
    mixed: int = 20000
    million: int = 1_000_000
    stores_1: int = 10000
    stores_16: int = 20000
    stores_large: int = 2000    # in the middle and in the large mailbox
    idle: int = 2000
    relayed: int = 10000        # messages over fifty connections to elsewhere
    smtp_idle: int = 2000
    smtp_idle_peers: int = 90   # a process each
    notifications: int = 200
    runs: int = 3
    all_of_large: bool = True   # of the large mailbox also what the middle one shows


FULL = Sizes()
SMOKE = Sizes(messages_1=60, messages_50=200, accounts=40, logins=100, middle=200, large=400,
              work=50, appends_1=50, appends_10=60, appends_16=100, appends_50=200,
              mixed=400, relayed=200, smtp_idle=40, smtp_idle_peers=10, million=600,
              stores_1=100, stores_16=200, stores_large=100, idle=40,
              notifications=5, runs=1, all_of_large=False)


def _count(number):
    return f"{number:,}"


def _delivery(sizes, clients, count):
    goal = ("ratio", 8.0) if clients == 50 else ("ratio", 1.0)
    work = f"SMTP, 4 KB, {clients} connection{'s' if clients > 1 else ''}"
    p99_goal = ("value", 100.0) if clients == 50 else ("ratio", 1.0)
    return Workload(
        f"delivery-{clients}", "delivery",
        {"clients": clients, "count": count, "accounts": sizes.accounts},
        [Figure("visible_per_s", f"{work}: delivered and visible in IMAP", "messages/s",
                goal=goal),
         Figure("accepted_per_s", f"{work}: accepted", "messages/s"),
         Figure("p50_ms", f"{work}: final dot to 250, median", "ms", "lower", None),
         Figure("p99_ms", f"{work}: final dot to 250, 99th percentile", "ms", "lower",
                p99_goal)])


def _logins(sizes, clients):
    return Workload(
        f"login-{clients}", "login",
        {"clients": clients, "count": sizes.logins, "accounts": sizes.accounts},
        [Figure("per_s", f"IMAP login, SELECT, logout, {clients} at a time", "sessions/s")],
        warm_up=True, settle=True)


def _fills(sizes):
    title = "filling through IMAP (MULTIAPPEND if offered, else pipelined APPEND)"
    for name, first, count in (("middle", LARGE_ACCOUNTS[0], sizes.middle),
                               ("large", LARGE_ACCOUNTS[0] + 1, sizes.large)):
        yield Workload(f"fill-{name}", "fill", {"first": first, "count": count, "clients": 4},
                       [Figure("per_s", f"{title}, {_count(count)}", "messages/s")], once=True)
    yield Workload("fill-work", "fill",
                   {"first": WORK_ACCOUNTS[0], "accounts": WORK_ACCOUNTS[1],
                    "count": sizes.work, "clients": 2}, [], once=True)


def _fetches(sizes):
    kinds = (("flags", "(FLAGS)"), ("envelope", "(ENVELOPE)"),
             ("summary", "(UID FLAGS ENVELOPE INTERNALDATE RFC822.SIZE)"),
             ("structure", "(BODYSTRUCTURE)"), ("bodies", "(BODY.PEEK[])"))
    for kind, items in kinds:
        for name, first, count in (("middle", LARGE_ACCOUNTS[0], sizes.middle),
                                   ("large", LARGE_ACCOUNTS[0] + 1, sizes.large)):
            title = f"FETCH 1:* {items} of {_count(count)}"
            goal = ("ratio", 2.0 if kind in ("flags", "envelope", "summary") else 1.0)
            figures = [Figure("ms", title, "ms", "lower", goal)]
            if kind == "bodies":
                figures = [Figure("mb_per_s", title, "MB/s"),
                           Figure("per_s", title, "messages/s")]
            yield Workload(f"fetch-{kind}-{name}", "fetch",
                           {"first": first, "count": count, "items": items, "repeats": 3},
                           figures, warm_up=True, needs=[f"fill-{name}"])


def _retrievals(sizes):
    for clients, first, count, need in ((1, LARGE_ACCOUNTS[0], sizes.middle, "fill-middle"),
                                        (16, WORK_ACCOUNTS[0], sizes.work, "fill-work")):
        for window, manner in ((16, "pipelined"), (1, "one by one")):
            title = (f"POP3 RETR of all of {_count(count)}, {manner}, {clients} "
                     f"client{'s' if clients > 1 else ''}")
            yield Workload(f"pop3-{manner.replace(' ', '-')}-{clients}", "retrieve",
                           {"first": first, "clients": clients, "count": count,
                            "window": window},
                           [Figure("mb_per_s", title, "MB/s"),
                            Figure("per_s", title, "messages/s")],
                           warm_up=True, needs=[need])


def _writes(sizes):
    for clients, count in ((1, sizes.appends_1), (10, sizes.appends_10), (16, sizes.appends_16),
                           (50, sizes.appends_50)):
        yield Workload(f"append-{clients}", "append",
                       {"first": DELIVERY_ACCOUNTS[0], "clients": clients, "count": count},
                       [Figure("per_s", f"APPEND 4 KB, {clients} at a time", "messages/s")])
    for clients, count in ((1, sizes.stores_1), (16, sizes.stores_16)):
        yield Workload(f"store-{clients}", "store",
                       {"first": WORK_ACCOUNTS[0], "clients": clients, "count": count},
                       [Figure("per_s", f"STORE +FLAGS one by one, {clients} at a time",
                               "commands/s")],
                       needs=["fill-work"])


def _searches(more):
    """Rows of SEARCH, SORT and THREAD: name, command, goal."""
    yield "subject", "SEARCH SUBJECT %s", 2.0
    yield "text", "SEARCH TEXT %s", 2.0
    yield "sort", "SORT (SUBJECT) UTF-8 ALL", 1.0
    if more:
        yield "sort-date", "SORT (REVERSE DATE) UTF-8 ALL", 1.0
        yield "sort-from", "SORT (FROM SUBJECT) UTF-8 ALL", 1.0
    yield "thread", "THREAD REFERENCES UTF-8 ALL", 1.0


RANGES = {"STORE": "STORE 1:* +FLAGS.SILENT", "COPY": "COPY 1:*", "MOVE": "MOVE 1:*"}


def _range(count, first, name, items):
    suffix = "" if name == "middle" else f"-{name}"
    return Workload(f"range-{items.lower()}{suffix}", "range",
                    {"first": first, "count": count, "items": items},
                    [Figure("ms", f"{RANGES[items]} of {_count(count)}", "ms", "lower")],
                    needs=[f"fill-{name}"])


def _large_mailboxes(sizes):
    """What a client asks of a whole mailbox."""
    for name, first, count in (("middle", LARGE_ACCOUNTS[0], sizes.middle),
                               ("large", LARGE_ACCOUNTS[0] + 1, sizes.large)):
        common = {"first": first, "count": count}
        needs = [f"fill-{name}"]
        of = f"of {_count(count)}"
        yield Workload(f"select-{name}", "select", {**common, "repeats": 5},
                       [Figure("ms", f"SELECT {of}", "ms", "lower")], warm_up=True, needs=needs)
        more = name == "middle" or sizes.all_of_large
        for kind, command, goal in _searches(more):
            yield Workload(f"search-{kind}-{name}", "search", {**common, "items": command},
                           [Figure("ms", f"{command.replace('%s', 'word')} {of}", "ms", "lower",
                                   ("ratio", goal))], warm_up=True, needs=needs)
        if more:
            yield Workload(f"store-{name}", "store", {"first": first, "count": sizes.stores_large},
                           [Figure("per_s", f"STORE +FLAGS one by one, in {_count(count)}",
                                   "commands/s")], needs=needs)
    for items in RANGES:
        yield _range(sizes.middle, LARGE_ACCOUNTS[0], "middle", items)
    if sizes.all_of_large:
        yield _range(sizes.large, LARGE_ACCOUNTS[0] + 1, "large", "STORE")


def _mixed(sizes):
    # Early: whole bodies of the large mailbox would push those read here out of caches.
    title = "mixed load of 50 sessions"
    return Workload("mixed", "mixed",
                    {"first": WORK_ACCOUNTS[0], "accounts": WORK_ACCOUNTS[1], "clients": 50,
                     "count": sizes.mixed},
                    [Figure("per_s", title, "commands/s", goal=("ratio", 2.0)),
                     Figure("p99_ms", f"{title}: answer, 99th percentile", "ms", "lower")],
                    needs=["fill-work"])


def _million(sizes):
    """A mailbox beyond what Dovecot is asked to hold here, of small messages."""
    count, side = sizes.million, "Posthorn"
    common = {"first": MILLION_ACCOUNT[0], "count": count, "size": 512}
    need = ["fill-million"]
    yield Workload("fill-million", "fill", {**common, "clients": 4}, [], once=True, side=side)
    yield Workload("select-million", "select", {**common, "repeats": 5},
                   [Figure("ms", f"SELECT of {_count(count)}", "ms", "lower", ("value", 50.0))],
                   warm_up=True, needs=need, side=side)
    yield Workload("fetch-newest-million", "fetch",
                   {**common, "items": "(ENVELOPE)", "newest": 50, "repeats": 5},
                   [Figure("ms", f"FETCH (ENVELOPE) of the newest 50 of {_count(count)}", "ms",
                           "lower")], warm_up=True, needs=need, side=side)


def _relaying(sizes):
    work = "SMTP, 4 KB, 50 connections, relayed to smtp-sink"
    signed = "the same, signed (DKIM, RSA-2048 and Ed25519)"
    common = {"clients": 50, "count": sizes.relayed}
    yield Workload(
        "relay-50", "relay", common,
        [Figure("relayed_per_s", f"{work}: accepted and relayed", "messages/s",
                goal=("ratio", 3.0)),
         Figure("accepted_per_s", f"{work}: accepted", "messages/s"),
         Figure("p50_ms", f"{work}: final dot to 250, median", "ms", "lower", None),
         Figure("p99_ms", f"{work}: final dot to 250, 99th percentile", "ms", "lower")])
    yield Workload(
        "relay-signed-50", "relay", {**common, "sender": "signed{}@signed.example"},
        [Figure("relayed_per_s", f"{signed}: accepted and relayed", "messages/s", goal=None),
         Figure("p99_ms", f"{signed}: final dot to 250, 99th percentile", "ms", "lower", None)],
        side="Posthorn")


def _idle_smtp(sizes):
    for driver, manner in (("smtp-idle", ""), ("smtp-idle-tls", " with TLS")):
        yield Workload(
            driver, driver, {"clients": sizes.smtp_idle},
            [Figure("kib", f"memory (PSS) of an idle SMTP connection{manner}, "
                    f"{_count(sizes.smtp_idle)} of them (Postfix: {sizes.smtp_idle_peers})",
                    "KiB", "lower", ("value", 32.0))],
            once=True, only_for={"Postfix + Dovecot": {"clients": sizes.smtp_idle_peers}})


def all_workloads(sizes):
    """In the order in which they run: first what wants a server without a past."""
    idle = Workload(
        "idle", "idle", {"clients": sizes.idle, "accounts": sizes.accounts},
        [Figure("kib", f"memory (PSS) of an idle IMAP session, {_count(sizes.idle)} of them",
                "KiB", "lower", ("ratio", 10.0))],
        once=True, settle=True)
    notification = Workload(
        "notification", "notification",
        {"first": NOTIFIED_ACCOUNT[0], "count": sizes.notifications},
        [Figure("from_250_p50_ms", "250 of a delivery to * EXISTS in IDLE, median", "ms",
                "lower", ("value", 20.0)),
         Figure("from_250_p99_ms", "250 of a delivery to * EXISTS in IDLE, 99th percentile",
                "ms", "lower", ("value", 20.0)),
         Figure("from_data_p50_ms", "DATA of a delivery to * EXISTS in IDLE, median", "ms",
                "lower"),
         Figure("from_data_p99_ms", "DATA of a delivery to * EXISTS in IDLE, 99th percentile",
                "ms", "lower")], once=True)
    return [idle, *_idle_smtp(sizes), *(_logins(sizes, clients) for clients in (1, 16, 64)),
            *_fills(sizes), _mixed(sizes), *_fetches(sizes), *_large_mailboxes(sizes),
            *_retrievals(sizes), *_writes(sizes), *_million(sizes),
            _delivery(sizes, 1, sizes.messages_1), _delivery(sizes, 50, sizes.messages_50),
            *_relaying(sizes), notification]
