"""Posthorn on local ports, from deploy/local/up or from an env file that it wrote. All that the
measurement knows of that file's names is in this module."""

import pathlib
import re
import shlex
import subprocess
import time

from . import processes
from .side import ACCOUNTS, PASSWORD, SINK_DOMAIN, USER, Ports, Side, user

TOP = pathlib.Path(__file__).resolve().parents[3]
UP = TOP / "deploy/local/up"
DOWN = TOP / "deploy/local/down"
# The processes that an idle connection takes memory of: each instance of the three.
IDLE_MEMORY_OF = r"({}_GATEWAY|MAILSTORE|POSTGRES)_PID(_\d+)?"
# Accounts whose mail is signed (DKIM); that of USER is not, as the peers' is not.
SIGNED_DOMAIN = "signed.example"
SIGNED_USER = "signed{}@" + SIGNED_DOMAIN
SIGNED_ACCOUNTS = 50


def read_env(path):
    values = {}
    for line in pathlib.Path(path).read_text().splitlines():
        name, separator, value = line.removeprefix("export ").partition("=")
        if separator and not line.startswith("#"):
            values[name.strip()] = value.strip().strip("'\"")
    return values


class Posthorn(Side):
    name = "Posthorn"
    sender = USER

    def __init__(self, state, port_base, build, env_file=None):
        self.state = pathlib.Path(state).resolve() / "posthorn"
        self.port_base = port_base
        self.build = build
        self.env_file = env_file
        self.started = False
        self.env = {}
        self.made_in = None  # seconds that making all accounts took

    def start(self):
        if self.env_file is None:
            self.started = True
            subprocess.run([UP, "--state", self.state, "--port-base", str(self.port_base),
                            "--build-dir", self.build, "--dev"],
                           check=True, stdout=subprocess.DEVNULL)
            self.env_file = self.state / "env"
        self.env = read_env(self.env_file)
        smtp = int(self.env["SMTP_PORT"])
        self.ports = Ports(smtp, int(self.env["IMAP_PORT"]), int(self.env["POP3_PORT"]),
                           int(self.env["SUBMISSION_PORT"]), smtp, self.port_base + 27)
        for port in (self.ports.smtp, self.ports.imap, self.ports.pop3):
            processes.await_port(port)
        self._make_accounts()
        self._prepare_relaying()

    def _mailctl(self, *arguments, given=""):
        """Runs mailctl with the connection settings of the env file."""
        command = [*shlex.split(self.env["MAILCTL"]), *arguments]
        return subprocess.run(command, input=given, text=True, capture_output=True)

    def _make_accounts(self):
        """Makes the accounts that are missing: all of them, unless an earlier run made them."""
        domain = USER.partition("@")[2]
        present = self._mailctl("account", "list").stdout.split()
        if user(ACCOUNTS - 1) in present:
            return
        if domain not in self._mailctl("domain", "list").stdout.split():
            self._check(self._mailctl("domain", "add", domain))
        batch = "".join(f"{user(number)}\t{PASSWORD}\n" for number in range(ACCOUNTS))
        begin = time.monotonic()
        self._check(self._mailctl("account", "add", "--batch", given=batch))
        self.made_in = time.monotonic() - begin

    def _prepare_relaying(self):
        self._check(self._mailctl("route", "set", "sink", f"127.0.0.1:{self.ports.sink}",
                                  f"--to={SINK_DOMAIN}", "--tls=none"))
        domain = USER.partition("@")[2]
        keys = self._mailctl("dkim", "list", domain).stdout.splitlines()
        for selector in [line.split()[1] for line in keys if line.startswith(domain)]:
            self._check(self._mailctl("dkim", "retire", domain, selector))
            self._check(self._mailctl("dkim", "remove", domain, selector))
        if SIGNED_DOMAIN not in self._mailctl("domain", "list").stdout.split():
            self._check(self._mailctl("domain", "add", SIGNED_DOMAIN))
            batch = "".join(f"{SIGNED_USER.replace('{}', str(number))}\t{PASSWORD}\n"
                            for number in range(SIGNED_ACCOUNTS))
            self._check(self._mailctl("account", "add", "--batch", given=batch))

    @staticmethod
    def _check(result):
        if result.returncode != 0:
            raise RuntimeError(f"mailctl: {result.stderr.strip() or result.stdout.strip()}")

    def stop(self):
        if self.started:
            subprocess.run([DOWN, "--state", self.state], check=False,
                           stdout=subprocess.DEVNULL)

    def settle(self):
        pass

    def process_ids(self, protocol):
        counted = re.compile(IDLE_MEMORY_OF.format(protocol.upper()))
        roots = []
        for name, value in self.env.items():
            if counted.fullmatch(name):
                roots.append(int(value))
        if not roots:
            raise RuntimeError(f"no process ids in {self.env_file}")
        return processes.with_descendants(roots)

    def versions(self):
        commit = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty"],
                                capture_output=True, text=True).stdout.strip()
        postgres = subprocess.run(["/usr/lib/postgresql/15/bin/postgres", "--version"],
                                  capture_output=True, text=True).stdout.split()
        facts = [f"Posthorn {commit or 'without git'}",
                 f"PostgreSQL {postgres[2] if len(postgres) > 2 else 'unknown'}"]
        if self.made_in is not None:
            facts.append(f"mailctl account add --batch made {ACCOUNTS:,} accounts in "
                         f"{self.made_in:.1f} s")
        return facts
