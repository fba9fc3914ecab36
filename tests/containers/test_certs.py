"""deploy/certs/make-certs: what it makes, and what a second run leaves alone."""

import os
import pathlib
import subprocess

import pytest

TOP = pathlib.Path(__file__).resolve().parents[2]
SERVICES = ["mailstore", "smtp-gateway", "pop3-gateway", "imap-gateway", "mailctl"]


def make(folder, *options):
    return subprocess.run([TOP / "deploy/certs/make-certs", folder, *options], check=True,
                          capture_output=True, text=True, timeout=120).stdout


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                          text=True, timeout=60).stdout


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes()
            for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def made(tmp_path):
    make(tmp_path / "s", "--hostname", "mail.example.org", "--database-host", "db:5432")
    return tmp_path / "s"


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_certificate_of_its_own_name(service, made):
    crt = made / service / "tls.crt"
    assert openssl("x509", "-in", crt, "-noout", "-subject").strip() == f"subject=CN = {service}"
    for purpose in ("sslserver", "sslclient"):
        openssl("verify", "-CAfile", made / service / "ca.crt", "-purpose", purpose, crt)
    names = openssl("x509", "-in", crt, "-noout", "-ext", "subjectAltName")
    assert f"DNS:{service}" in names and "DNS:localhost" in names
    public = openssl("x509", "-in", crt, "-noout", "-pubkey")
    assert openssl("pkey", "-in", made / service / "tls.key", "-pubout") == public


def test_no_file_is_open_to_others(made):
    assert not [path for path in made.rglob("*") if path.stat().st_mode & 0o077]


def test_a_second_run_changes_nothing(made):
    before = contents(made)
    assert make(made, "--hostname", "mail.example.org", "--database-host", "db:5432") == ""
    assert contents(made) == before


def test_what_expires_soon_is_made_again_and_the_password_stays(made):
    before = contents(made)
    make(made, "--hostname", "mail.example.org", "--database-host", "db:5432",
         "--renew-days", "1300")
    after = contents(made)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {f"{service}/tls.{end}" for service in SERVICES for end in ("crt", "key")}
    assert after["ca/ca.crt"] == before["ca/ca.crt"]


def test_a_new_authority_signs_everything_anew(made):
    (made / "ca/ca.crt").unlink()
    make(made)
    for service in SERVICES:
        openssl("verify", "-CAfile", made / "ca/ca.crt", made / service / "tls.crt")
        assert (made / service / "ca.crt").read_bytes() == (made / "ca/ca.crt").read_bytes()


def test_a_new_host_name_gets_a_new_self_signed_certificate(made):
    make(made, "--hostname", "mx.example.net")
    assert "CN = mx.example.net" in openssl("x509", "-in", made / "outer/tls.crt", "-noout",
                                            "-subject")


def test_given_certificates_replace_the_self_signed_one_and_follow_changes(made, tmp_path):
    given = tmp_path / "given"
    given.mkdir()

    def issue(name):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", 30, "-subj",
                f"/CN={name}", "-keyout", given / "tls.key", "-out", given / "tls.crt")
    for name in ("one.example", "two.example"):
        issue(name)
        make(made, "--given", given)
        assert (made / "outer/tls.crt").read_bytes() == (given / "tls.crt").read_bytes()
        assert (made / "outer/tls.key").read_bytes() == (given / "tls.key").read_bytes()
    # Under another name it stands alone too: a self-signed one beside it would be offered.
    for end in ("crt", "key"):
        (given / f"tls.{end}").rename(given / f"three.{end}")
    make(made, "--given", given)
    assert (made / "outer/three.crt").exists()


def test_the_database_url_has_the_password(made):
    password = (made / "database/password").read_text().strip()
    assert len(password) == 48
    assert (made / "database/url").read_text() == \
        f"postgresql://posthorn:{password}@db:5432/posthorn\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_with_owners_each_folder_belongs_to_its_service(tmp_path):
    make(tmp_path / "s", "--owners", "--database-host", "db")
    make(tmp_path / "s", "--owners", "--database-host", "db")
    users = {name: (tmp_path / "s" / name / "tls.key").stat().st_uid for name in SERVICES}
    assert users == {"mailstore": 10001, "mailctl": 10001, "smtp-gateway": 10002,
                     "pop3-gateway": 10003, "imap-gateway": 10004}
    for name in SERVICES:
        assert (tmp_path / "s" / name).stat().st_mode & 0o777 == 0o500
        assert (tmp_path / "s" / name / "tls.key").stat().st_mode & 0o777 == 0o400
    outer = (tmp_path / "s/outer/tls.key").stat()
    assert (outer.st_uid, outer.st_gid, outer.st_mode & 0o777) == (0, 10000, 0o440)


def test_wrong_options_are_told(tmp_path):
    for options in [["--colour", "red"], ["--hostname"]]:
        result = subprocess.run([TOP / "deploy/certs/make-certs", tmp_path / "s", *options],
                                capture_output=True, text=True, timeout=60)
        assert result.returncode == 2
        assert "usage" in result.stderr
