"""The database away, and out of space: what is told, what is kept, and that all heals."""

import http.client
import subprocess

import pytest

import posthorn as system
from imap_raw import Connection
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
