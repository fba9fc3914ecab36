"""A certificate authority for the peers, and the TLSA records of what it issues."""

import dataclasses
import hashlib
import pathlib
import subprocess


def openssl(*arguments, given=None):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, input=given,
                          capture_output=True, timeout=60).stdout


@dataclasses.dataclass(frozen=True)
class Certificate:
    crt: pathlib.Path  # with the authority's certificate after it
    key: pathlib.Path


class Authority:
    """Issues certificates into a folder; `crt` is its own."""

    def __init__(self, folder, name="Peers"):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.crt, self.key = self.folder / "ca.crt", self.folder / "ca.key"
        self._issued = 0
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={name}", "-days", "30", "-keyout", self.key, "-out", self.crt,
                "-addext", "keyUsage=critical,keyCertSign")

    def issue(self, *names, days=30):
        """A certificate for these names; over already when `days` is negative."""
        self._issued += 1
        stem = self.folder / f"{self._issued}-{names[0]}"
        crt, key, request = (stem.with_name(stem.name + end) for end in (".crt", ".key", ".csr"))
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request, "-addext",
                "subjectAltName=" + ",".join(f"DNS:{name}" for name in names))
        openssl("x509", "-req", "-in", request, "-CA", self.crt, "-CAkey", self.key,
                "-days", days, "-copy_extensions", "copy", "-out", crt)
        crt.write_bytes(crt.read_bytes() + self.crt.read_bytes())
        return Certificate(crt, key)


def tlsa(crt, usage=3, selector=1, matching=1):
    """The data of the TLSA record (RFC 6698 2.1) for the first certificate of a file."""
    if selector == 1:
        pem = openssl("x509", "-in", crt, "-noout", "-pubkey")
        octets = openssl("pkey", "-pubin", "-outform", "DER", given=pem)
    else:
        octets = openssl("x509", "-in", crt, "-outform", "DER")
    if matching:
        octets = {1: hashlib.sha256, 2: hashlib.sha512}[matching](octets).digest()
    return f"{usage} {selector} {matching} {octets.hex()}"
