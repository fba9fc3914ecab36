"""Debian's Postfix and Dovecot as a private instance: own configuration, queue and mail below
one directory, unprivileged ports on 127.0.0.1, processes that are children of ours."""

import os
import pathlib
import shutil
import subprocess
import time

from . import processes
from .side import ACCOUNTS, PASSWORD, SINK_DOMAIN, Ports, Side, user

CONFIGURATION = pathlib.Path(__file__).resolve().parent.parent / "peers"
PACKAGES = ["postfix", "dovecot-imapd", "dovecot-pop3d", "dovecot-lmtpd"]
POLICY = pathlib.Path("/usr/sbin/policy-rc.d")
SETTLED_PROCESSES = 100
INOTIFY = pathlib.Path("/proc/sys/fs/inotify/max_user_instances")


def install():
    """Installs the Debian packages if need be, without starting the system's services."""
    if shutil.which("postfix") and pathlib.Path("/usr/lib/dovecot/lmtp").exists():
        return
    made_policy = not POLICY.exists()
    if made_policy:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        subprocess.run(["debconf-set-selections"], check=True, text=True,
                       input="postfix postfix/main_mailer_type select No configuration\n")
        environment = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *PACKAGES],
                       check=True, env=environment, stdout=subprocess.DEVNULL)
    finally:
        if made_policy:
            POLICY.unlink()


class Peers(Side):
    name = "Postfix + Dovecot"

    def __init__(self, state, port_base):
        self.state = pathlib.Path(state).resolve() / "peers"
        self.ports = Ports(port_base + 25, port_base + 143, port_base + 110, port_base + 25,
                           port_base + 26, port_base + 27)
        self.dovecot = None
        self.postfix = None
        self.inotify = None

    def _write(self, name, target, **more):
        text = (CONFIGURATION / name).read_text()
        values = dict(STATE=self.state, SMTP=self.ports.smtp, IMAP=self.ports.imap,
                      POP3=self.ports.pop3, SMTP_TLS=self.ports.smtp_tls, SINK=self.ports.sink,
                      SINK_DOMAIN=SINK_DOMAIN, **more)
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def _configure(self):
        shutil.rmtree(self.state, ignore_errors=True)
        for directory in ("mail", "dovecot", "postfix/queue", "postfix/data"):
            (self.state / directory).mkdir(parents=True)
        shutil.chown(self.state / "mail", "mail", "mail")
        shutil.chown(self.state / "postfix/data", "postfix")
        accounts = [user(number) for number in range(ACCOUNTS)]
        (self.state / "users").write_text(
            "".join(f"{name}:{{PLAIN}}{PASSWORD}\n" for name in accounts))
        (self.state / "mailboxes").write_text("".join(f"{name} x\n" for name in accounts))
        self._write("dovecot.conf", self.state / "dovecot.conf")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=mx.bench.example",
                        "-keyout", self.state / "key.pem", "-out", self.state / "certificate.pem"],
                       check=True, stderr=subprocess.DEVNULL)
        self._write("main.cf", self.state / "postfix/etc/main.cf")
        self._write("master.cf", self.state / "postfix/etc/master.cf")

    def start(self):
        install()
        self._configure()
        # Dovecot's documentation: IDLE needs an inotify instance per session; Debian allows 128.
        self.inotify = INOTIFY.read_text()
        try:
            INOTIFY.write_text("8192")
        except OSError:
            self.inotify = None  # a read-only /proc; Dovecot then polls
        self.dovecot = subprocess.Popen(["dovecot", "-F", "-c", self.state / "dovecot.conf"])
        self.postfix = subprocess.Popen(["postfix", "-c", self.state / "postfix/etc", "start-fg"],
                                        stderr=subprocess.DEVNULL)
        processes.await_port(self.ports.imap, self.dovecot)
        processes.await_port(self.ports.pop3, self.dovecot)
        processes.await_port(self.ports.smtp, self.postfix)

    def stop(self):
        if self.postfix is not None and self.postfix.poll() is None:
            subprocess.run(["postfix", "-c", self.state / "postfix/etc", "stop"],
                           stderr=subprocess.DEVNULL, check=False)
        processes.end_tree(self.postfix)  # a master that is about to begin was not told to stop
        processes.end(self.dovecot)
        if self.inotify is not None:
            INOTIFY.write_text(self.inotify)

    def settle(self):
        """Dovecot keeps the processes of ended sessions for a minute; waits until they go."""
        end = time.monotonic() + 120
        while len(self.process_ids("imap")) > SETTLED_PROCESSES and time.monotonic() < end:
            time.sleep(1)

    def process_ids(self, protocol):
        server = self.dovecot if protocol == "imap" else self.postfix
        return processes.with_descendants([server.pid])

    def versions(self):
        dovecot = subprocess.run(["dovecot", "--version"], capture_output=True, text=True)
        postfix = subprocess.run(["postconf", "-d", "-h", "mail_version"], capture_output=True,
                                 text=True)
        return [f"Postfix {postfix.stdout.strip()}", f"Dovecot {dovecot.stdout.split()[0]} (mdbox)"]
