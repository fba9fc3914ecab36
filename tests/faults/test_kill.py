"""kill -9 of every service during delivery: what was accepted is there, once.

KILLS is how often each service is killed (3, more for a long run).
"""

import contextlib
import os
import re
import signal
import subprocess

import pytest

import posthorn as system
from imap_raw import Connection, fetched
from ledger import ACCEPTED, Ledger, body_of, sending

KILLS = int(os.environ.get("KILLS", "3"))
SERVICES = ("SMTP_GATEWAY", "MAILSTORE", "IMAP_GATEWAY", "POP3_GATEWAY")


@pytest.fixture(scope="module")
def cluster():
    """A system of its own: its processes are killed, its database too."""
    with system.started("--smtp-gateways", "2", "--imap-gateways", "2",
                        "--mailstores", "2") as running:
        yield running


def identities(cluster, accounts):
    """X-Identity of every message of the accounts: how often it is there. UIDs ascend (I5)."""
    found = {}
    for account in accounts:
        uids = []
        for uid, octets in cluster.messages(account):
            uids.append(uid)
            match = re.search(rb"^X-Identity: (\S+)\r\n", octets, re.M)
            assert match, octets
            name = match[1].decode()
            body = octets.partition(b"\r\n\r\n")[2]
            assert body == body_of(name).encode(), f"I4: octets of {name} are whole"
            found[name] = found.get(name, 0) + 1
        assert uids == sorted(set(uids))
    return found


def check_counters(cluster, accounts):
    """I7: what STATUS says is what a recount gives."""
    for account in accounts:
        client = Connection(cluster.host, cluster.port("IMAP")).login(account)
        status = client.ok("STATUS INBOX (MESSAGES UNSEEN)")[-1]
        client.ok("EXAMINE INBOX")
        got = fetched(client.ok("FETCH 1:* FLAGS"))
        values = dict(zip(status[-1][0::2], status[-1][1::2]))
        assert int(values[b"MESSAGES"]) == len(got)
        assert int(values[b"UNSEEN"]) == sum(b"\\Seen" not in items[b"FLAGS"] for items in got.values())
        client.close()


@pytest.mark.parametrize("service", SERVICES)
def test_kill_during_delivery(cluster, service):
    accounts = cluster.accounts(4, service.lower().replace("_", "-"))
    ledger = Ledger()
    with sending(cluster, accounts, ledger):
        for kill in range(KILLS):
            before = ledger.count(ACCEPTED)
            system.wait_until(lambda: ledger.count(ACCEPTED) > before + 100, "deliveries go on", 60)
            cluster.kill(service, 1 + kill % 2 if service != "POP3_GATEWAY" else 1)
            cluster.up()
        before = ledger.count(ACCEPTED)
        system.wait_until(lambda: ledger.count(ACCEPTED) > before + 100, "deliveries go on", 60)
    ledger.check(identities(cluster, accounts))
    check_counters(cluster, accounts)


def test_kill_of_postgresql_during_delivery(cluster):
    accounts = cluster.accounts(4, "postgres")
    ledger = Ledger()
    with sending(cluster, accounts, ledger):
        for _ in range(KILLS):
            before = ledger.count(ACCEPTED)
            system.wait_until(lambda: ledger.count(ACCEPTED) > before + 100, "deliveries go on", 60)
            cluster.kill("POSTGRES")
            cluster.up()
        before = ledger.count(ACCEPTED)
        system.wait_until(lambda: ledger.count(ACCEPTED) > before + 100, "deliveries go on", 120)
    ledger.check(identities(cluster, accounts))
    check_counters(cluster, accounts)


