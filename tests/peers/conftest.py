"""Fixtures: the network, and Posthorn within it."""

import pathlib
import shutil
import tempfile

import posthorn as posthorn_module
import pytest
from certificates import Authority
from network import POSTHORN_ADDRESS, POSTHORN_HOST, TRUSTED, Network

# Kept from run to run.
DOWNLOADS = pathlib.Path(__file__).resolve().parents[2] / "build/peers"


@pytest.fixture(scope="session")
def network():
    with tempfile.TemporaryDirectory(prefix="posthorn-peers-") as folder:
        made = Network(folder, DOWNLOADS)
        try:
            made.start()
            yield made
        finally:
            made.stop()


def certificates_of(network):
    """A folder with the one that peers see, of the authority that they know."""
    made = network.authority.issue(POSTHORN_HOST)
    folder = network.folder / "posthorn"
    folder.mkdir()
    shutil.copy(made.crt, folder / "tls.crt")
    shutil.copy(made.key, folder / "tls.key")
    return folder


@pytest.fixture(scope="session")
def posthorn(network):
    """One of each service; its MX is at a loopback address of its own, with the records that
    mailctl prints in the DNS."""
    mx = [f"--listen_mx={POSTHORN_ADDRESS}:25", f"--xclient_networks={TRUSTED}/32",
          f"--tls_cert_dir={certificates_of(network)}"]
    with posthorn_module.started("--hostname", POSTHORN_HOST, *network.options(), *(
            option for flag in mx for option in ("--flag", f"smtp-gateway:{flag}"))) as system:
        zone = system.mailctl("dns", "example.org", f"--hostname={POSTHORN_HOST}").stdout
        network.nameserver.add_lines("example.org", zone)
        network.nameserver.publish()
        yield system


@pytest.fixture
def site(network):
    """A domain of the test's own; what the test starts there ends with it."""
    yield network.site()
    network.sweep()


@pytest.fixture
def sites(network):
    """Makes such domains."""
    yield network.site
    network.sweep()


@pytest.fixture(scope="session")
def strangers(network):
    """An authority that nobody here knows."""
    return Authority(network.folder / "strangers", "Strangers")
