"""A headless Thunderbird, driven by Marionette: JSON with its length in front, over TCP."""

import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess

from posthorn import wait_until

HELPERS = pathlib.Path(__file__).with_suffix(".js").read_text()
# A line of its log of IMAP: connection, mailbox if one is selected, which part of it speaks (of
# what it sends, of what it receives, of the connection's end), text.
LOGGED = re.compile(r"I/IMAP (\w+):127\.0\.0\.1:(?:S-)?(.*):"
                    r"(SendData|CreateNewLineFromSocket|TellThreadToDie): (.*)")
Said = collections.namedtuple("Said", "connection mailbox how text")
PREFERENCES = {
    "marionette.port": 0,  # a free one, which it writes into its profile
    # Nothing comes from the network but what a test asks for; Marionette itself turns off more.
    "app.update.auto": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "extensions.update.enabled": False,
    "mail.inappnotifications.enabled": False,
    # Nothing opens by itself.
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mailnews.confirm.moveFoldersToTrash": False,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    # It does what it is told, and no more.
    "mail.collect_email_address_outgoing": False,
    "mail.prompt_purge_threshhold": False,
    "mail.server.default.autosync_offline_stores": False,
    "mail.server.default.check_new_mail": False,
    "mail.server.default.login_at_startup": False,
    "mail.server.default.offline_download": False,
    "mailnews.database.global.indexer.enabled": False,
    # Local folders are there from the start: without any account it would ask for one.
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.localfoldersserver": "server1",
    "mail.account.account1.server": "server1",
    "mail.server.server1.type": "none",
    "mail.server.server1.hostname": "Local Folders",
    "mail.server.server1.userName": "nobody",
    "mail.server.server1.name": "Local Folders",
}


