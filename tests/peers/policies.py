"""Servers of MTA-STS policies (RFC 8461 3.3): HTTPS on port 443 of an address of a site's own."""

import http.server
import ssl
import threading


class PolicyServer:
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
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.crt, certificate.key)
        self._server = http.server.ThreadingHTTPServer((address, 443), Handler)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,),
                                        daemon=True)
        self._thread.start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(20)


def policy(mode, *hosts):
    return "".join(f"{line}\r\n" for line in (
        "version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts), "max_age: 86400"))
