"""docker-compose.yml, built and run for real, as the README tells a person to."""

import contextlib
import email.utils
import imaplib
import json
import os
import pathlib
import poplib
import re
import shutil
import smtplib
import ssl
import subprocess

import pytest

from posthorn import TOP, insecure_tls, wait_until
from stack import PORTS, SENDER, SERVICES, Stack, ccache_seed, docker

ALICE = "alice@example.org"
PASSWORD = "correct horse 4 battery"
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
# What compose 1.29 and 2 print for progress; everything else would be something to mend.
PROGRESS = re.compile(r"(Creating|Created|Starting|Started|Recreating|Waiting|Healthy|Exited|Running"
                      r"|Network|Volume|Container|up-to-date|done|\[\+\]|^\s*$)")


@pytest.fixture(scope="session")
def engine():
    if shutil.which("docker") is None or docker("info", check=False).returncode != 0:
        message = "no Docker engine answers"
        pytest.fail(message) if os.environ.get("CI") == "true" else pytest.skip(message)
    if os.geteuid() != 0:
        pytest.skip("enters the network of containers, which only root may")


@pytest.fixture(scope="session")
def built(engine, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)  # users of containers and servers pass through them
    stack = Stack("posthorn-test", folder)
    os.environ.setdefault("POSTHORN_CCACHE_SEED", ccache_seed())
    stack.compose("build", timeout=3400)
    return stack


@pytest.fixture(scope="session")
def first_up(built):
    built.compose("down", "--volumes", "--remove-orphans")
    try:
        with built.outside():
            yield built.up()
    finally:
        built.compose("down", "--volumes", "--remove-orphans", check=False)


@pytest.fixture(scope="session")
def stack(built, first_up):
    built.wait_healthy()
    return built


@pytest.fixture(scope="session")
def alice(stack):
    stack.mailctl("account", "add", ALICE, given=PASSWORD + "\n")


@contextlib.contextmanager
def imaps():
    client = imaplib.IMAP4_SSL("127.0.0.1", PORTS["IMAPS"], ssl_context=insecure_tls(), timeout=60)
    client.login(ALICE, PASSWORD)
    try:
        yield client
    finally:
        client.logout()


def inbox():
    """Every message of alice's."""
    with imaps() as client:
        client.select("INBOX", readonly=True)
        _, data = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
        return [item[1] for item in data if isinstance(item, tuple)]


def deliver(subject, body="Hello."):
    """As another server does, whose address is in the SPF record of the domain."""
    with smtplib.SMTP("127.0.0.1", PORTS["SMTP"], timeout=60) as client:
        client.ehlo("mx.remote.example")
        assert client.docmd("XCLIENT", f"ADDR={SENDER}")[0] == 220
        client.ehlo("mx.remote.example")
        client.sendmail("sender@remote.example", [ALICE], (
            f"From: sender@remote.example\r\nTo: {ALICE}\r\nSubject: {subject}\r\n"
            f"Date: {email.utils.formatdate()}\r\nMessage-ID: {email.utils.make_msgid()}\r\n"
            f"\r\n{body}\r\n").encode())


def submit(subject, recipient, port="SUBMISSION"):
    kind = smtplib.SMTP_SSL if port == "SUBMISSIONS" else smtplib.SMTP
    options = {"context": insecure_tls()} if port == "SUBMISSIONS" else {}
    with kind("127.0.0.1", PORTS[port], timeout=60, **options) as client:
        if port == "SUBMISSION":
            client.starttls(context=insecure_tls())
        client.login(ALICE, PASSWORD)
        client.sendmail(ALICE, [recipient], (f"From: {ALICE}\r\nTo: {recipient}\r\n"
                                             f"Subject: {subject}\r\n\r\nHello.\r\n").encode())


def with_subject(subject):
    return [message for message in inbox() if f"Subject: {subject}".encode() in message]


def test_up_prints_nothing_that_a_user_must_mend(first_up):
    strange = [line for line in (first_up.stdout + first_up.stderr).splitlines()
               if not PROGRESS.search(line) or re.search("warn|error|deprecat|obsolete", line, re.I)]
    assert not strange


def test_everything_is_healthy_with_no_account(stack):
    assert ALICE not in stack.mailctl("account", "list").stdout
    for service in SERVICES:
        assert [stack.health(each) for each in stack.containers(service)] == ["healthy"]
    certs = stack.inspect(docker("ps", "-aq", "--filter", f"name={stack.project}.certs").stdout
                          .split()[0])
    assert certs["State"]["ExitCode"] == 0


