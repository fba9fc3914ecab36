"""The database away, and out of space: what is told, what is kept, and that all heals."""

import http.client
import subprocess

import pytest

import posthorn as system
from imap_raw import Connection, fetched
from smtp_raw import RawSmtp

SERVICES = ("MAILSTORE", "SMTP_GATEWAY", "IMAP_GATEWAY", "POP3_GATEWAY")
LARGE = b"Subject: large\r\n\r\n" + b"".join(b"%064x\r\n" % (n * 0x9E3779B97F4A7C15 ** 7 % (1 << 256))
                                             for n in range(30_000))


@pytest.fixture(scope="module")
def cluster():
    with system.started("--mailstores", "2") as running:
        yield running


def probe(cluster, service, path, instance=1):
    name = f"{service}_ADMIN_PORT" + (f"_{instance}" if instance > 1 else "")
    connection = http.client.HTTPConnection(cluster.host, int(cluster.env[name]), timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def readiness(cluster):
    return ({probe(cluster, service, "/healthz/ready") for service in SERVICES}
            | {probe(cluster, "MAILSTORE", "/healthz/ready", 2)})


def test_readiness_and_health_follow_the_database(cluster):
    system.wait_until(lambda: readiness(cluster) == {200}, "all are ready")
    assert cluster.mailctl("health").returncode == 0
    cluster.kill("POSTGRES")
    try:
        system.wait_until(lambda: readiness(cluster) == {503}, "none is ready", 60)
        assert {probe(cluster, service, "/healthz/live") for service in SERVICES} == {200}
        health = cluster.mailctl("health", check=False)
        assert health.returncode != 0 and "not serving" in health.stderr, health
    finally:
        cluster.up()
    system.wait_until(lambda: readiness(cluster) == {200}, "all are ready again", 60)
    assert cluster.mailctl("health").returncode == 0


def sql(cluster, text):
    subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-X", "-q", "-v", "ON_ERROR_STOP=1",
                    cluster.env["DATABASE_URL"], "-c", text], check=True, capture_output=True)


def append(client, message):
    client.send(b"a1 APPEND INBOX {%d}\r\n" % len(message))
    assert client.response()[0] == b"+"
    client.send(message + b"\r\n")
    while True:
        response = client.response()
        if response[0] == b"a1":
            return response


@pytest.mark.parametrize("table, message", [("blob", b"Subject: small\r\n\r\nx\r\n"),
                                            ("blob_chunk", LARGE)], ids=["in the row", "in chunks"])
def test_a_full_disk_is_a_temporary_error(cluster, table, message):
    """A table that takes no row: 452 4.3.1 and NO [UNAVAILABLE], nothing kept, and it heals."""
    account = cluster.account("full")
    imap = Connection(cluster.host, cluster.port("IMAP")).login(account)
    sql(cluster, "CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ "
                 "BEGIN RAISE EXCEPTION 'no space' USING ERRCODE = '53100'; END $$; "
                 f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} "
                 "FOR EACH ROW EXECUTE FUNCTION full_disk()")
    try:
        with RawSmtp(cluster) as smtp:
            for command in ("EHLO remote.example", "MAIL FROM:<a@remote.example>",
                            f"RCPT TO:<{account.address}>", "DATA"):
                assert smtp.ask(command).code < 400
            smtp.send(message + b".\r\n")
            reply = smtp.reply()
            assert reply.startswith("452 4.3.1"), reply
        response = append(imap, message)
        assert response[1] == b"NO" and b"UNAVAILABLE" in (response[2] or b""), response
        assert cluster.messages(account) == []
    finally:
        sql(cluster, f"DROP TRIGGER full_disk ON {table}")
    cluster.deliver(account, message)
    assert append(imap, message)[1] == b"OK"
    assert [octets.endswith(message) for _, octets in cluster.messages(account)] == [True, True]
    imap.close()


class Client:
    """A session in INBOX with CONDSTORE, and the flags that its client keeps, by number."""

    def __init__(self, cluster, account, told):
        self.told = told  # all that clients were told: flags by number and MODSEQ
        self.kept = {}
        self.imap = Connection(cluster.host, cluster.port("IMAP")).login(account)
        codes = [response[2] for response in self.imap.ok("SELECT INBOX (CONDSTORE)")
                 if response[1] == b"OK" and response[2]]
        self.highest = next(int(code[:-1].split()[1]) for code in codes
                            if code.startswith(b"[HIGHESTMODSEQ "))

    def learn(self, command):
        """Whether the command was done. No MODSEQ stands for two states of a message."""
        responses = self.imap.command(command)
        for number, items in fetched(responses).items():
            flags = set(items[b"FLAGS"]) - {b"\\Recent"}
            assert self.told.setdefault((number, int(items[b"MODSEQ"][0])), flags) == flags
            self.kept[number] = flags
        return responses[-1][1] == b"OK"


def test_flags_that_a_crash_takes_back_mislead_nobody(cluster):
    """Whether the crash takes back many of them or none."""
    account = cluster.account("flags")
    told = {}
    imap = Connection(cluster.host, cluster.port("IMAP")).login(account)
    for _ in range(20):
        assert append(imap, b"Subject: m\r\n\r\nx\r\n")[1] == b"OK"
    writer = Client(cluster, account, told)
    for number in range(1, 21):
        assert writer.learn(f"STORE {number} +FLAGS (\\Flagged)")
    cluster.kill("POSTGRES")
    cluster.up()
    highest = max(modseq for _, modseq in told)
    truth = Client(cluster, account, told)
    assert truth.learn("FETCH 1:* (FLAGS MODSEQ)")
    assert sorted(truth.kept) == list(range(1, 21)) and truth.highest > highest
    # A client that was away, and the one whose session has seen the crash.
    away = Client(cluster, account, told)
    away.kept = dict(writer.kept)
    assert away.learn(f"FETCH 1:* (FLAGS) (CHANGEDSINCE {highest})")
    assert away.kept == truth.kept
    system.wait_until(lambda: writer.learn("NOOP") and writer.kept == truth.kept,
                      "the session is told what is true")
    assert writer.learn("STORE 1 +FLAGS (\\Answered)")
    assert max(modseq for _, modseq in told) > truth.highest
    for client in (imap, writer.imap, truth.imap, away.imap):
        client.close()
