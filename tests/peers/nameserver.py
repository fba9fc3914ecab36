"""A DNS of our own, from a made-up root down: Knot, which signs with keys that it makes.

Zones: "." and "example." and "example.org." are signed; "plain." is not; "bogus." is signed by
another key than its parent says; "broken." is answered with SERVFAIL."""

import pathlib
import re
import socket
import subprocess

from posthorn import wait_until

ADDRESS = "127.25.0.53"
SIGNED = (".", "example.", "example.org.", "bogus.")
ZONES = (*SIGNED, "plain.", "broken.")

# What is asked for in vain is not remembered for long: tests publish names while others ask. For
# the same reason denials are NSEC3 with opt-out: resolvers do not deny further names by them.
SOA = "@ 60 SOA ns.example. hostmaster.example. 1 3600 600 864000 1\n@ 60 NS ns.example.\n"

CONFIGURATION = """
server:
    rundir: "{folder}/run"
    listen: [{listen}]
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
log:
  - target: "{folder}/knot.log"
    any: info
database:
    storage: "{folder}/keys"
policy:
  - id: own
    manual: on
    single-type-signing: on
    algorithm: ecdsap256sha256
    nsec3: on
    nsec3-iterations: 0
    nsec3-salt-length: 0
    nsec3-opt-out: on
template:
  - id: default
    storage: "{folder}/zones"
    zonefile-load: difference-no-serial
    zonefile-sync: -1
    journal-content: all
zone:
"""


def absolute(name):
    return name if name.endswith(".") else name + "."


class NameServer:
    def __init__(self, folder, address=ADDRESS, *others):
        self.folder = pathlib.Path(folder)
        self.address = address
        self.listen = ", ".join(f"{each}@53" for each in (address, *others))
        self.records = {zone: [] for zone in ZONES}
        self.anchor = self.folder / "root.key"
        self.resolv_conf = self.folder / "resolv.conf"
        self._process = None

    # ---- what it serves

    def add(self, name, kind, data, ttl=60):
        """One more record, in the zone that its name belongs to; served from publish() on."""
        name = absolute(name)
        zone = max((z for z in ZONES if z == "." or ("." + name).endswith("." + z)), key=len)
        self.records[zone].append(f"{name} {ttl} {kind} {data}")
        return self

    def add_lines(self, zone, text):
        """Lines of a zone file as they are, such as `mailctl dns` prints them."""
        self.records[absolute(zone)].append(text)

    def publish(self):
        """Everything that was added is served when this returns."""
        changed = [zone for zone in ZONES if self._write(zone)]
        if self._process and changed:
            self._tool("knotc", "-b", "zone-reload", *changed)

    def _write(self, zone):
        """Whether its file is another now; "broken." has none."""
        path = self.folder / "zones" / f"{zone.rstrip('.') or 'root'}.zone"
        text = f"$ORIGIN {zone}\n$TTL 60\n{SOA}" + "\n".join(self.records[zone]) + "\n"
        if zone == "broken." or (path.exists() and path.read_text() == text):
            return False
        path.write_text(text)
        return True

    # ---- the process

    def start(self):
        # Knot would share the address with the one of another run (SO_REUSEPORT).
        socket.create_server((self.address, 53)).close()
        for name in ("run", "keys", "zones"):
            (self.folder / name).mkdir(parents=True)
        text = CONFIGURATION.format(folder=self.folder, listen=self.listen)
        for zone in ZONES:
            text += f"  - domain: {zone}\n    file: {zone.rstrip('.') or 'root'}.zone\n"
            if zone in SIGNED:
                text += "    dnssec-signing: on\n    dnssec-policy: own\n"
        (self.folder / "knot.conf").write_text(text)
        self._delegate()
        self.anchor.write_text(self._ds("."))
        self.resolv_conf.write_text(f"nameserver {self.address}\noptions timeout:2 attempts:2\n")
        self.publish()
        log = open(self.folder / "stderr.log", "wb")
        self._process = subprocess.Popen(["knotd", "-c", self.folder / "knot.conf"], stdout=log,
                                         stderr=log)
        wait_until(self._serves, "the name server serves its zones", 30)

    def stop(self):
        if self._process:
            self._process.terminate()
            self._process.wait(20)
            self._process = None

    def _delegate(self):
        self.add("ns.example", "A", self.address)
        for zone in ZONES[1:]:
            self.records["."].append(f"{zone} 60 NS ns.example.")
        for zone in SIGNED:
            self._tool("keymgr", zone, "generate", "algorithm=ECDSAP256SHA256", "ksk=yes",
                       "zsk=yes")
        for zone in SIGNED[1:]:
            ds = self._ds(zone)
            if zone == "bogus.":
                ds = re.sub(r"[0-9a-fA-F]{64}", "0123456789abcdef" * 4, ds)
            self.records["."].append(ds)

    def _ds(self, zone):
        lines = self._tool("keymgr", zone, "ds").splitlines()
        return next(line for line in lines if re.search(r" 13 2 [0-9a-fA-F]{64}$", line)) + "\n"

    def _tool(self, program, *arguments):
        result = subprocess.run([program, "-c", self.folder / "knot.conf", *arguments], text=True,
                                capture_output=True, timeout=60)
        assert result.returncode == 0, f"{program} {arguments}: {result.stdout}{result.stderr}"
        return result.stdout

    def _serves(self):
        assert self._process.poll() is None, (self.folder / "knot.log").read_text()[-2000:]
        return all("RRSIG" in self.ask(zone, "SOA", "+dnssec") for zone in SIGNED)

    def ask(self, name, kind, *options):
        """What it answers, as kdig shows it."""
        return subprocess.run(["kdig", f"@{self.address}", "+timeout=2", "+retry=0", *options, name,
                               kind], capture_output=True, text=True, timeout=30).stdout
