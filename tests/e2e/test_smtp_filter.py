"""Mail through rspamd, a milter and lists in the DNS: what they say is done."""

import base64
import contextlib
import io
import shutil
import smtplib
import socket
import struct
import subprocess
import threading
import urllib.request
import zipfile

import posthorn as system
import pytest
from smtp_raw import RawSmtp

HOSTNAME = "mx.posthorn.example"
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
LISTED = "185.200.7.8"  # named by XCLIENT only

RSPAMD = """
lua = "$RULESDIR/rspamd.lua";
options {{
  filters = "regexp";
  pidfile = "{state}/pid"; tempdir = "{state}"; hs_cache_dir = "{state}";
  control_socket = "{state}/control.sock mode=0600";
  cache_file = "{state}/symbols.cache"; history_file = "{state}/history";
  url_tld = "{state}/tld"; local_addrs = []; explicit_modules = ["settings"];
  dns {{ nameserver = ["127.0.0.1:1"]; timeout = 0.1s; retransmits = 1; }}
}}
logging {{ type = "console"; level = "info"; }}
worker "normal" {{ bind_socket = "127.0.0.1:{port}"; count = 1; mime = true; }}
actions {{ reject = 100; rewrite_subject = 50; subject = "[spam] %s"; add_header = 20; }}
group "local" {{
  symbols {{ LOCAL_JUNK {{ weight = 25; }} LOCAL_SUBJECT {{ weight = 60; }} }}
}}
modules {{ path = "${{PLUGINSDIR}}"; }}
regexp {{
  LOCAL_JUNK = "X-Test=/junk/H";
  LOCAL_SUBJECT = "X-Test=/subject/H";
}}
spf {{ }}
milter_headers {{
  use = ["authentication-results", "x-spamd-result"];
  skip_local = false;
}}
"""

OPENDKIM = """
Mode v
Socket local:{state}/opendkim.sock
PidFile {state}/opendkim.pid
AlwaysAddARHeader yes
Syslog no
Background no
RequireSafeKeys no
Nameservers 127.0.0.1
DNSTimeout 1
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def process(*command):
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(20)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


@contextlib.contextmanager
def rspamd(state, port):
    """Debian's rspamd without Redis and DNS, with rules of ours."""
    state.mkdir(exist_ok=True)
    (state / "tld").write_text("com\norg\nnet\nexample\n")
    (state / "rspamd.conf").write_text(RSPAMD.format(state=state, port=port))
    with process("rspamd", "-f", "-i", "-c", str(state / "rspamd.conf"), f"--var=DBDIR={state}",
                 f"--var=RUNDIR={state}"):
        def answers():
            with contextlib.suppress(OSError):
                return urllib.request.urlopen(f"http://127.0.0.1:{port}/ping", timeout=5)

        system.wait_until(answers, "rspamd answers", 60)
        yield


def dns_answer(query):
    """What a list says that knows LISTED: 127.0.0.2 and a text; of all else, that it is not there."""
    end = query.index(b"\0", 12) + 1
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
        at += 1 + query[at]
    kind = struct.unpack("!H", query[end:end + 2])[0]
    question = query[12:end + 4]
    name = ".".join(reversed(LISTED.split("."))) + ".list.example"
    data = {1: b"\x7f\0\0\2", 16: b"\x09See there"}.get(kind)
    known = ".".join(labels) == name
    record = b""
    if known and data:
        record = b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
    flags = 0x8180 if known else 0x8183
    return query[:2] + struct.pack("!HHHHH", flags, 1, bool(record), 0, 0) + question + record


