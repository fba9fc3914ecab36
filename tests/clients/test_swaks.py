"""swaks: the mail administrator's test client."""

from clients import run


def swaks(posthorn, account, port, *options, **keywords):
    return run("swaks", "--server", f"{posthorn.host}:{port}", "--to", account.address,
               "--from", keywords.pop("sender", "sender@remote.example"), *options, **keywords)


def subjects(posthorn, account):
    return [line for _, octets in posthorn.messages(account)
            for line in octets.decode(errors="replace").splitlines() if line.startswith("Subject:")]


def test_delivers_to_port_25(posthorn, account):
    swaks(posthorn, account, posthorn.port("SMTP"), "--header", "Subject: plain")
    assert subjects(posthorn, account) == ["Subject: plain"]


def test_delivers_under_starttls(posthorn, account):
    result = swaks(posthorn, account, posthorn.port("SMTP"), "--tls", "--header", "Subject: tls")
    assert b"TLS started" in result.stdout
    assert subjects(posthorn, account) == ["Subject: tls"]


def test_submits_under_starttls_with_plain_and_login(posthorn, account):
    for mechanism in ("PLAIN", "LOGIN"):
        swaks(posthorn, account, posthorn.port("SUBMISSION"), "--tls", "--auth", mechanism,
              "--auth-user", account.address, "--auth-password", account.password,
              "--header", f"Subject: {mechanism}", sender=account.address)
    assert subjects(posthorn, account) == ["Subject: PLAIN", "Subject: LOGIN"]


def test_submits_under_tls_from_the_start(posthorn, account):
    swaks(posthorn, account, posthorn.port("SUBMISSIONS"), "--tls-on-connect", "--auth", "PLAIN",
          "--auth-user", account.address, "--auth-password", account.password,
          "--header", "Subject: submissions", sender=account.address)
    assert subjects(posthorn, account) == ["Subject: submissions"]


def test_a_wrong_password_is_refused(posthorn, account):
    result = swaks(posthorn, account, posthorn.port("SUBMISSIONS"), "--tls-on-connect",
                   "--auth", "PLAIN", "--auth-user", account.address, "--auth-password", "wrong",
                   sender=account.address, check=False)
    assert result.returncode != 0
    assert b"535 5.7.8" in result.stdout


def test_submission_without_login_is_refused(posthorn, account):
    result = swaks(posthorn, account, posthorn.port("SUBMISSION"), "--tls", check=False)
    assert result.returncode != 0
    assert b"530 5.7.0" in result.stdout


def test_mail_for_elsewhere_is_not_relayed(posthorn, account):
    result = run("swaks", "--server", f"{posthorn.host}:{posthorn.port('SMTP')}",
                 "--to", "someone@elsewhere.example", "--from", account.address, check=False)
    assert result.returncode != 0
    assert b" 550 5.7.1" in result.stdout


def test_an_unknown_user_is_refused(posthorn, account):
    result = run("swaks", "--server", f"{posthorn.host}:{posthorn.port('SMTP')}",
                 "--to", "nobody-" + account.address, "--from", "a@remote.example", check=False)
    assert result.returncode != 0
    assert b" 550 5.1.1" in result.stdout


def test_pipelines(posthorn, account):
    swaks(posthorn, account, posthorn.port("SMTP"), "--pipeline", "--header", "Subject: pipelined")
    assert subjects(posthorn, account) == ["Subject: pipelined"]
