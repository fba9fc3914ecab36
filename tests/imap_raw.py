"""A small IMAP client that shows everything the server says: responses in order, as parsed data."""

import re
import socket
import time
import zlib


class Atom(bytes):
    """An atom or number, told apart from a string of the same octets."""


class Connection:
    def __init__(self, host, port, timeout=60):
        self.socket = socket.create_connection((host, port), timeout=timeout)
        self.buffer = b""
        self.number = 0
        self.deflate = self.inflate = None
        self.flush = zlib.Z_SYNC_FLUSH
        self.greeting = self.response()

    def close(self):
        self.socket.close()

    # ---- octets

    def _fill(self):
        data = self.socket.recv(1 << 18)
        if not data:
            raise ConnectionError("the server closed the connection")
        self.buffer += self.inflate.decompress(data) if self.inflate else data

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._fill()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line

    def _take(self, count):
        while len(self.buffer) < count:
            self._fill()
        data, self.buffer = self.buffer[:count], self.buffer[count:]
        return data

    # ---- responses

    def response(self):
        """The next response as a list of parsed items: [b'*', b'3', b'EXISTS']."""
        pieces = []
        while True:
            line = self._line()
            literal = re.search(rb"~?\{(\d+)\}$", line)
            if not literal:
                pieces.append(line)
                return parse(pieces)
            pieces.append(line[:literal.start()])
            pieces.append(self._take(int(literal[1])))

    def send(self, line):
        line = line if isinstance(line, bytes) else line.encode() + b"\r\n"
        if self.deflate:
            line = self.deflate.compress(line) + self.deflate.flush(self.flush)
        self.socket.sendall(line)

    def compress(self, flush=zlib.Z_SYNC_FLUSH):
        """COMPRESS (RFC 4978), with a flush of that kind after each piece that is sent."""
        self.ok("COMPRESS DEFLATE")
        assert not self.buffer
        self.flush = flush
        self.deflate = zlib.compressobj(6, zlib.DEFLATED, -15)
        self.inflate = zlib.decompressobj(-15)

    def command(self, text):
        """Sends a command: its untagged responses, and its tagged one last."""
        self.number += 1
        tag = b"T%d" % self.number
        self.send(tag + b" " + (text if isinstance(text, bytes) else text.encode()) + b"\r\n")
        return self.until(tag)

    def until(self, tag):
        responses = []
        while True:
            responses.append(self.response())
            if responses[-1][0] == tag:
                return responses

    def ok(self, text):
        """A command that must succeed: its untagged responses."""
        responses = self.command(text)
        assert responses[-1][1] == b"OK", responses[-1]
        return responses[:-1]

    def login(self, account):
        self.ok(f'LOGIN "{account.address}" "{account.password}"')
        return self

    # ---- IDLE

    def idle(self):
        self.number += 1
        self.send(b"T%d IDLE\r\n" % self.number)
        assert self.response()[0] == b"+"

    def idle_response(self, seconds):
        """The next response while idle, or None."""
        deadline = time.monotonic() + seconds
        while b"\r\n" not in self.buffer:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                self._fill()
            except TimeoutError:
                return None
            finally:
                self.socket.settimeout(60)
        return self.response()

    def done(self):
        self.send(b"DONE\r\n")
        return self.until(b"T%d" % self.number)


def parse(pieces):
    """Lines and literals in turn to nested lists; strings are bytes, NIL is None."""
    stack = [[]]
    for number, piece in enumerate(pieces):
        if number % 2 == 1:
            stack[-1].append(piece)
            continue
        position = 0
        # The text after OK, NO, BAD, BYE and + is for people and holds what it likes.
        human = re.match(rb"(\S+ (?:OK|NO|BAD|BYE|PREAUTH)|\+)(?: (\[[^\]]*\]))?(?: (.*))?$", piece)
        if number == 0 and human:
            words = [Atom(word) for word in human[1].split()]
            return words + [human[2], human[3]]
        while position < len(piece):
            c = piece[position:position + 1]
            if c == b"(":
                stack.append([])
                position += 1
            elif c == b")":
                done = stack.pop()
                if not stack:
                    raise ValueError(f"a ) too many: {pieces}")
                stack[-1].append(done)
                position += 1
            elif c == b" ":
                position += 1
            elif c == b'"':
                string = re.compile(rb'"((?:[^"\\\r\n\0]|\\["\\])*)"').match(piece, position)
                if not string:
                    raise ValueError(f"no quoted string at {piece[position:position + 40]!r}")
                stack[-1].append(re.sub(rb"\\(.)", rb"\1", string[1]))
                position = string.end()
            else:
                # A section (BODY[HEADER.FIELDS (A B)]<0>) is one word with its brackets.
                word = re.compile(rb"[^\s()\"\[]+(?:\[[^\]]*\](?:<\d+>)?)?").match(piece, position)
                if not word:
                    raise ValueError(f"no word at {piece[position:position + 40]!r}")
                stack[-1].append(None if word[0] == b"NIL" else Atom(word[0]))
                position = word.end()
    if len(stack) != 1:
        raise ValueError(f"a ( too many: {pieces}")
    return stack[0]


def fetched(responses):
    """FETCH responses as {sequence number: {item: value}}."""
    result = {}
    for response in responses:
        if len(response) == 4 and response[2] == b"FETCH":
            items = response[3]
            result.setdefault(int(response[1]), {}).update(zip(items[0::2], items[1::2]))
    return result
