"""deploy/local/up and down: the system without Docker, as a person uses it."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile

import pytest

from posthorn import TOP, System, read_env, wait_until

PORT_BASE = 16000
PORTS = {"SMTP": 25, "SUBMISSION": 587, "SUBMISSIONS": 465, "POP3": 110, "POP3S": 995,
         "IMAP": 143, "IMAPS": 993}


def up(state, *options, check=True):
    result = subprocess.run([TOP / "deploy/local/up", "--state", state, *options], text=True,
                            capture_output=True, timeout=1800)
    assert not check or result.returncode == 0, result.stdout + result.stderr
    return result


def down(state):
    subprocess.run([TOP / "deploy/local/down", "--state", state], check=True, capture_output=True,
                   timeout=120)


@pytest.fixture(scope="module")
def state():
    with tempfile.TemporaryDirectory(prefix="posthorn-local-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL's user passes through it
        try:
            yield pathlib.Path(folder) / "state"
        finally:
            if (pathlib.Path(folder) / "state").exists():
                down(pathlib.Path(folder) / "state")


@pytest.fixture(scope="module")
def first(state):
    """What the first `up` printed: as a person would type it, but for where it keeps its data."""
    return up(state, "--port-base", str(PORT_BASE), "--smtp-gateways", "2").stdout


@pytest.fixture
def system(first, state):
    return System(state / "env")


def pids(state):
    return {name: int(value) for name, value in read_env(state / "env").items()
            if re.fullmatch(r"[A-Z0-9_]+_PID(_\d)?", name)}


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def commands(printed, program):
    """The command lines that `up` printed for a program, with their continuation lines."""
    joined = printed.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip().startswith(program)]


def test_ports_are_the_base_plus_the_standard_ones(system):
    for name, standard in PORTS.items():
        assert system.port(name) == PORT_BASE + standard
    assert system.port("SMTP", 2) == PORT_BASE + 1000 + 25
    for port in [*(system.port(name) for name in PORTS), system.port("SUBMISSIONS", 2)]:
        socket.create_connection(("127.0.0.1", port), timeout=10).close()


def test_every_port_is_on_the_loopback_address(system):
    listening = set()
    for table in ("tcp", "tcp6"):
        for line in pathlib.Path("/proc/net", table).read_text().splitlines()[1:]:
            _, local, _, status, *_ = line.split()
            address, port = local.split(":")
            if status == "0A" and PORT_BASE <= int(port, 16) < PORT_BASE + 3000:
                listening.add((address, int(port, 16)))
    assert len(listening) >= 12
    # 127.0.0.1 as the kernel writes it, and the same as an IPv6 socket has it.
    assert {address for address, _ in listening} <= {"0100007F",
                                                     "0000000000000000FFFF00000100007F"}


def test_the_printed_commands_send_a_message_and_read_it(first, system):
    [send] = commands(first, "swaks")
    subprocess.run(send, shell=True, check=True, capture_output=True, timeout=60)
    reads = commands(first, "curl")
    assert len(reads) == 2
    for read in reads:
        done = subprocess.run(read, shell=True, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert "Subject: Hello" in done.stdout


def test_a_login_needs_tls_without_the_development_switch(system):
    import imaplib
    client = system.imap()
    with pytest.raises(imaplib.IMAP4.error, match="PRIVACYREQUIRED|LOGIN.*disabled|TLS"):
        client.login("alice@example.org", "whatever")
    client.shutdown()


def test_the_database_does_not_run_as_root(system, state):
    pid = pids(state)["POSTGRES_PID"]
    assert os.stat(f"/proc/{pid}").st_uid != 0


def test_secrets_are_for_the_owner_alone(system, state):
    for path in [state / "env", state / "secrets"]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_second_up_starts_only_what_is_missing(system, state):
    before = pids(state)
    os.kill(before["SMTP_GATEWAY_PID_2"], signal.SIGKILL)
    wait_until(lambda: not alive(before["SMTP_GATEWAY_PID_2"]), "the killed gateway is gone")
    printed = up(state).stdout
    after = pids(state)
    assert after.keys() == before.keys()
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {"SMTP_GATEWAY_PID_2"}
    assert "alice@example.org" in printed


def test_another_port_base_is_refused_while_it_runs(system, state):
    result = up(state, "--port-base", "29000", check=False)
    assert result.returncode == 1
    assert "down" in result.stderr


def test_wrong_options_are_told(state):
    for options in [["--port-base", "80"], ["--imap-gateways", "none"], ["--colour", "red"],
                    ["--colour=red"], ["--colour"], ["--hostname"]]:
        result = up(state, *options, check=False)
        assert result.returncode != 0
        assert options[0].partition("=")[0] in result.stderr.splitlines()[-1], options


def test_down_stops_all_and_the_data_stays(first, system, state):
    account = system.account()
    system.deliver(account, b"Subject: stays\r\n\r\nover a restart\r\n")
    before = pids(state)
    down(state)
    wait_until(lambda: not [name for name, pid in before.items() if alive(pid)], "all are gone")
    printed = up(state, "--dev").stdout
    # The same first account with the same password.
    assert commands(printed, "swaks") == commands(first, "swaks")
    system.reload()
    [(_, octets)] = system.messages(account)
    assert b"Subject: stays" in octets