@contextlib.contextmanager
def dns_server():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))

        def serve():
            while True:
                query, peer = server.recvfrom(4096)
                if not query:
                    return
                with contextlib.suppress(OSError):
                    server.sendto(dns_answer(query), peer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        port = server.getsockname()[1]
        yield port
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.sendto(b"", ("127.0.0.1", port))
        thread.join(10)


@pytest.fixture(scope="module")
def filtering(tmp_path_factory):
    if shutil.which("rspamd") is None:
        pytest.skip("rspamd is not installed")
    state = tmp_path_factory.mktemp("rspamd")
    state.chmod(0o755)
    spool = tmp_path_factory.mktemp("spool")
    port = free_port()
    with contextlib.ExitStack() as stack:
        dns = stack.enter_context(dns_server())
        stack.enter_context(rspamd(state, port))
        flags = [f"--rspamd=127.0.0.1:{port}", f"--spool_dir={spool}",
                 "--xclient_networks=127.0.0.0/8", "--blocklists=list.example", "--dns_trust_anchor=",
                 f"--dns_server=127.0.0.1@{dns}"]
        options = [option for flag in flags for option in ("--flag", f"smtp-gateway:{flag}")]
        started = stack.enter_context(system.started("--hostname", HOSTNAME, *options))
        started.spool = spool
        yield started


def message(*fields, text=b"Text\r\n"):
    own = [b"From: Bob <bob@remote.example>", b"To: alice@example.org", b"Subject: Cheap things",
           b"Date: Thu, 26 Nov 2026 08:00:00 +0000", b"Message-ID: <1@remote.example>"]
    return b"\r\n".join([*own, *fields, b"", text])


def test_good_mail_is_delivered_with_its_results(filtering):
    account = filtering.account()
    forged = f"Authentication-Results: {HOSTNAME}; dkim=pass header.d=bank.example".encode()
    filtering.deliver(account, message(forged, b"X-Spam: No", b"X-Spam-Status: No, trust me"))
    [(_, octets)] = filtering.messages(account)
    assert octets.count(b"\r\nAuthentication-Results: " + HOSTNAME.encode()) == 1
    assert b"bank.example" not in octets
    assert b"\r\nX-Spamd-Result: default" in octets
    assert b"\r\nX-Spam-Status: No, score=" in octets
    assert b"trust me" not in octets and b"\r\nX-Spam:" not in octets
    assert octets.startswith(b"Return-Path: <sender@remote.example>\r\nReceived: from ")
    assert octets.endswith(b"\r\n\r\nText\r\n")


def test_spam_goes_to_junk(filtering):
    account = filtering.account()
    filtering.deliver(account, message(b"X-Test: junk"))
    assert filtering.messages(account) == []
    [(_, octets)] = filtering.messages(account, "Junk")
    assert b"\r\nX-Spam: Yes\r\n" in octets
    assert b"\r\nX-Spam-Status: Yes, score=" in octets
    assert b"\r\nSubject: Cheap things\r\n" in octets


def test_a_subject_is_rewritten(filtering):
    account = filtering.account()
    filtering.deliver(account, message(b"X-Test: subject"))
    [(_, octets)] = filtering.messages(account, "Junk")
    assert b"\r\nSubject: [spam] Cheap things\r\n" in octets


def test_what_nobody_wants_is_refused(filtering):
    account = filtering.account()
    with pytest.raises(smtplib.SMTPDataError) as refused:
        filtering.deliver(account, message(text=GTUBE + b"\r\n"))
    assert refused.value.smtp_code == 554
    assert refused.value.smtp_error == b"5.7.1 Gtube pattern"
    assert filtering.messages(account) == filtering.messages(account, "Junk") == []


def test_large_mail_passes_by_a_file(filtering):
    account = filtering.account()
    text = b"".join(b"line %d\r\n" % number for number in range(150_000))
    filtering.deliver(account, message(b"X-Test: junk", text=text))
    [(_, octets)] = filtering.messages(account, "Junk")
    assert octets.endswith(b"\r\n\r\n" + text)
    assert list(filtering.spool.iterdir()) == []


def test_users_are_refused_or_not(filtering):
    account = filtering.account()
    with smtplib.SMTP(filtering.host, filtering.port("SUBMISSION"), timeout=60) as client:
        client.login(account.address, account.password)
        client.sendmail(account.address, [account.address], message(b"X-Test: junk"))
        with pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail(account.address, [account.address], message(text=GTUBE + b"\r\n"))
    assert refused.value.smtp_code == 554
    [(_, octets)] = filtering.messages(account)
    assert b"X-Spam" not in octets


def test_listed_clients_are_refused(filtering):
    account = filtering.account()
    with RawSmtp(filtering) as client:
        client.hello()
        assert client.ask(f"XCLIENT ADDR={LISTED}").startswith("220 ")
        client.hello()
        client.ask("MAIL FROM:<bob@remote.example>")
        refusal = client.ask(f"RCPT TO:<{account.address}>")
        assert refusal.startswith("554 5.7.1 Client is listed by list.example: See there")
        client.ask("RSET")
        assert client.ask("XCLIENT ADDR=185.200.7.9").startswith("220 ")
        client.hello()
        client.ask("MAIL FROM:<bob@remote.example>")
        assert client.ask(f"RCPT TO:<{account.address}>").startswith("250 ")


def test_attack_43_a_listing_is_not_talked_away(filtering):
    """Neither by another transaction, nor by another form of the address, nor in TLS."""
    account = filtering.account()
    for address in (LISTED, f"IPV6:::ffff:{LISTED}"):
        with RawSmtp(filtering) as client:
            client.hello()
            assert client.ask(f"XCLIENT ADDR={address}").code == 220
            client.hello()
            for command in ("RSET", "EHLO other.example", "NOOP"):
                client.envelope()
                assert client.ask(f"RCPT TO:<{account.address}>").startswith("554 5.7.1")
                assert client.ask("DATA").code == 554
                client.ask(command)
                client.ask("RSET")
            client.start_tls()
            client.hello()
            client.envelope()
            assert client.ask(f"RCPT TO:<{account.address}>").startswith("554 5.7.1")


def nested(levels):
    opening = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
                       for n in range(levels))
    return opening + b"\r\ntext\r\n"


