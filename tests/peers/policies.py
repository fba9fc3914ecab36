"""Servers of MTA-STS policies (RFC 8461 3.3) and for reports of TLS (RFC 8460 5.4): HTTPS on port 443
of an address of a site's own."""

import http.server
import ssl
import threading


class HttpsServer:
    def __init__(self, address, certificate, handler):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.crt, certificate.key)
        self._server = http.server.ThreadingHTTPServer((address, 443), handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(20)


class PolicyServer(HttpsServer):
    """Serves one text as the policy; `status` may be one that is none."""

    def __init__(self, address, certificate, text, status=200):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802 - as http.server wants it
                server.paths.append(self.path)
                octets = text.encode()
                self.send_response(status)
                self.send_header("Content-Type", "text/plain")
                self.send_header("Content-Length", str(len(octets)))
                if status == 302:
                    self.send_header("Location", f"https://{self.headers['Host']}/elsewhere")
                self.end_headers()
                self.wfile.write(octets)

            def log_message(self, *_):
                pass

        self.paths = []
        super().__init__(address, certificate, Handler)


class ReportServer(HttpsServer):
    """Takes reports: `posted` has the path, the content type and the octets of each."""

    def __init__(self, address, certificate, status=201):
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # noqa: N802 - as http.server wants it
                octets = self.rfile.read(int(self.headers["Content-Length"]))
                server.posted.append((self.path, self.headers["Content-Type"], octets))
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.posted = []
        super().__init__(address, certificate, Handler)


def policy(mode, *hosts):
    return "".join(f"{line}\r\n" for line in (
        "version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts), "max_age: 86400"))
