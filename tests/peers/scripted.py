"""An SMTP server that does what a test wants, and keeps what it was told."""

import contextlib
import socket
import ssl
import threading

from posthorn import wait_until
from scripted_session import DROP, HANG, Session

__all__ = ["DROP", "EXTENSIONS", "HANG", "Server"]

EXTENSIONS = ("PIPELINING", "SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES")


class Server:
    """Listens until stop(). `replies` maps a command ("CONNECT", "." for the end of data, "BDAT"
    for its last) to one reply, to a list of which each is used once before the normal one, or to
    a function of the session and the command line that returns a reply or None."""

    def __init__(self, address, name, extensions=EXTENSIONS, certificate=None, replies=None,
                 login=None, port=25, lmtp=False, implicit_tls=False):
        self.address, self.name, self.port = address, name, port
        self.extensions, self.login = list(extensions), login
        self.lmtp, self.implicit_tls = lmtp, implicit_tls
        self.replies = dict(replies or {})
        self.transactions, self.commands = [], []
        self.lock = threading.Lock()
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate.crt, certificate.key)
        self._sockets, self._stopping = set(), False
        self._listener = socket.create_server((address, port), backlog=100, family=(
            socket.AF_INET6 if ":" in address else socket.AF_INET))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop(self):
        self._stopping = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self.lock:
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self._thread.join(20)

    def _accept(self):
        while not self._stopping:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with self.lock:
            self._sockets.add(connection)
        session = Session(self, connection)
        try:
            with contextlib.suppress(OSError, EOFError, ValueError):
                session.run()
        finally:
            session.close()
            with self.lock:
                self._sockets.discard(connection)

    # ---- what tests ask

    def accepted(self):
        with self.lock:
            return [each for each in self.transactions if each.reply.startswith("250")]

    def message(self, seconds=60):
        """The one message that it accepted, once it has."""
        wait_until(self.accepted, f"a message at {self.name}; commands: {self.commands[-20:]}",
                   seconds)
        assert len(self.accepted()) == 1, self.accepted()
        return self.accepted()[0]

    def said(self, verb):
        """The command lines that began with this verb."""
        with self.lock:
            return [line for line in self.commands if line.split(" ")[0].upper() == verb]
