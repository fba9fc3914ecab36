"""imapfilter: a script that searches, copies, flags, moves and deletes."""

from clients import message, run


def test_runs_its_searches_and_actions(posthorn, account, tmp_path):
    for number in range(6):
        posthorn.deliver(account, message(number, f"Body {number}.\r\n" * (1 + 200 * (number == 5))))
    script = tmp_path / "config.lua"
    script.write_text(f"""
options.timeout = 60
options.create = true
options.subscribe = true
options.starttls = false
account = IMAP {{ server = '{posthorn.host}', port = {posthorn.port("IMAP")},
                 username = '{account.address}', password = '{account.password}' }}
all = account.INBOX:select_all()
assert(#all == 6)
account.INBOX:contain_subject('message 1'):move_messages(account['Moved/here'])
account.INBOX:contain_body('Body 2.'):copy_messages(account['Copied'])
account.INBOX:is_larger(2000):mark_flagged()
two = account.INBOX:contain_subject('message 2') + account.INBOX:contain_subject('message 3')
two:mark_seen()
account.INBOX:is_unseen():contain_from('sender@remote'):add_flags({{ 'checked' }})
account.INBOX:contain_subject('message 0'):delete_messages()
for _, folder in ipairs({{ '', 'Moved' }}) do
  for _, name in ipairs(account:list_all(folder)) do print('box ' .. name) end
end
for _, m in ipairs(account.Copied:select_all()) do
  box, uid = table.unpack(m)
  print('text ' .. box[uid]:fetch_field('Subject'))
end
""")
    output = run("imapfilter", "-c", script, env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
                 ).stdout.decode()
    assert "box Moved/here" in output and "box Copied" in output
    assert "text Subject: message 2" in output
    client = posthorn.imap(account)
    assert client.select()[1] == [b"4"]
    assert client.search(None, "SEEN")[1] == [b"1 2"]
    assert client.search(None, "FLAGGED")[1] == [b"4"]
    assert client.search(None, "KEYWORD", "checked")[1] == [b"3 4"]
    subscribed = b" ".join(client.lsub()[1])
    assert b"Moved/here" in subscribed and b"Copied" in subscribed
    client.logout()
    assert len(posthorn.messages(account, "Moved/here")) == 1
