"""Threads that send mail while a test does something to the system."""

import threading


class Sender(threading.Thread):
    """Sends until told to stop, and connects anew whatever happens. A kind of it has `_connect()`, a
    client or None after a moment, and `_send(client, number)`, the client to go on with or None."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopping, self.failure = threading.Event(), None

    def run(self):
        try:
            client, number = None, 0
            while not self.stopping.is_set():
                client = client or self._connect()
                if client:
                    number += 1
                    client = self._send(client, number)
            if client:
                client.close()
        except Exception as error:  # noqa: BLE001 - shown by the test
            self.failure = error


class Senders:
    """A context in which all of them send."""

    def __init__(self, threads):
        self.threads = list(threads)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        for thread in self.threads:
            thread.stopping.set()
        for thread in self.threads:
            thread.join(120)
            assert not thread.is_alive(), "a sender hangs"
            assert thread.failure is None, thread.failure
