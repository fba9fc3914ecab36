"""The network of the tests: a DNS, an authority, three mail servers, and sites for single tests."""

import dataclasses
import itertools
import pathlib

from certificates import Authority, tlsa
from hosts import KINDS
from jail import unpack
from nameserver import NameServer
from scripted import Server
from sink import Sink

# Where Posthorn takes mail from other servers.
POSTHORN_ADDRESS, POSTHORN_HOST = "127.25.0.1", "mail.example.org"
# Who may say to it by XCLIENT for whom it speaks.
TRUSTED = "127.25.0.2"


@dataclasses.dataclass
class Site:
    """A domain of a test's own, with one host and its records."""
    network: "Network"
    domain: str
    host: str
    address: str

    def user(self, name="bob"):
        return f"{name}@{self.domain}"

    def certificate(self, *names, authority=None, days=30):
        return (authority or self.network.authority).issue(*(names or (self.host,)), days=days)

    def server(self, **options):
        """A scripted server at the site's address, or at another one."""
        options.setdefault("address", self.address)
        return self.network.keep(Server(options.pop("address"), self.host, **options))

    def sink(self, *flags):
        folder = self.network.folder / "sinks" / self.domain
        return self.network.keep(Sink(folder, self.address, *flags))

    def tlsa(self, certificate, usage=3, selector=1, matching=1):
        self.publish(f"_25._tcp.{self.host}", "TLSA",
                     tlsa(certificate.crt, usage, selector, matching))

    def publish(self, name, kind, data, ttl=60):
        self.network.nameserver.add(name, kind, data, ttl)
        self.network.nameserver.publish()


class Network:
    def __init__(self, folder, downloads):
        self.folder = pathlib.Path(folder)
        self.folder.chmod(0o755)  # servers give up their rights
        self.downloads = downloads
        self.nameserver = NameServer(self.folder / "dns")
        self.authority = Authority(self.folder / "authority")
        self.peers = {}
        self._numbers = itertools.count(1)
        self._kept = []

    def start(self):
        self.nameserver.start()
        unpacked = unpack(self.downloads)
        for number, kind in enumerate(KINDS, 10):
            peer = kind(self.folder, f"127.25.0.{number}", unpacked, self.nameserver,
                        self.authority)
            self.peers[peer.name] = peer
        self.nameserver.add(POSTHORN_HOST, "A", POSTHORN_ADDRESS)
        self.nameserver.publish()
        for peer in self.peers.values():
            peer.start()

    def stop(self):
        self.sweep()
        for peer in self.peers.values():
            peer.stop()
        self.nameserver.stop()

    def options(self):
        """Of deploy/local/up, for a Posthorn that sends by this DNS, and tries again after a
        hundredth of the time."""
        flags = {"mailstore": [f"--hostname={POSTHORN_HOST}", "--retry_scale=0.01"],
                 "smtp-gateway": ["--role=mx,submission,relay",
                                  f"--dns_server={self.nameserver.address}",
                                  f"--dns_trust_anchor={self.nameserver.anchor}",
                                  f"--relay_ca={self.authority.crt}", "--relay_loopback",
                                  "--relay_private_sts_hosts"]}
        return [option for service, each in flags.items() for flag in each
                for option in ("--flag", f"{service}:{flag}")]

    def keep(self, server):
        """Stopped after the test."""
        self._kept.append(server)
        return server

    def sweep(self):
        while self._kept:
            self._kept.pop().stop()

    def address(self):
        """One that nobody has."""
        number = next(self._numbers)
        return f"127.25.{1 + number // 250}.{1 + number % 250}"

    def site(self, zone="example", records=True):
        """A domain that nobody has asked for yet; without records it has none but by publish()."""
        number = next(self._numbers)
        site = Site(self, f"s{number}.{zone}", f"mx.s{number}.{zone}", self.address())
        if records:
            self.nameserver.add(site.domain, "MX", f"10 {site.host}.")
            self.nameserver.add(site.host, "A", site.address)
            self.nameserver.publish()
        return site