class Marionette:
    """The protocol: [0, number, command, parameters] and [1, number, error, result]."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.file = self.socket.makefile("rb")
        self.number = 0
        self._receive()  # what it is and speaks

    def _receive(self):
        length = b""
        while not length.endswith(b":"):
            octet = self.file.read(1)
            if not octet:
                raise ConnectionError("Thunderbird closed the connection")
            length += octet
        return json.loads(self.file.read(int(length[:-1])))

    def command(self, name, **parameters):
        self.number += 1
        data = json.dumps([0, self.number, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(data), data))
        kind, number, error, result = self._receive()
        assert (kind, number) == (1, self.number)
        if error:
            raise AssertionError(f"{name}: {error['message']}\n{error['stacktrace']}")
        return result

    def close(self):
        self.file.close()
        self.socket.close()


class Thunderbird:
    def __init__(self, folder):
        self.profile = pathlib.Path(folder)
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n"
                 for name, value in PREFERENCES.items())
        (self.profile / "user.js").write_text("".join(lines))
        self.log = self.profile / "imap.moz_log"
        self.log_start = 0
        environment = dict(os.environ, HOME=folder, LC_ALL="C.UTF-8", MOZ_CRASHREPORTER_DISABLE="1",
                           MOZ_LOG="IMAP:4,sync,timestamp", MOZ_LOG_FILE=str(self.log))
        with open(self.profile / "output", "wb") as output:
            self.process = subprocess.Popen(
                ["thunderbird", "--headless", "--no-remote", "--marionette",
                 "-remote-allow-system-access", "--profile", folder],
                env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True)
        self.marionette = None
        try:
            self.marionette = Marionette(wait_until(self._port, "Thunderbird listens", 120))
            self.marionette.command("WebDriver:NewSession")
            self.marionette.command("WebDriver:SetTimeouts", script=100000)
            self.marionette.command("Marionette:SetContext", value="chrome")
        except BaseException:
            self.close()
            raise

    def _port(self):
        assert self.process.poll() is None, (self.profile / "output").read_text()
        with contextlib.suppress(OSError, ValueError):
            return int((self.profile / "MarionetteActivePort").read_text())

    def close(self):
        if self.marionette:
            with contextlib.suppress(AssertionError, OSError):
                self.marionette.command("Marionette:Quit", flags=["eForceQuit"])
            self.marionette.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(30)
        with contextlib.suppress(ProcessLookupError):  # with the processes that it started
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(30)

    def run(self, script, *arguments):
        """What the body of an async function returns; see thunderbird.js for what it may use."""
        result = self.marionette.command(
            "WebDriver:ExecuteAsyncScript", args=arguments, sandbox="system", newSandbox=True,
            script=f"{HELPERS}\n"
                   "const given = [...arguments];\n"
                   "const done = given.pop();\n"
                   f"(async function() {{ {script}\n}})(...given).then(\n"
                   "  value => done({ value }),\n"
                   "  error => done({ error: `${error}\\n${error.stack}` }));")["value"]
        if result is None:
            raise AssertionError("a dialog was opened, which ended the script")
        if "error" in result:
            raise AssertionError(f"{result['error']}\n{self.last_traffic()}")
        return result.get("value")

    # ---- what the tests do and look at

    def add_account(self, posthorn, account, tls_first=False):
        """With STARTTLS, unless TLS is to come first."""
        self.log_start = self.log.stat().st_size
        self.run("await addAccount(arguments[0])", {
            "address": account.address, "password": account.password, "host": posthorn.host,
            "imap": posthorn.port("IMAPS" if tls_first else "IMAP"),
            "submission": posthorn.port("SUBMISSIONS" if tls_first else "SUBMISSION"),
            "security": "SSL" if tls_first else "alwaysSTARTTLS",
            "certificate": pathlib.Path(posthorn.env["TLS_CERT"]).read_text()})

    def remove_account(self):
        self.run("removeAccount()")

    def traffic(self):
        """What was said by IMAP since the account was added."""
        with open(self.log, "rb") as log:
            log.seek(self.log_start)
            lines = log.read().decode(errors="replace").replace("\r", "").rpartition("\n")[0]
        return [Said(*fields) for fields in LOGGED.findall(lines)]

    def sent(self):
        """The commands since the account was added, without their tags and in upper case."""
        return [said.text.upper().partition(" ")[2] for said in self.traffic()
                if said.how == "SendData"]

    def answered(self, command):
        """Whether a command has been sent and the server has said OK."""
        tags = {}
        for said in self.traffic():
            tag, _, rest = said.text.partition(" ")
            if said.how == "SendData" and rest == command:
                tags[said.connection] = tag
            elif tags.get(said.connection) == tag and rest.startswith("OK "):
                return True
        return False

    def idles(self):
        """Whether IDLE runs in the inbox."""
        last = {said.connection: said for said in self.traffic()}.values()
        return any(said.mailbox == "INBOX" and said.text.startswith("+ ") for said in last)

    def disconnect(self):
        """Ends all connections, once the inbox is idle."""
        wait_until(self.idles, "IDLE runs")
        self.run("imapServer().closeCachedConnections()")

        def closed():
            traffic = self.traffic()
            return ({said.connection for said in traffic if said.mailbox == "INBOX"}
                    <= {said.connection for said in traffic if said.how == "TellThreadToDie"})

        wait_until(closed, "the connections are closed")

    def pushed(self, start):
        """What the inbox's connections were told while IDLE ran since traffic() was so long."""
        idle, told = {}, []
        for index, said in enumerate(self.traffic()):
            if said.how == "SendData":
                idle[said.connection] = said.text.endswith(" IDLE")
            elif idle.get(said.connection) and said.mailbox == "INBOX" and index >= start:
                told.append(said.text)
        return told

    def open(self, path):
        """Selects a folder, as a click on it does. Nobody is told when that is done: where an
        update is under way already, Thunderbird does not begin another one."""
        self.run("folder(arguments[0]).updateFolder(mainWindow.msgWindow)", path)

    def folders(self):
        return self.run("return folders().map(each => each.onlineName)")

    def subscribe(self, path, wanted=True):
        """As the window of subscriptions does. Thunderbird may lose a command that it is given
        while its connections are busy, so each comes once the one before is done."""
        wait_until(self.idles, "IDLE runs")
        self.run("setSubscribed(...arguments)", path, wanted)
        command = f'{"subscribe" if wanted else "unsubscribe"} "{path}"'
        wait_until(lambda: self.answered(command), f"OK to {command}")
        self.run("listFolders()")
        self.wait_for_folders(f"{path} is there: {wanted}",
                              lambda found: (path in found) == wanted)

    def wait_for_folders(self, what, condition):
        self._wait(self.folders, condition, what)

    def subjects(self, path="INBOX"):
        return sorted(self.run("return messages(arguments[0]).map(each => "
                               "each.mime2DecodedSubject)", path))

    def wait_for_subjects(self, path, subjects):
        self._wait(lambda: self.subjects(path), lambda found: found == subjects,
                   f"{subjects} in {path}")

    def wait(self, script, what, *arguments):
        """Until the script returns something true."""
        self._wait(lambda: self.run(script, *arguments), bool, what)

    def _wait(self, look, condition, what):
        seen = []

        def comes_true():
            seen[:] = [look()]
            return condition(seen[0])

        try:
            wait_until(comes_true, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {seen}\n{self.last_traffic()}") from error

    def last_traffic(self):
        return "\n".join(" ".join(said) for said in self.traffic()[-40:])
