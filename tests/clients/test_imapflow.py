"""imapflow (npm), which enables and uses what it is offered: COMPRESS, CONDSTORE, QRESYNC,
LIST-STATUS, OBJECTID, BINARY and more. The pinned version is installed into a temporary folder."""

import json
import pathlib
import shutil

import pytest
from clients import run

HERE = pathlib.Path(__file__).parent / "imapflow"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("imapflow")
    for name in ("package.json", "package-lock.json", "session.mjs"):
        shutil.copy(HERE / name, made)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=made, timeout=300)
    return made


def test_goes_through_its_commands(posthorn, account, folder):
    output = run("node", "session.mjs", posthorn.host, posthorn.port("IMAP"), account.address,
                 account.password, cwd=folder).stdout
    got = json.loads(output)
    offered = set(got["capabilities"])
    assert "IDLE" in offered
    assert got["appended"] == [1, 2, 3, 4]
    assert got["unseen"] == [2, 3, 4] and got["found"] == [2]
    assert got["flagged"] is True
    message = got["message"]
    assert message["uid"] == 2 and set(message["flags"]) - {"\\Recent"} == {"\\Flagged", "Work"}
    assert (message["subject"], message["type"]) == ("two", "text/plain")
    assert message["source"] is True
    assert message["hasModseq"] == ("CONDSTORE" in offered)
    assert message["hasEmailId"] == ("OBJECTID" in offered)
    assert got["text"] == "Grüße, three"
    assert got["copied"] == [[1, 1], [2, 2]] and got["moved"] == [[3, 3]]
    assert got["deleted"] is True and got["left"] == [1, 2]
    assert got["created"]["path"] == "Entwürfe/2026"
    assert {"INBOX", "Entwürfe/2026", "Sent"} <= {each["path"] for each in got["names"]}
    assert got["status"]["messages"] == 3 and got["status"]["uidNext"] == 4
    assert got["status"]["unseen"] == 2
    assert got["quota"] == ("QUOTA" in offered)
    assert got["renamed"] == "Entwürfe/alt" and got["removed"] == "Entwürfe/alt"
    assert offered & {"CONDSTORE", "QRESYNC", "UTF8=ACCEPT"} <= set(got["enabled"])
    assert sorted(got["seen"]["exists"])[-1] == 4 and got["seen"]["expunged"]