def bomb():
    """20 MB of nothing, zipped; rspamd looks into archives."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("nothing", bytes(20_000_000))
    lines = base64.encodebytes(archive.getvalue()).replace(b"\n", b"\r\n")
    return (b"Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
            lines)


@pytest.mark.parametrize("content", [nested(2_000), bomb()], ids=["nested", "zipped"])
def test_attack_17_bombs_pass_the_filters_and_hurt_none(filtering, content):
    account = filtering.account()
    header = message(text=b"").partition(b"\r\n\r\n")[0]
    filtering.deliver(account, header + b"\r\nMIME-Version: 1.0\r\n" + content)
    filtering.deliver(account, message())
    assert len(filtering.messages(account)) == 2


def refused_port():
    """Nobody listens there."""
    return free_port()


def test_without_rspamd_mail_is_put_off():
    with system.started("--flag", f"smtp-gateway:--rspamd=127.0.0.1:{refused_port()}") as running:
        account = running.account()
        with pytest.raises(smtplib.SMTPDataError) as deferred:
            running.deliver(account, message())
        assert deferred.value.smtp_code == 451
        assert deferred.value.smtp_error.startswith(b"4.7.1 ")
        assert running.messages(account) == []
        metrics = running.metrics("SMTP_GATEWAY")
        assert metrics['posthorn_smtp_filtered_total{filter="rspamd",verdict="failed"}'] == 1


def test_a_milter_adds_its_results(tmp_path):
    if shutil.which("opendkim") is None:
        pytest.skip("opendkim is not installed")
    path = tmp_path / "opendkim.sock"
    (tmp_path / "opendkim.conf").write_text(OPENDKIM.format(state=tmp_path))
    with process("opendkim", "-f", "-x", str(tmp_path / "opendkim.conf")):
        system.wait_until(path.exists, "opendkim listens", 30)
        options = ["--flag", f"smtp-gateway:--milters=unix:{path}", "--hostname", HOSTNAME]
        with system.started(*options) as running:
            account = running.account()
            running.deliver(account, message())
            [(_, octets)] = running.messages(account)
            assert b"\r\nAuthentication-Results: " + HOSTNAME.encode() in octets
            assert b"dkim=none" in octets
            assert octets.endswith(b"\r\n\r\nText\r\n")