def test_no_service_complains_at_start(stack):
    for service in SERVICES[1:]:
        [container] = stack.containers(service)
        logs = docker("logs", container)
        lines = (logs.stdout + logs.stderr).splitlines()
        assert lines, f"{service} says nothing"
        if service == "edge":
            # HAProxy calls it a warning when it learns an address.
            assert not [line for line in lines if "[ALERT]" in line]
        elif service == "rspamd":
            # There is no rspamd.com here. Words of its own that tell of settings.
            assert not [line for line in lines if re.search(r"redis|syntax|permission", line, re.I)]
        else:
            entries = [json.loads(line) for line in lines]
            assert {entry["service"] for entry in entries} == {service}
            assert not [entry for entry in entries if entry["level"] not in ("debug", "info")]


def test_a_message_in_by_smtp_is_read_by_imap_and_pop3(stack, alice):
    deliver("first light")
    assert len(with_subject("first light")) == 1
    client = poplib.POP3_SSL("127.0.0.1", PORTS["POP3S"], context=insecure_tls(), timeout=60)
    client.user(ALICE)
    client.pass_(PASSWORD)
    count, _ = client.stat()
    messages = [b"\r\n".join(client.retr(number + 1)[1]) for number in range(count)]
    client.quit()
    assert sum(b"Subject: first light" in each for each in messages) == 1


@pytest.mark.parametrize("port", ["SUBMISSION", "SUBMISSIONS"])
def test_submission_takes_mail_from_those_who_log_in(port, stack, alice):
    subject = f"submitted by {port}"
    submit(subject, ALICE, port)
    assert len(with_subject(subject)) == 1


def test_mail_leaves(stack, alice):
    """To the MX that the signed DNS names, asked through Docker's; signed by the domain's keys."""
    submit("far away", "bob@remote.example")
    wait_until(lambda: any(b"Subject: far away" in each for each in stack.mail_outside()),
               "mail leaves", 60)
    [message] = [each for each in stack.mail_outside() if b"Subject: far away" in each]
    assert message.count(b"DKIM-Signature:") == 2
    wait_until(lambda: json.loads(stack.mailctl("queue", "list", "--json").stdout or "[]") == [],
               "the queue is empty", 30)
    [gateway] = stack.containers("smtp-gateway")
    assert "DNSSEC is validated" in docker("logs", gateway).stdout


def test_rspamd_says_where_mail_comes_from(stack, alice):
    deliver("from an honest server")
    [message] = with_subject("from an honest server")
    [results] = re.findall(rb"(?ms)^Authentication-Results: .*?(?=^\S)", message)
    assert results.startswith(b"Authentication-Results: mail.example.org;")
    assert b"spf=pass" in results and b"dmarc=pass" in results, results
    assert re.search(rb"(?m)^X-Spam-Status: No", message)


def test_rspamd_refuses_spam(stack, alice):
    with pytest.raises(smtplib.SMTPDataError) as refusal:
        deliver("cheap", GTUBE)
    assert refusal.value.smtp_code == 554
    assert not with_subject("cheap")


def test_rspamd_passes_mail_without_a_dns(stack, tmp_path):
    """Nothing is refused or put off since nobody can be asked where it comes from."""
    options = [part for mount in stack.inspect(stack.containers("rspamd")[0])["HostConfig"][
        "Tmpfs"].items() for part in ("--tmpfs", ":".join(mount))]
    message = tmp_path / "message"
    message.write_text(f"From: sender@remote.example\nTo: {ALICE}\nSubject: Lunch\n"
                       "Date: Thu, 26 Nov 2026 11:00:00 +0000\nMessage-ID: <1@remote.example>\n\n"
                       "Hello Alice,\n\nlet us meet at https://www.remote.example/ tomorrow.\n")
    container = docker("run", "-d", "--rm", "--init", "--network", "none", "--dns", "127.0.0.9",
                       "--read-only", *options, "posthorn/rspamd").stdout.strip()
    try:
        wait_until(lambda: stack.health(container) == "healthy", "rspamd runs", 120)
        fields = {"IP": SENDER, "Helo": "mx.remote.example", "From": "sender@remote.example",
                  "Rcpt": ALICE}
        answer = subprocess.run(
            ["nsenter", "-n", "-t", str(stack.inspect(container)["State"]["Pid"]), "curl", "-sS",
             *(part for field in fields.items() for part in ("-H", ": ".join(field))),
             "--data-binary", f"@{message}", "http://127.0.0.1:11333/checkv2"],
            check=True, capture_output=True, timeout=60).stdout
        assert json.loads(answer)["action"] == "no action", answer
    finally:
        docker("kill", container)


def test_the_records_to_publish_are_printed(stack, alice):
    records = stack.mailctl("dns", "example.org", "--hostname=mail.example.org").stdout
    assert records.count("v=DKIM1") == 2
    assert "v=spf1" in records and "v=DMARC1" in records


