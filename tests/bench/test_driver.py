"""The load driver against servers that lie: each must yield an error and no figure.

POSTHORN_BENCH_DRIVER names the program (default: build/release/tests/bench/...)."""

import os
import pathlib
import socketserver
import subprocess
import threading

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
DRIVER = os.environ.get("POSTHORN_BENCH_DRIVER",
                        TOP / "build/release/tests/bench/posthorn_bench_driver")
BODY = b"Message-ID: <1.x@sender.example>\r\n\r\nabcdefghij\r\n"
SIZE = len(BODY)
EXISTS = b"* 2 EXISTS\r\n%s OK selected\r\n"


class Scripted(socketserver.StreamRequestHandler):
    """Greets, then answers each command line by its verb. %s in an answer is the tag."""

    def handle(self):
        self.wfile.write(self.server.greeting)
        for line in self.rfile:
            words = line.split()
            tagged = self.server.greeting.startswith(b"* ")
            verb = words[1 if tagged else 0].upper().decode()
            answer = self.server.answers.get(verb, b"%s OK\r\n" if tagged else b"+OK\r\n")
            self.wfile.write(answer.replace(b"%s", words[0]) if tagged else answer)
            if verb in ("LOGOUT", "QUIT"):
                return


class Mailer(socketserver.StreamRequestHandler):
    """Takes a message and writes server.counted into the file that smtp-sink would."""

    def handle(self):
        self.wfile.write(b"220 hello\r\n")
        in_data = False
        for line in self.rfile:
            if in_data and line != b".\r\n":
                continue
            if in_data:
                with open(self.server.sink, "ab") as sink:
                    sink.write(self.server.counted)
            in_data = line == b"DATA\r\n"
            self.wfile.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(
                line[:4], b"250 fine\r\n"))
            if line == b"QUIT\r\n":
                return


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def drive(workload, option, greeting, answers, *arguments):
    return run(Scripted, {"greeting": greeting, "answers": answers}, workload, option, *arguments)


def run(handler, settings, workload, option, *arguments):
    with Server(("127.0.0.1", 0), handler) as server:
        vars(server).update(settings)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        result = subprocess.run(
            [DRIVER, workload, option, str(server.server_address[1]), "--deadline", "5",
             "--size", str(SIZE), *arguments], capture_output=True, text=True, timeout=30)
        server.shutdown()
        return result


def body(number, octets=BODY):
    return b"* %d FETCH (BODY[] {%d}\r\n%b)\r\n" % (number, len(octets), octets)


FETCHES = {
    "truthful": (body(1) + body(2) + b"%s OK\r\n", 0),
    "one message missing": (body(1) + b"%s OK\r\n", 1),
    "one message twice": (body(1) + body(1) + b"%s OK\r\n", 1),
    "a body too short": (body(1) + body(2, BODY[:-4] + b"\r\n") + b"%s OK\r\n", 1),
    "another body": (body(1) + body(2, b"x" * SIZE) + b"%s OK\r\n", 1),
    "refused": (b"%s NO [UNAVAILABLE] not now\r\n", 1),
    "bodies, but a failure": (body(1) + body(2) + b"%s NO failed\r\n", 1),
    "a bare LF": (body(1) + body(2) + b"%s OK\n", 1),
}


@pytest.mark.parametrize("name", FETCHES)
def test_fetch(name):
    answer, code = FETCHES[name]
    result = drive("fetch", "--imap-port", b"* OK hello\r\n", {"SELECT": EXISTS, "FETCH": answer},
                   "--count", "2", "--items", "(BODY.PEEK[])")
    assert result.returncode == code, result.stderr
    assert bool(result.stdout) == (code == 0)


def test_login_refused():
    result = drive("login", "--imap-port", b"* OK hello\r\n", {"LOGIN": b"%s NO who\r\n"})
    assert result.returncode == 1 and not result.stdout


def test_store_that_changes_nothing():
    result = drive("store", "--imap-port", b"* OK hello\r\n",
                   {"SELECT": EXISTS, "STORE": b"* 1 FETCH (FLAGS ())\r\n%s OK\r\n"})
    assert result.returncode == 1 and "new flags" in result.stderr


def test_select_of_another_mailbox():
    result = drive("select", "--imap-port", b"* OK hello\r\n", {"SELECT": EXISTS}, "--count", "3")
    assert result.returncode == 1 and not result.stdout


SORTS = {
    "truthful": (b"* SORT 2 1\r\n%s OK\r\n", 0),
    "one message missing": (b"* SORT 2\r\n%s OK\r\n", 1),
    "one message twice": (b"* SORT 2 2\r\n%s OK\r\n", 1),
    "a message that is not there": (b"* SORT 2 3\r\n%s OK\r\n", 1),
    "refused": (b"%s NO not now\r\n", 1),
}