def test_store_away_is_a_temporary_error(cluster):
    """With no mailstore every protocol says so in its own codes, and all heals by itself."""
    account = cluster.account("away")
    unasked = cluster.account("unasked")  # of the other the gateway remembers that it is there
    cluster.deliver(account, b"Subject: before\r\n\r\nx\r\n")
    client = Connection(cluster.host, cluster.port("IMAP")).login(account)
    client.ok("SELECT INBOX")
    for instance in (1, 2):
        cluster.kill("MAILSTORE", instance)
    try:
        with cluster.smtp() as smtp:
            smtp.ehlo()
            smtp.docmd("MAIL FROM:<a@remote.example>")
            code, text = smtp.docmd(f"RCPT TO:<{unasked.address}>")
            assert 450 <= code < 460 and text.startswith(b"4."), (code, text)
        responses = client.command("FETCH 1 BODY.PEEK[]")
        assert responses[-1][1] == b"NO" and b"UNAVAILABLE" in (responses[-1][2] or b""), responses[-1]
        other = Connection(cluster.host, cluster.port("IMAP"))
        responses = other.command(f'LOGIN "{account.address}" "{account.password}"')
        assert responses[-1][1] == b"NO" and b"UNAVAILABLE" in (responses[-1][2] or b""), responses[-1]
        import poplib
        with pytest.raises(poplib.error_proto, match=r"\[SYS/TEMP\]"):
            cluster.pop3(account)
    finally:
        cluster.up()
    system.wait_until(lambda: client.command("FETCH 1 BODY.PEEK[]")[-1][1] == b"OK", "the session heals")
    assert len(cluster.messages(account)) == 1


def psql(cluster, sql):
    return subprocess.run(
        ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d", cluster.env["DATABASE_URL"],
         "-c", sql], check=True, capture_output=True, text=True, timeout=60).stdout.strip()


