"""An SMTP client that sends exactly the octets it is told to."""

import socket

from posthorn import insecure_tls


class Reply(str):
    """A whole reply, its lines joined with newlines, without line ends."""

    @property
    def code(self):
        return int(self[:3]) if self else 0


class RawSmtp:
    def __init__(self, posthorn, port="SMTP", instance=1, greeting=True, timeout=60):
        self.socket = socket.create_connection((posthorn.host, posthorn.port(port, instance)),
                                               timeout=timeout)
        if port == "SUBMISSIONS":
            self.socket = insecure_tls().wrap_socket(self.socket)
        self.stream = self.socket.makefile("rb")
        if greeting:
            reply = self.reply()
            assert reply.code == 220, reply

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets if isinstance(octets, bytes) else octets.encode())

    def reply(self):
        """The next reply; empty when the server has closed."""
        lines = []
        while True:
            try:
                line = self.stream.readline()
            except ConnectionError:
                line = b""
            if not line:
                return Reply("")
            assert line.endswith(b"\r\n"), line
            lines.append(line[:-2].decode())
            if line[3:4] != b"-":
                return Reply("\n".join(lines))

    def replies(self, count):
        return [self.reply() for _ in range(count)]

    def ask(self, command):
        self.send((command if isinstance(command, bytes) else command.encode()) + b"\r\n")
        return self.reply()

    def closed(self):
        """Whether the server closes without another word."""
        try:
            return self.stream.read(1) == b""
        except ConnectionError:
            return True

    def hello(self):
        reply = self.ask("EHLO client.example")
        assert reply.code == 250, reply
        return reply

    def envelope(self, *recipients, sender="sender@remote.example", parameters=""):
        for command in (f"MAIL FROM:<{sender}>{parameters}", *(f"RCPT TO:<{r}>" for r in recipients)):
            reply = self.ask(command)
            assert reply.code == 250, reply

    def data(self, octets):
        """The reply to the final dot; `octets` hold what goes over the wire, dot included."""
        reply = self.ask("DATA")
        assert reply.code == 354, reply
        self.send(octets)
        return self.reply()

    def start_tls(self):
        reply = self.ask("STARTTLS")
        assert reply.code == 220, reply
        self.socket = insecure_tls().wrap_socket(self.socket)
        self.stream = self.socket.makefile("rb")

    def until_closed(self):
        """All replies up to the end of the connection."""
        replies = []
        while reply := self.reply():
            replies.append(reply)
        return replies
