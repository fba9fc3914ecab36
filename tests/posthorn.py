"""The running system as the tests see it: its ports, its processes, its accounts and its clients."""

import contextlib
import dataclasses
import imaplib
import itertools
import os
import pathlib
import poplib
import re
import secrets
import shlex
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
import urllib.request

TOP = pathlib.Path(__file__).resolve().parents[1]
CORPUS = pathlib.Path(os.environ.get("POSTHORN_CORPUS", TOP.parent / "shared/corpus"))
DOMAIN = "example.org"


@dataclasses.dataclass(frozen=True)
class Account:
    address: str
    password: str


def read_env(path):
    """NAME=value lines, as deploy/local/up writes them."""
    values = {}
    for line in pathlib.Path(path).read_text().splitlines():
        name, separator, value = line.partition("=")
        if separator and not line.startswith("#"):
            values[name.strip()] = value.strip().strip("'\"")
    return values


def wait_until(condition, what, seconds=30):
    """Polls: the test fails when `condition` has not come true by then."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def insecure_tls():
    """For the self-signed certificate of a test system."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def crlf(message):
    """A message as it is on the wire: every line end CR LF, the last one too."""
    message = re.sub(rb"\r?\n|\r", b"\r\n", message)
    return message if message.endswith(b"\r\n") else message + b"\r\n"


def corpus_messages():
    """Name and octets, with CR LF, of every message to test with; mbox files are taken apart."""
    files = sorted(CORPUS.iterdir())
    if not files:
        raise FileNotFoundError(f"no messages in {CORPUS}")
    for path in files:
        if path.suffix == ".eml":
            yield path.name, crlf(path.read_bytes())
        elif path.suffix == ".mbox":
            parts = re.split(rb"(?m)^From .*\n", path.read_bytes())[1:]
            for number, part in enumerate(parts):
                yield f"{path.name}-{number}", crlf(part)


