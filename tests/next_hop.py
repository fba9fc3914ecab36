"""What mail that leaves meets: a DNS and a server of SMTP on the loopback, both in this process."""

import socket
import socketserver
import struct
import threading

A, MX = 1, 15


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class Dns:
    """Answers over UDP: MX records of domains, all of which lead to this machine."""

    def __init__(self, *domains):
        self.records = {}
        for domain in domains:
            self.records[domain, MX] = b"\0\5" + wire_name(f"mx.{domain}")
            self.records[f"mx.{domain}", A] = bytes([127, 0, 0, 1])
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            self.socket.sendto(self.reply(query), client)

    def reply(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("latin-1").lower())
            at += query[at] + 1
        name, (kind,) = ".".join(labels), struct.unpack(">H", query[at + 1:at + 3])
        data = self.records.get((name, kind))
        exists = any(known == name for known, _ in self.records)
        head = query[:2] + bytes([0x81, 0x80 if exists else 0x83])
        reply = head + struct.pack(">HHHH", 1, 1 if data else 0, 0, 0) + query[12:at + 5]
        if data:
            reply += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
        return reply


class Server(socketserver.ThreadingTCPServer):
    """Takes every message into `messages`, (sender, recipients, octets). `refusals` gives replies to
    RCPT by recipient, one for each attempt."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Session)
        self.port = self.server_address[1]
        self.messages = []
        self.refusals = {}
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Session(socketserver.StreamRequestHandler):
    def say(self, reply):
        self.wfile.write(reply.encode() + b"\r\n")

    def handle(self):
        self.say("220 mx ESMTP")
        sender, recipients = "", []
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.say("250-mx\r\n250-PIPELINING\r\n250 8BITMIME")
            elif verb == b"MAIL":
                sender, recipients = line.split(b"<")[1].split(b">")[0].decode(), []
                self.say("250 2.1.0 ok")
            elif verb == b"RCPT":
                recipient = line.split(b"<")[1].split(b">")[0].decode()
                refusals = self.server.refusals.get(recipient, [])
                if refusals:
                    self.say(refusals.pop(0))
                    continue
                recipients.append(recipient)
                self.say("250 2.1.5 ok")
            elif verb == b"DATA" and recipients:
                self.say("354 go on")
                octets = b""
                while (data := self.rfile.readline()) != b".\r\n":
                    octets += data[1:] if data.startswith(b".") else data
                self.server.messages.append((sender, recipients, octets))
                self.say("250 2.0.0 queued")
            elif verb == b"QUIT":
                self.say("221 2.0.0 bye")
                return
            else:
                self.say("250 2.0.0 ok" if verb == b"RSET" else "503 5.5.1 no")
