"""The world outside of the stack, run within the network of one of its containers:

    outside.py FOLDER SENDER ADDRESS...

A DNS at all the addresses, whose root is signed by FOLDER/dns/root.key, and at the first the mail
server of remote.example, which writes messages to FOLDER/mail; the domain's SPF record names SENDER.
Prints a line when both answer, and ends with its standard input."""

import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "peers")]

from nameserver import NameServer  # noqa: E402
from sink import Sink  # noqa: E402


def main(folder, sender, address, *others):
    dns = NameServer(pathlib.Path(folder) / "dns", address, *others)
    dns.add("remote.example", "MX", "10 mx.remote.example.")
    dns.add("mx.remote.example", "A", address)
    dns.add("remote.example", "TXT", f'"v=spf1 ip4:{sender} -all"')
    dns.add("_dmarc.remote.example", "TXT", '"v=DMARC1; p=none"')
    sink = None
    try:
        dns.start()
        sink = Sink(pathlib.Path(folder) / "mail", address)
        print("ready", flush=True)
        sys.stdin.read()
    finally:
        if sink:
            sink.stop()
        dns.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