class System:
    """One running Posthorn, from the env file of deploy/local/up."""

    def __init__(self, env_file):
        self.env_file = pathlib.Path(env_file)
        self.state = self.env_file.parent
        self.host = "127.0.0.1"
        self._names = itertools.count(1)
        self._run = secrets.token_hex(3)
        self.reload()

    def reload(self):
        self.env = read_env(self.env_file)

    def port(self, name, instance=1):
        """port("IMAP"), port("SMTP", 2): a service's port on its first, second... gateway."""
        return int(self.env[f"{name}_PORT" + (f"_{instance}" if instance > 1 else "")])

    def pid(self, service, instance=1):
        """pid("MAILSTORE"), pid("IMAP_GATEWAY", 2)."""
        return int(self.env[f"{service}_PID" + (f"_{instance}" if instance > 1 else "")])

    def instances(self, service):
        """1, 2... for as many as there are of a service."""
        return [instance for instance in range(1, 10)
                if f"{service}_PID" + (f"_{instance}" if instance > 1 else "") in self.env]

    def metrics(self, service, instance=1):
        """What a service shows to Prometheus: {'name{label="value"}': number}."""
        suffix = f"_{instance}" if instance > 1 else ""
        port = self.env[f"{service}_ADMIN_PORT{suffix}"]
        with urllib.request.urlopen(f"http://{self.host}:{port}/metrics", timeout=30) as answer:
            lines = answer.read().decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
        return {name: float(value) for name, value in pairs}

    # ---- administration

    def mailctl(self, *arguments, given="", check=True):
        result = subprocess.run([*shlex.split(self.env["MAILCTL"]), *arguments], input=given,
                                text=True, capture_output=True, timeout=120)
        if check and result.returncode != 0:
            raise AssertionError(f"mailctl {arguments}: {result.stderr}{result.stdout}")
        return result

    def account(self, name="user"):
        """A new account with an empty mailbox."""
        account = Account(f"{name}-{self._run}-{next(self._names)}@{DOMAIN}",
                          secrets.token_urlsafe(12))
        self.mailctl("account", "add", account.address, given=account.password + "\n")
        return account

    def accounts(self, count, name="many"):
        made = [Account(f"{name}-{self._run}-{next(self._names)}@{DOMAIN}",
                        secrets.token_urlsafe(12)) for _ in range(count)]
        self.mailctl("account", "add", "--batch",
                     given="".join(f"{a.address}\t{a.password}\n" for a in made))
        return made

    # ---- clients

    def smtp(self, instance=1, timeout=60):
        return smtplib.SMTP(self.host, self.port("SMTP", instance), timeout=timeout)

    def deliver(self, account, message, sender="sender@remote.example", instance=1):
        """One message by SMTP to one account, or to several."""
        recipients = [a.address for a in (account if isinstance(account, (list, tuple)) else [account])]
        with self.smtp(instance) as client:
            client.sendmail(sender, recipients, message)

    def imap(self, account=None, instance=1, timeout=60):
        client = imaplib.IMAP4(self.host, self.port("IMAP", instance), timeout=timeout)
        if account:
            client.login(account.address, account.password)
        return client

    def pop3(self, account=None, instance=1, timeout=60):
        client = poplib.POP3(self.host, self.port("POP3", instance), timeout=timeout)
        if account:
            client.user(account.address)
            client.pass_(account.password)
        return client

    def messages(self, account, mailbox="INBOX"):
        """All messages of a mailbox by IMAP: a list of (uid, octets)."""
        client = self.imap(account)
        try:
            status, data = client.select(mailbox, readonly=True)
            assert status == "OK", data
            status, data = client.uid("FETCH", "1:*", "(UID BODY.PEEK[])")
            assert status == "OK", data
            return [(int(re.search(rb"UID (\d+)", item[0])[1]), item[1])
                    for item in data if isinstance(item, tuple)]
        finally:
            client.logout()

    # ---- processes

    def kill(self, service, instance=1):
        """kill -9; its process id is free afterwards (PostgreSQL looks at it when it starts)."""
        pid = self.pid(service, instance)
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not os.path.exists(f"/proc/{pid}"), f"{service} is gone")

    def in_foreground(self, service, *flags, instance=1):
        """Starts a service anew as a child of the test, which then has its exit code."""
        self.kill(service, instance)
        suffix = f"_{instance}" if instance > 1 else ""
        # A service refuses settings that it does not know: those of the tests.
        env = {name: value for name, value in os.environ.items() if not name.startswith("POSTHORN_")}
        process = subprocess.Popen([self.env[f"{service}_START{suffix}"], *flags], env=env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        ready = f"http://{self.host}:{self.env[f'{service}_ADMIN_PORT{suffix}']}/healthz/ready"

        def is_ready():
            with contextlib.suppress(OSError):
                return urllib.request.urlopen(ready, timeout=5).status == 200

        wait_until(is_ready, f"{service} is ready", 60)
        return process

    @contextlib.contextmanager
    def running(self, service, *flags, instance=1):
        """A service runs with other settings meanwhile."""
        process = self.in_foreground(service, *flags, instance=instance)
        try:
            yield
        finally:
            process.kill()
            process.wait()
            self.up()

    @contextlib.contextmanager
    def apart(self, *services, flags=()):
        """Each gateway of these services knows but one mailstore, the first one the first, the second
        one the second. Else all calls of an account meet in one of them."""
        gateways = []
        try:
            for service in services:
                for instance in (1, 2):
                    store = f"--mailstore={self.host}:{self.port('MAILSTORE', instance)}"
                    gateways.append(self.in_foreground(service, store, *flags, instance=instance))
            yield
        finally:
            for gateway in gateways:
                gateway.kill()
                gateway.wait()
            self.up()

    def up(self):
        """Starts what is not running, on the same data."""
        result = subprocess.run([TOP / "deploy/local/up", "--state", self.state],
                                capture_output=True, text=True, timeout=300)
        if result.returncode != 0:
            raise AssertionError(f"deploy/local/up: {result.stdout[-4000:]}{result.stderr[-4000:]}")
        self.reload()


def prune_change_log(system, account):
    """What upkeep does to changes of long ago, done to all of an account's now; caches are emptied."""
    key = account.address.lower()
    mailboxes = f"account_id = (SELECT account_id FROM login WHERE address_key = '{key}')"
    subprocess.run(
        ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", system.env["DATABASE_URL"], "-c",
         f"UPDATE mailbox SET log_floor_modseq = highest_modseq WHERE {mailboxes}; "
         f"DELETE FROM change_log WHERE {mailboxes}"], check=True, capture_output=True, timeout=60)
    for instance in system.instances("MAILSTORE"):
        system.kill("MAILSTORE", instance)
    system.up()


def free_port_base():
    """A base whose ports nobody listens on, below those that the kernel gives to clients."""
    for base in range(2000, 30000, 2500):
        try:
            for instance in (0, 1000):
                for port in (25, 110, 143, 432, 465, 587, 900, 993, 995):
                    with socket.socket() as probe:
                        probe.bind(("127.0.0.1", base + instance + port))
            return base
        except OSError:
            continue
    raise AssertionError("no free ports")


@contextlib.contextmanager
def started(*options):
    """A system of its own, gone with its data afterwards."""
    with tempfile.TemporaryDirectory(prefix="posthorn-test-") as state:
        command = [str(TOP / "deploy/local/up"), "--dev", "--state", state,
                   "--port-base", str(free_port_base()), *options]
        result = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        try:
            if result.returncode != 0:
                raise AssertionError(f"deploy/local/up: {result.stdout[-4000:]}{result.stderr[-4000:]}")
            yield System(pathlib.Path(state) / "env")
        finally:
            subprocess.run([TOP / "deploy/local/down", "--state", state], capture_output=True,
                           timeout=120)
