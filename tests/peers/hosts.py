"""Peers: real mail servers, each at a loopback address of its own. Each takes mail for its domain
on port 25 into a maildir, and sends what it is given on port 587 to where the DNS says."""

import email
import email.policy
import pathlib
import re
import shutil
import smtplib
import socket
import subprocess

from jail import USERS, FIRST_ID, Jail
from posthorn import wait_until

CONFIGURATIONS = pathlib.Path(__file__).resolve().parent / "configurations"
VMAIL = FIRST_ID + USERS.index("vmail")


def listening(address, port):
    try:
        socket.create_connection((address, port), timeout=5).close()
        return True
    except OSError:
        return False


class Peer:
    """One server. Its mailbox is bob@DOMAIN; mail to others there is refused with a 550."""

    name = None

    def __init__(self, folder, address, unpacked, nameserver, authority):
        self.domain, self.host = f"{self.name}.example", f"mx.{self.name}.example"
        self.user = f"bob@{self.domain}"
        self.address = address
        self.state = pathlib.Path(folder) / self.name
        self.jail = Jail(self.state, unpacked, nameserver.resolv_conf)
        self.certificate = authority.issue(self.host)
        self.authority = authority
        self.maildir = self.state / "maildir"
        self.maildir.mkdir()
        shutil.chown(self.maildir, VMAIL, VMAIL)
        self._process = None
        nameserver.add(self.domain, "MX", f"10 {self.host}.").add(self.host, "A", address)
        nameserver.add(self.domain, "TXT", f'"v=spf1 ip4:{address} -all"')

    def configure(self, name, target):
        text = (CONFIGURATIONS / name).read_text()
        values = dict(STATE=self.state, ADDRESS=self.address, DOMAIN=self.domain, HOST=self.host,
                      CRT=self.certificate.crt, KEY=self.certificate.key, CA=self.authority.crt,
                      VMAIL=VMAIL)
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def start(self):
        self.log = open(self.state / "output.log", "wb")
        self._process = self.jail.start(self.log, *self.prepare())
        for port in (25, 587):
            wait_until(lambda: self._alive() and listening(self.address, port),
                       f"{self.name} listens on port {port}")

    def _alive(self):
        assert self._process.poll() is None, f"{self.name} ended: {self.said()}"
        return True

    def said(self):
        return "".join(path.read_text(errors="replace")[-3000:] for path in
                       sorted(self.state.rglob("*.log")))

    def stop(self):
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    # ---- what tests do with it

    def received(self):
        """The messages that came, as octets with the server's own trace fields."""
        return [path.read_bytes() for path in sorted(self.maildir.rglob("*"))
                if path.is_file() and path.parent.name in ("new", "cur")]

    def message_of(self, subject, seconds=60):
        """The message with this subject, once it is there."""
        def there():
            return [octets for octets in self.received() if subject_of(octets) == subject]
        return wait_until(there, f"{subject} at {self.name}; it says: {self.said()}", seconds)[0]

    def send(self, recipients, message, sender=None, mail_options=()):
        """Submits a message, which the server then takes to its recipients by their MX."""
        with smtplib.SMTP(self.address, 587, timeout=60) as client:
            client.sendmail(sender or self.user, recipients, message, mail_options)


def subject_of(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)["Subject"]


class Postfix(Peer):
    name = "postfix"

    def prepare(self):
        for folder in ("queue", "data"):
            (self.state / folder).mkdir()
        shutil.chown(self.state / "data", "postfix")
        self.configure("postfix-main.cf", self.state / "config/main.cf")
        self.configure("postfix-master.cf", self.state / "config/master.cf")
        return ["postfix", "-c", self.state / "config", "start-fg"]

    def stop(self):
        if self._process and self._process.poll() is None:
            # As in start(): what it is asked to stop by is found in its queue's folder.
            subprocess.run(["postfix", "-c", self.state / "config", "stop"], capture_output=True,
                           timeout=60)
        super().stop()


class Exim(Peer):
    name = "exim"

    def prepare(self):
        # The path that Exim trusts: with another one it would give up root's rights.
        shutil.chown(self.certificate.key, FIRST_ID)
        self.configure("exim.conf", self.jail.etc / "exim4/exim4.conf")
        for folder in ("spool", "log"):
            (self.state / folder).mkdir()
            shutil.chown(self.state / folder, FIRST_ID, FIRST_ID)
        return ["/usr/sbin/exim4", "-bdf", "-q1m"]


class OpenSmtpd(Peer):
    name = "opensmtpd"

    def prepare(self):
        self.configure("smtpd.conf", self.state / "smtpd.conf")
        self.certificate.key.chmod(0o600)
        spool = self.state / "var/spool/smtpd"
        (self.state / "var/lib/opensmtpd/empty").mkdir(parents=True)
        spool.mkdir(parents=True)
        spool.chmod(0o711)
        queue = FIRST_ID + USERS.index("opensmtpq")
        for folder, owner, group, mode in (("offline", 0, queue, 0o770),
                                           ("purge", queue, 0, 0o700)):
            (spool / folder).mkdir()
            (spool / folder).chmod(mode)
            shutil.chown(spool / folder, owner, group)
        return ["/usr/sbin/smtpd", "-d", "-f", self.state / "smtpd.conf"]


KINDS = (Postfix, Exim, OpenSmtpd)


def body_of(octets):
    """What follows the header, with the line ends of the wire."""
    return re.split(rb"\r?\n\r?\n", octets, maxsplit=1)[1].replace(b"\r\n", b"\n").replace(
        b"\n", b"\r\n")
