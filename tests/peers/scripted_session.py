"""One session of a scripted server: the dialogue, and what is kept of it."""

import base64
import contextlib
import dataclasses
import re

TLS_ONLY = ("REQUIRETLS",)  # RFC 8689 4: not before STARTTLS

REPLIES = {"CONNECT": "220 {name} ready", "HELO": "250 {name}", "MAIL": "250 2.1.0 ok",
           "RCPT": "250 2.1.5 ok", "DATA": "354 go ahead", ".": "250 2.0.0 kept",
           "RSET": "250 2.0.0 ok", "NOOP": "250 2.0.0 ok", "QUIT": "221 2.0.0 bye",
           "STARTTLS": "220 2.0.0 go ahead", "BDAT": "250 2.0.0 got it"}

DROP = "drop"  # instead of a reply: the connection is closed
HANG = "hang"  # instead of a reply: nothing, until the client goes


@dataclasses.dataclass
class Transaction:
    """One message that was accepted, or refused at its end (`reply` tells)."""
    sender: str
    sender_parameters: list
    recipients: list  # of (path, parameters)
    octets: bytes
    reply: str
    tls: bool
    login: tuple | None
    by_bdat: bool = False

    def paths(self):
        return [path for path, _ in self.recipients]


class Session:
    def __init__(self, server, connection):
        self.server, self.socket = server, connection
        self.socket.settimeout(120)
        self.file = connection.makefile("rb")
        self.tls, self.user = False, None
        self.messages = 0
        self._forget()

    def _forget(self):
        self.sender, self.recipients, self.data = None, [], b""

    def close(self):
        with contextlib.suppress(OSError):
            self.file.close()
            self.socket.close()

    def run(self):
        if self.server.implicit_tls:
            self._secure()
        if not self._answer("CONNECT", ""):
            return
        while line := self.file.readline(70000):
            text = line.rstrip(b"\r\n").decode("utf-8", "surrogateescape")
            verb = text.split(" ")[0].upper()
            with self.server.lock:
                self.server.commands.append(text)
            if not getattr(self, f"_{verb.lower()}", self._other)(verb, text):
                return

    def _say(self, reply):
        self.socket.sendall(reply.encode() + b"\r\n")
        return not reply.startswith(("421", "221"))

    def _reply_for(self, verb, line):
        """What the test wants to be said; None for what is normal."""
        wanted = self.server.replies.get(verb)
        if callable(wanted):
            return wanted(self, line)
        if isinstance(wanted, list):
            with self.server.lock:
                return wanted.pop(0) if wanted else None
        return wanted

    def _answer(self, verb, line, wanted=None):
        """Whether the session goes on."""
        reply = wanted or self._reply_for(verb, line)
        if reply == DROP:
            return False
        if reply == HANG:
            while self.socket.recv(1000):
                pass
            return False
        normal = REPLIES.get(verb, "500 5.5.1 what?").format(name=self.server.name)
        return self._say(reply or normal)

    def _other(self, verb, line):
        return self._answer(verb, line)

    # ---- commands

    def _ehlo(self, verb, line):
        wanted = self._reply_for(verb, line)
        if wanted:
            return self._answer(verb, line, wanted)
        words = [each for each in self.server.extensions
                 if self.tls or each not in TLS_ONLY]
        if self.server.context and not self.tls:
            words.append("STARTTLS")
        if self.server.login:
            words.append("AUTH PLAIN LOGIN")
        lines = [self.server.name, *words]
        *first, last = lines
        return self._say("".join(f"250-{each}\r\n" for each in first) + f"250 {last}")

    def _starttls(self, verb, line):
        wanted = self._reply_for(verb, line)
        if wanted or not self.server.context:
            return self._answer(verb, line, wanted or "502 5.5.1 no TLS here")
        self._say(REPLIES[verb])
        self._secure()
        self._forget()
        return True

    def _secure(self):
        self.socket = self.server.context.wrap_socket(self.socket, server_side=True)
        self.file = self.socket.makefile("rb")
        self.tls = True

    def _lhlo(self, verb, line):
        return self._ehlo(verb, line) if self.server.lmtp else self._answer(verb, line)

    def _auth(self, verb, line):
        wanted = self._reply_for(verb, line)
        if wanted:
            return self._answer(verb, line, wanted)
        words = line.split(" ")
        if words[1].upper() == "PLAIN":
            token = words[2] if len(words) > 2 else self._ask("")
            _, user, password = base64.b64decode(token).decode().split("\0")
        else:
            user = base64.b64decode(words[2] if len(words) > 2 else self._ask("Username:")).decode()
            password = base64.b64decode(self._ask("Password:")).decode()
        if (user, password) != self.server.login:
            return self._say("535 5.7.8 no such user, or not this password")
        self.user = (user, password)
        return self._say("235 2.7.0 welcome")

    def _ask(self, challenge):
        self._say("334 " + base64.b64encode(challenge.encode()).decode())
        return self.file.readline(1000).decode().strip()

    @staticmethod
    def _path(line):
        path, parameters = re.match(r"(?:MAIL FROM|RCPT TO):<(.*?)>(.*)$", line, re.I).groups()
        return path, parameters.split()

    def _mail(self, verb, line):
        wanted = self._reply_for(verb, line)
        if self.server.login and not self.user:
            wanted = "530 5.7.0 log in first"
        if not wanted or wanted.startswith("2"):
            self._forget()
            self.sender = self._path(line)
        return self._answer(verb, line, wanted or REPLIES[verb])

    def _rcpt(self, verb, line):
        wanted = self._reply_for(verb, line)
        if self.sender is None:
            wanted = wanted or "503 5.5.1 MAIL first"
        if not wanted or wanted.startswith("2"):
            self.recipients.append(self._path(line))
        return self._answer(verb, line, wanted or REPLIES[verb])

    def _rset(self, verb, line):
        self._forget()
        return self._answer(verb, line)

    def _data(self, verb, line):
        wanted = self._reply_for(verb, line)
        if not self.recipients:
            wanted = wanted or "554 5.5.1 no valid recipients"
        if not self._answer(verb, line, wanted or REPLIES[verb]):
            return False
        if wanted and not wanted.startswith("354"):
            return True
        lines = []
        while (octets := self.file.readline()) != b".\r\n":
            if not octets:
                raise EOFError
            lines.append(octets[1:] if octets.startswith(b".") else octets)
        return self._end(b"".join(lines), ".", by_bdat=False)

    def _bdat(self, verb, line):
        words = line.split(" ")
        chunk = self.file.read(int(words[1]))
        if len(chunk) != int(words[1]):
            raise EOFError
        self.data += chunk
        if words[-1].upper() == "LAST":
            if not self.recipients:
                return self._say("554 5.5.1 no valid recipients")
            return self._end(self.data, "BDAT", by_bdat=True)
        return self._say(REPLIES["BDAT"])

    def _end(self, octets, verb, by_bdat):
        # Kept before the reply: what is dropped after the final dot was received all the same.
        self.messages += 1
        if self.server.lmtp:
            return self._end_for_each(octets, by_bdat)
        wanted = self._reply_for(verb, "") or REPLIES[verb]
        sender, parameters = self.sender
        with self.server.lock:
            self.server.transactions.append(Transaction(
                sender, parameters, self.recipients, octets, wanted, self.tls, self.user, by_bdat))
        self._forget()
        return self._answer(verb, "", wanted)

    def _end_for_each(self, octets, by_bdat):
        """LMTP (RFC 2033 4.2): a reply for each recipient; a function of replies is told which."""
        (sender, parameters), recipients = self.sender, self.recipients
        self._forget()
        for path, more in recipients:
            wanted = self._reply_for(".", path) or REPLIES["."]
            with self.server.lock:
                self.server.transactions.append(Transaction(
                    sender, parameters, [(path, more)], octets, wanted, self.tls, self.user,
                    by_bdat))
            self._say(wanted)
        return True