def test_a_large_message_is_looked_at_too(stack, alice):
    """What is over 256 KiB goes through the spool, which the read-only container must have."""
    deliver("large", "a few words\r\n" * 100_000)
    [message] = with_subject("large")
    assert b"Authentication-Results:" in message


@pytest.mark.parametrize("port", ["IMAP", "POP3"])
def test_starttls_on_the_plain_ports(port, stack, alice):
    if port == "IMAP":
        client = imaplib.IMAP4("127.0.0.1", PORTS[port], timeout=60)
        client.starttls(ssl_context=insecure_tls())
        assert client.login(ALICE, PASSWORD)[0] == "OK"
        client.logout()
    else:
        client = poplib.POP3("127.0.0.1", PORTS[port], timeout=60)
        client.stls(context=insecure_tls())
        client.user(ALICE)
        assert client.pass_(PASSWORD).startswith(b"+OK")
        client.quit()


@pytest.mark.skipif(os.geteuid() != 0, reason="enters a container's network, which only root may")
def test_the_clients_own_address_arrives(stack, alice):
    """A client in a network namespace of its own, through HAProxy: Received names its address."""
    image = stack.inspect(stack.containers("edge")[0])["Config"]["Image"]
    client = docker("run", "-d", "--rm", "--entrypoint", "sleep", "--network",
                    f"{stack.project}_edge", image, "300").stdout.strip()
    try:
        address = stack.address(client, "edge")
        edge = stack.address(stack.containers("edge")[0], "edge")
        subprocess.run(["nsenter", "-n", "-t", str(stack.inspect(client)["State"]["Pid"]), "swaks",
                        "--server", f"{edge}:2525", "--from", "sender@remote.example", "--to", ALICE,
                        "--helo", "client.remote.example", "--header", "Subject: from afar"],
                       check=True, capture_output=True, timeout=60)
    finally:
        docker("kill", client)
    [message] = with_subject("from afar")
    received = re.search(rb"^Received: .*?(?=^\S)", message, re.MULTILINE | re.DOTALL)[0]
    assert address.encode() in received, received
    assert edge.encode() not in received


def test_scale_needs_no_edit(stack, alice):
    stack.up("--scale", "imap-gateway=3", "--scale", "mailstore=2")
    try:
        stack.wait_healthy(imap_gateway=3, mailstore=2)
        gateways = stack.containers("imap-gateway")

        def spread():
            """Nine sessions at once, and how many of them each gateway has."""
            with contextlib.ExitStack() as sessions:
                for _ in range(9):
                    sessions.enter_context(imaps())
                return [stack.metric(each, "edge", "posthorn_connections") for each in gateways]
        # HAProxy learns of new gateways within a few seconds.
        wait_until(lambda: min(spread()) >= 1, "every gateway has sessions", 60)
        deliver("through more of them")
        assert len(with_subject("through more of them")) == 1
    finally:
        stack.up("--scale", "imap-gateway=1", "--scale", "mailstore=1")
        stack.wait_healthy()


def test_a_killed_gateway_comes_back_by_itself(stack, alice):
    [gateway] = stack.containers("smtp-gateway")
    before = stack.inspect(gateway)["State"]["StartedAt"]
    # From inside: `docker kill` would count as the user's wish.
    os.kill(stack.inspect(gateway)["State"]["Pid"], 9)
    wait_until(lambda: stack.inspect(gateway)["State"]["StartedAt"] != before
               and stack.health(gateway) == "healthy", "the gateway runs again", 90)
    stack.wait_healthy()
    deliver("after a crash")
    assert len(with_subject("after a crash")) == 1


@pytest.mark.parametrize("service", SERVICES[1:])
def test_containers_hold_no_rights(service, stack):
    [container] = stack.containers(service)
    details = stack.inspect(container)
    assert details["HostConfig"]["ReadonlyRootfs"]
    assert details["HostConfig"]["CapDrop"] == ["ALL"]
    assert not details["HostConfig"]["CapAdd"]
    assert docker("exec", container, "id", "-u").stdout.strip() != "0"
    assert docker("exec", container, "touch", "/usr/local/here", check=False).returncode != 0
    effective = docker("exec", container, "grep", "CapEff", "/proc/1/status").stdout
    assert int(effective.split()[1], 16) == 0


@pytest.mark.parametrize("service", ["smtp-gateway", "pop3-gateway", "imap-gateway"])
def test_a_service_reads_its_own_key_and_no_other(service, stack):
    [container] = stack.containers(service)
    def readable(name):
        path = f"/run/secrets/posthorn/{name}"
        return docker("exec", container, "cat", path, check=False).returncode == 0
    assert readable(f"{service}/tls.key")
    assert readable("outer/tls.key")
    others = {"mailstore", "mailctl", "smtp-gateway", "pop3-gateway", "imap-gateway"} - {service}
    assert not [name for name in others if readable(f"{name}/tls.key")]
    assert not readable("ca/ca.key")
    assert not readable("database/url") and not readable("database/password")


