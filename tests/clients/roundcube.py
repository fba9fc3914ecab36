"""Debian's Roundcube under PHP's own web server, and a headless Chromium that uses it."""

import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

PUBLIC = pathlib.Path("/var/lib/roundcube/public_html")
CONFIGURATION = """<?php
$config['db_dsnw'] = 'sqlite:///{folder}/roundcube.db?mode=0600';
$config['imap_host'] = '{host}:{imap}';
$config['smtp_host'] = 'tls://{host}:{submission}';
$config['smtp_user'] = '%u';
$config['smtp_pass'] = '%p';
$config['smtp_conn_options'] = ['ssl' => ['verify_peer' => false, 'verify_peer_name' => false]];
$config['des_key'] = 'not-a-secret-but-24-long';
$config['log_dir'] = '{folder}/logs';
$config['temp_dir'] = '{folder}/temp';
$config['plugins'] = [];
$config['skin'] = 'elastic';
$config['language'] = 'en_US';
$config['messages_cache'] = 'db';
$config['create_default_folders'] = true;
$config['refresh_interval'] = 0;
$config['draft_autosave'] = 0;
$config['autoexpand_threads'] = 1;
"""
CHROMIUM_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                  "--disable-background-networking", "--disable-component-update",
                  "--disable-sync", "--disable-dev-shm-usage", "--window-size=1400,1000"]


@contextlib.contextmanager
def serving(posthorn):
    """The address of a Roundcube for this Posthorn, and its folder."""
    with tempfile.TemporaryDirectory(prefix="posthorn-roundcube-") as folder:
        for name in ("logs", "temp"):
            os.mkdir(f"{folder}/{name}")
        # Everything that the package puts in place stays; only this file is ours.
        shutil.copy("/etc/roundcube/defaults.inc.php", folder)
        shutil.copy("/etc/roundcube/mimetypes.php", folder)
        pathlib.Path(folder, "config.inc.php").write_text(CONFIGURATION.format(
            folder=folder, host=posthorn.host, imap=posthorn.port("IMAP"),
            submission=posthorn.port("SUBMISSION")))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with open(f"{folder}/logs/php", "wb") as log:
            server = subprocess.Popen(
                ["php", "-d", f"session.save_path={folder}/temp", "-S", f"127.0.0.1:{port}", "-t",
                 PUBLIC], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                env=dict(os.environ, ROUNDCUBE_CONFIG_DIR=folder))
        try:
            yield f"http://127.0.0.1:{port}/", pathlib.Path(folder)
        finally:
            server.terminate()
            server.wait(20)


class Browser:
    """Roundcube's pages; every step waits for what it must bring about."""

    def __init__(self, address, folder):
        self.address = address
        self.folder = folder
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for flag in [*CHROMIUM_FLAGS, f"--user-data-dir={tempfile.mkdtemp(dir=folder)}"]:
            options.add_argument(flag)
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(60)

    def close(self):
        self.driver.quit()

    def open(self, **parameters):
        query = "&".join(f"_{name}={value}" for name, value in parameters.items())
        self.driver.get(f"{self.address}?{query}")

    def wait(self, condition, what, seconds=30):
        """Until condition(driver) is true; a page that is being replaced is tried again."""
        try:
            return WebDriverWait(self.driver, seconds, 0.1, [WebDriverException]).until(condition)
        except WebDriverException as error:
            raise AssertionError(f"not within {seconds} s: {what}\n{self.page_text()[:1500]}\n"
                                 f"{self.logs()}") from error

    def page_text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def logs(self):
        return "\n".join(f"{path.name}: {path.read_text()[-1500:]}"
                         for path in (self.folder / "logs").iterdir() if path.name != "php")

    def element(self, selector):
        return self.wait(lambda d: d.find_element(By.CSS_SELECTOR, selector), selector)

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def command(self, name, argument=""):
        """One of Roundcube's commands, as its buttons call it."""
        self.wait(lambda _: self.script(
            "if (!window.rcmail || rcmail.busy || !rcmail.commands[arguments[0]]) return false;"
            "rcmail.command(arguments[0], arguments[1]); return true", name, argument),
            f"the command {name} can be given")

    # ---- what a user does

    def log_in(self, account):
        self.open(task="login")
        self.element("#rcmloginuser").send_keys(account.address)
        self.element("#rcmloginpwd").send_keys(account.password)
        self.element("#rcmloginsubmit").click()
        self.wait(lambda d: "task=mail" in d.current_url and self.ready(), "the mailbox after login")

    def ready(self):
        return self.script("return !!window.rcmail && !rcmail.busy && document.readyState == "
                           "'complete'")

    def open_mailbox(self, name="INBOX", **parameters):
        self.open(task="mail", mbox=name.replace(" ", "%20"), **parameters)
        self.wait(lambda _: self.ready(), f"{name} is open")

    def subjects(self):
        """The subjects of the message list from the top, as far as they are shown."""
        rows = self.driver.find_elements(By.CSS_SELECTOR, "#messagelist tbody tr .subject a")
        return [row.text.strip() for row in rows if row.text]  # a hidden row has none

    def wait_for_subjects(self, subjects):
        try:
            self.wait(lambda _: self.ready() and self.subjects() == subjects, f"{subjects}")
        except AssertionError as error:
            raise AssertionError(f"{self.subjects()} instead of {subjects}") from error

    def depths(self):
        """How deep the rows of the message list are in their threads, in ascending order."""
        return sorted(self.script(
            "return Object.values(rcmail.message_list.rows).map(row => row.depth || 0)"))

    def select_row(self, subject):
        uid = self.wait(lambda d: d.execute_script(
            "const list = rcmail.message_list;"
            "for (const uid in list.rows)"
            "  if (list.rows[uid].obj.querySelector('.subject a').textContent.trim() == arguments[0])"
            "    { list.select(uid); return uid; }", subject), f"a row {subject}")
        return uid

    def arrange(self, column, order, threads=False):
        """What the dialog of list options does."""
        self.wait(lambda _: self.ready(), "the list")
        self.script("rcmail.set_list_options(undefined, arguments[0], arguments[1], arguments[2])",
                    column, order, int(threads))

    def folders(self):
        return [element.get_attribute("rel") for element in
                self.driver.find_elements(By.CSS_SELECTOR, "#mailboxlist li a")]