@pytest.mark.parametrize("name", SORTS)
def test_sort(name):
    answer, code = SORTS[name]
    result = drive("search", "--imap-port", b"* OK hello\r\n",
                   {"CAPABILITY": b"* CAPABILITY IMAP4rev1 SORT\r\n%s OK\r\n", "SELECT": EXISTS,
                    "SORT": answer}, "--count", "2", "--items", "SORT (SUBJECT) UTF-8 ALL")
    assert result.returncode == code, result.stderr
    assert ('"ms"' in result.stdout) == (code == 0)


def test_a_sort_that_is_not_offered_has_no_figure():
    result = drive("search", "--imap-port", b"* OK hello\r\n",
                   {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n%s OK\r\n"},
                   "--count", "2", "--items", "SORT (SUBJECT) UTF-8 ALL")
    assert result.returncode == 0 and '"ms"' not in result.stdout


# Of the first four messages the second and the third answer the first.
THREADS = {
    "truthful": (b"* THREAD (1 (2)(3))(4)\r\n%s OK\r\n", 0),
    "no message answers another": (b"* THREAD (1)(2)(3)(4)\r\n%s OK\r\n", 1),
    "all are one thread": (b"* THREAD (1 2 3 4)\r\n%s OK\r\n", 1),
    "one message missing": (b"* THREAD (1 2)(4)\r\n%s OK\r\n", 1),
}


@pytest.mark.parametrize("name", THREADS)
def test_thread(name):
    answer, code = THREADS[name]
    result = drive("search", "--imap-port", b"* OK hello\r\n",
                   {"CAPABILITY": b"* CAPABILITY IMAP4rev1 THREAD=REFERENCES\r\n%s OK\r\n",
                    "SELECT": EXISTS, "THREAD": answer},
                   "--count", "4", "--size", "4096", "--items", "THREAD REFERENCES UTF-8 ALL")
    assert result.returncode == code, result.stderr
    assert ('"ms"' in result.stdout) == (code == 0)


def test_a_copy_that_loses_a_message():
    result = drive("range", "--imap-port", b"* OK hello\r\n",
                   {"SELECT": EXISTS, "STATUS": b"* STATUS Bench-Other (MESSAGES 1)\r\n%s OK\r\n"},
                   "--count", "2", "--items", "COPY")
    assert result.returncode == 1 and "1 messages" in result.stderr


def test_a_mixed_load_without_answers_to_fetch():
    result = drive("mixed", "--imap-port", b"* OK hello\r\n", {"SELECT": EXISTS}, "--count", "8")
    assert result.returncode == 1 and "no FETCH response" in result.stderr


RETRIEVALS = {
    "truthful": (b"+OK\r\n" + BODY + b".\r\n", 0),
    "byte-stuffed": (b"+OK\r\n" + BODY.replace(b"abc", b"..bc", 1) + b".\r\n", 0),
    "an octet missing": (b"+OK\r\n" + BODY.replace(b"abc", b"ab", 1) + b".\r\n", 1),
    "refused": (b"-ERR [SYS/TEMP] not now\r\n", 1),
}


@pytest.mark.parametrize("name", RETRIEVALS)
def test_retrieve(name):
    answer, code = RETRIEVALS[name]
    result = drive("retrieve", "--pop3-port", b"+OK hello\r\n",
                   {"STAT": b"+OK 2 100\r\n", "RETR": answer}, "--count", "2", "--window", "2")
    assert result.returncode == code, result.stderr


RELAYED = {
    "truthful": (b"sess=1 quit=0 mesg=4\r", 0),
    "a message that never comes": (b"sess=1 quit=0 mesg=3\r", 1),
    "one that comes twice": (b"sess=1 quit=0 mesg=5\r", 1),
}


@pytest.mark.parametrize("name", RELAYED)
def test_relay(name, tmp_path):
    counted, code = RELAYED[name]
    sink = tmp_path / "sink"
    sink.write_bytes(b"sess=1 quit=0 mesg=2\rsess=2 quit=0 mesg=3\r")
    result = run(Mailer, {"sink": sink, "counted": counted}, "relay", "--relay-port",
                 "--count", "1", "--sink", str(sink), "--deadline", "1")
    assert result.returncode == code, result.stderr
    assert bool(result.stdout) == (code == 0)


def test_a_server_that_falls_silent():
    result = drive("login", "--imap-port", b"* OK hello\r\n", {"SELECT": b""}, "--deadline", "1")
    assert result.returncode == 1 and "deadline" in result.stderr