def test_only_the_edge_has_ports_outside(stack):
    for service in SERVICES:
        [container] = stack.containers(service)
        bindings = stack.inspect(container)["HostConfig"]["PortBindings"]
        assert bool(bindings) == (service == "edge"), service


def test_images_hold_what_their_program_needs_and_no_more(stack):
    for service in ["mailstore", "smtp-gateway", "pop3-gateway", "imap-gateway"]:
        [container] = stack.containers(service)
        programs = docker("exec", container, "ls", "/usr/local/bin").stdout.split()
        assert programs == (["mailctl", "mailstore"] if service == "mailstore" else [service])
        for tool in ["clang-19", "cc", "cmake", "psql", "openssl"]:
            found = docker("exec", container, "sh", "-c", f"command -v {tool}", check=False)
            assert found.returncode != 0, f"{tool} in {service}"


def test_the_gateway_has_what_the_world_trusts(stack):
    [container] = stack.containers("smtp-gateway")
    bundle = docker("exec", container, "sh", "-c", 'cat "$SSL_CERT_FILE"').stdout
    assert bundle.count("BEGIN CERTIFICATE") > 100
    root = docker("run", "--rm", "--network", "none", "--entrypoint", "cat", "posthorn/smtp-gateway",
                  "/usr/share/dns/root.key").stdout
    assert "DNSKEY" in root


def served_certificate():
    return ssl.get_server_certificate(("127.0.0.1", PORTS["IMAPS"]), timeout=30)


def test_a_given_certificate_is_served_without_a_restart(stack):
    before = served_certificate()
    started = stack.inspect(stack.containers("imap-gateway")[0])["State"]["StartedAt"]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30",
                    "-subj", "/CN=mail.given.example", "-keyout", stack.tls_dir / "tls.key", "-out",
                    stack.tls_dir / "tls.crt"], check=True, capture_output=True, timeout=60)
    stack.compose("run", "--rm", "certs")
    given = (stack.tls_dir / "tls.crt").read_text()
    assert given != before
    wait_until(lambda: served_certificate().split() == given.split(), "the given certificate", 120)
    assert stack.inspect(stack.containers("imap-gateway")[0])["State"]["StartedAt"] == started


def test_certificates_are_made_once(stack):
    again = stack.compose("run", "--rm", "certs")
    assert "made" not in again.stdout + again.stderr


def test_a_session_ends_in_its_protocol_when_a_gateway_stops(stack, alice):
    [gateway] = stack.containers("imap-gateway")
    client = imaplib.IMAP4_SSL("127.0.0.1", PORTS["IMAPS"], ssl_context=insecure_tls(), timeout=90)
    client.login(ALICE, PASSWORD)
    client.select("INBOX")
    try:
        stack.compose("stop", "imap-gateway")
        assert stack.inspect(gateway)["State"]["ExitCode"] == 0
        rest = client.sock.recv(4096)
        assert rest.startswith(b"* BYE"), rest
    finally:
        client.shutdown()
        stack.up()
        stack.wait_healthy()


def test_rspamd_is_left_out_by_one_variable(stack, alice):
    stack.settings["POSTHORN_RSPAMD"] = "0"
    try:
        stack.up()
        stack.wait_healthy(rspamd=0)
        assert not docker("ps", "-q", "--filter", f"name={stack.project}.rspamd").stdout
        deliver("unfiltered", GTUBE)
        [message] = with_subject("unfiltered")
        assert b"X-Spam" not in message and b"Authentication-Results" not in message
        submit("unfiltered and far away", "bob@remote.example")
        wait_until(lambda: any(b"unfiltered and far away" in each
                               for each in stack.mail_outside()), "mail leaves", 60)
    finally:
        del stack.settings["POSTHORN_RSPAMD"]
        stack.up()
        stack.wait_healthy()


def test_mail_outlives_the_containers(stack, alice):
    deliver("kept")
    before = sorted(inbox())
    stack.compose("down")
    assert not docker("ps", "-aq", "--filter", f"name={stack.project}").stdout.split()
    stack.up()
    stack.wait_healthy()
    assert sorted(inbox()) == before
    assert with_subject("kept")


def test_an_unknown_setting_stops_a_service_with_one_clear_line(built):
    result = docker("run", "--rm", "--network", "none", "-e", "POSTHORN_HOSTNAM=x",
                    "posthorn/smtp-gateway", check=False)
    assert result.returncode == 2
    assert "POSTHORN_HOSTNAM" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