@contextlib.contextmanager
def held_in_commit(cluster):
    """Who adds a message waits within its COMMIT, until what this yields is called."""
    psql(cluster, """
        CREATE FUNCTION hold_commit() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN PERFORM pg_advisory_xact_lock(42); RETURN NULL; END $$;
        CREATE CONSTRAINT TRIGGER hold_commit AFTER INSERT ON message
        DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION hold_commit()""")
    holder = subprocess.Popen(["psql", "-X", "-q", "-d", cluster.env["DATABASE_URL"]],
                              stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        holder.stdin.write(b"SELECT pg_advisory_lock(42);\n")
        holder.stdin.flush()
        system.wait_until(lambda: locks(cluster, granted=True) == 1, "the lock is held")

        def let_go():
            holder.stdin.close()
            holder.wait(60)

        yield let_go
    finally:
        holder.kill()
        holder.wait()
        psql(cluster, "DROP FUNCTION hold_commit CASCADE")


def locks(cluster, granted):
    return int(psql(cluster, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' "
                             f"AND objid = 42 AND granted = {granted}"))


@pytest.mark.parametrize("command, added, code", [
    (b"APPEND INBOX", 1, r"\[APPENDUID \d+ 2\]"),
    (b"APPEND INBOX", 2, r"\[APPENDUID \d+ 2:3\]"),
    (b"UID REPLACE 1 INBOX", 1, r"\[APPENDUID \d+ 2\]")], ids=["append", "multiappend", "replace"])
def test_kill_right_after_the_commit_of_an_append(cluster, command, added, code):
    """The answer is lost with the store: what became of the messages is found out, not guessed."""
    account = cluster.account("append")
    literal = b" {%d+}\r\n%s" % (len(b"Subject: new\r\n\r\n"), b"Subject: new\r\n\r\n")
    client = Connection(cluster.host, cluster.port("IMAP"), timeout=120).login(account)
    client.ok(b"APPEND INBOX" + literal)
    client.ok("SELECT INBOX")
    rows = ("SELECT max(uid) FROM message JOIN login USING (account_id) "
            f"WHERE address_key = '{account.address}'")
    with held_in_commit(cluster) as let_go:
        client.send(b"a " + command + literal * added + b"\r\n")
        system.wait_until(lambda: locks(cluster, granted=False) == 1, "it waits in its commit")
        for instance in (1, 2):
            os.kill(cluster.pid("MAILSTORE", instance), signal.SIGSTOP)
        let_go()
        system.wait_until(lambda: psql(cluster, rows) == str(1 + added), "it is committed")
        for instance in (1, 2):
            cluster.kill("MAILSTORE", instance)
    cluster.up()
    answers = client.until(b"a")
    assert answers[-1][1] == b"OK", answers
    assert [a for a in answers
            if isinstance(a[2], bytes) and re.fullmatch(code, a[2].decode())], answers
    wanted = [2] if command.startswith(b"UID") else list(range(1, 2 + added))
    assert [uid for uid, _ in cluster.messages(account)] == wanted


def test_a_maildrop_lock_does_not_outlive_its_gateway(cluster):
    account = cluster.account("lock")
    cluster.deliver(account, b"Subject: x\r\n\r\nx\r\n")
    client = cluster.pop3(account)
    client.dele(1)
    cluster.kill("POP3_GATEWAY")
    cluster.up()

    def free():
        import poplib
        try:
            again = cluster.pop3(account)
        except poplib.error_proto as error:
            assert b"IN-USE" in error.args[0], error
            return False
        count = again.stat()[0]
        again.quit()
        assert count == 1, "a deletion without QUIT does not count"
        return True

    system.wait_until(free, "the lease runs out", 180)


def test_sigterm_drains(cluster):
    """Idle sessions are told, what is in hand is finished or left when the time is over: every
    gateway ends by itself with 0, whatever its clients do."""
    account = cluster.account("drain")
    large = b"Subject: large\r\n\r\n" + b"a line of the body\r\n" * 1_000_000
    cluster.deliver(account, large)
    gateways = [cluster.in_foreground(service, "--drain_seconds=12")
                for service in ("IMAP_GATEWAY", "SMTP_GATEWAY", "POP3_GATEWAY")]
    try:
        idle = Connection(cluster.host, cluster.port("IMAP")).login(account)
        append = Connection(cluster.host, cluster.port("IMAP")).login(account)
        append.send(b"a APPEND INBOX {1000000+}\r\nSubject: cut off")
        fetch = Connection(cluster.host, cluster.port("IMAP")).login(account)
        fetch.ok("SELECT INBOX")
        fetch.send(b"a FETCH 1 BODY[]\r\n")  # and reads nothing
        retr = cluster.pop3(account)
        retr._putline(b"RETR 1")
        transactions = {}
        for name in ("finished", "silent", "silent data"):
            smtp = transactions[name] = cluster.smtp()
            smtp.ehlo()
            smtp.docmd("MAIL FROM:<a@remote.example>")
            smtp.docmd(f"RCPT TO:<{account.address}>")
            if name != "silent":
                assert smtp.docmd("DATA")[0] == 354
        transactions["silent data"].send(large[:1_000_000])
        for gateway in gateways:
            gateway.terminate()
        assert idle.response()[1] == b"BYE"
        transactions["finished"].send(b"Subject: in hand\r\n\r\nx\r\n.\r\n")
        assert transactions["finished"].getreply()[0] == 250
        for smtp in transactions.values():
            assert smtp.getreply()[0] == 421
        assert append.response()[:2] == [b"*", b"BYE"]
        assert [gateway.wait(30) for gateway in gateways] == [0, 0, 0]
    finally:
        for gateway in gateways:
            gateway.kill()
            gateway.wait()
        cluster.up()
    assert len(cluster.messages(account)) == 2


def test_sigterm_drains_mailstore(cluster):
    """A message that does not come to its end keeps no replica from ending by itself with 0."""
    account = cluster.account("drain")
    stores = [cluster.in_foreground("MAILSTORE", "--drain_seconds=8", instance=n) for n in (1, 2)]
    try:
        smtp = cluster.smtp()
        smtp.ehlo()

        def accepts():
            smtp.docmd("RSET")
            smtp.docmd("MAIL FROM:<a@remote.example>")
            return smtp.docmd(f"RCPT TO:<{account.address}>")[0] == 250

        system.wait_until(accepts, "the gateway finds the replicas again")
        assert smtp.docmd("DATA")[0] == 354
        smtp.send(b"Subject: cut off\r\n\r\n" + b"a line of the body\r\n" * 50_000)
        for store in stores:
            store.terminate()
        assert [store.wait(30) for store in stores] == [0, 0]
        smtp.send(b".\r\n")
        assert smtp.getreply()[0] == 451
    finally:
        for store in stores:
            store.kill()
            store.wait()
        cluster.up()
    assert cluster.messages(account) == []
