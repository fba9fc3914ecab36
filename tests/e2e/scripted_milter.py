"""A milter by Debian's libmilter, a process of its own: it does what names, addresses and the field
X-Milter of a message say. Arguments: its socket and a file for what it has seen.
"""

import os
import signal
import sys

import Milter

LOG = open(sys.argv[2], "a", buffering=1)  # noqa: SIM115


class Scripted(Milter.Base):
    def note(self, *words):
        print(*words, file=LOG)

    def connect(self, name, family, address):
        self.todo = []
        self.note("connect", address[0])
        if address[0] == "203.0.113.66":
            self.setreply("554", "5.7.1", "We have met", "and did not", "like it")
            return Milter.REJECT
        return Milter.TEMPFAIL if address[0] == "203.0.113.67" else Milter.CONTINUE

    def hello(self, name):
        self.note("hello", name)
        return Milter.REJECT if name == "bad.example" else Milter.CONTINUE

    def envfrom(self, path, *parameters):
        self.todo, self.sender = [], path
        self.note("mail", path, *parameters)
        return {"<refuse@remote.example>": Milter.REJECT, "<later@remote.example>": Milter.TEMPFAIL,
                "<discard@remote.example>": Milter.DISCARD}.get(path, Milter.CONTINUE)

    def envrcpt(self, path, *parameters):
        self.note("recipient", path)
        if "+refuse@" in path:
            self.setreply("550", "5.7.1", "Not to", "this one,", "100%% sure")
            return Milter.REJECT
        return Milter.TEMPFAIL if "+later@" in path else Milter.CONTINUE

    def data(self):
        self.note("data")
        return Milter.REJECT if self.sender == "<nodata@remote.example>" else Milter.CONTINUE

    def header(self, name, value):
        if name == "X-Milter":
            self.todo = value.split()
        return Milter.REJECT if "header" in self.todo else Milter.CONTINUE

    def eoh(self):
        return Milter.TEMPFAIL if "eoh" in self.todo else Milter.CONTINUE

    def body(self, chunk):
        return Milter.REJECT if b"refuse this" in chunk else Milter.CONTINUE

    def eom(self):
        self.note("end")
        for what in self.todo:
            name, *arguments = what.split(":")
            getattr(self, "do_" + name)(*arguments)
        return Milter.REJECT if "reject" in self.todo else Milter.CONTINUE

    def do_reject(self):
        self.setreply("554", "5.6.0", "First line", "second line")

    def do_change(self):
        self.addheader("X-Added", "at the end")
        self.addheader("X-Inserted", "at the top;\n\tfolded", 0)
        self.chgheader("Subject", 1, "changed")
        self.chgheader("X-Milter", 1, None)
        self.replacebody(b"another body\r\n")

    def do_recipients(self, before, after):
        self.addrcpt(f"<{after}>")
        self.delrcpt(f"<{before}>")
        self.chgfrom("<changed@remote.example>")

    def do_quarantine(self):
        self.quarantine("smells")

    def do_die(self):
        self.replacebody(b"half of a bo")
        os.kill(os.getpid(), signal.SIGKILL)

    def abort(self):
        self.note("abort")
        return Milter.CONTINUE

    def close(self):
        self.note("close")
        return Milter.CONTINUE


Milter.factory = Scripted
Milter.set_flags(Milter.ADDHDRS + Milter.CHGBODY + Milter.CHGHDRS + Milter.ADDRCPT + Milter.DELRCPT +
                 Milter.CHGFROM + Milter.QUARANTINE)
Milter.runmilter("scripted", sys.argv[1], 60)
