"""The table of figures and ratios, on the terminal and as a Markdown document."""

import datetime

INTRODUCTION = """# Performance, measured against Postfix + Dovecot

`tests/bench/run --report docs/performance.md` made this page: both systems up on one machine,
measured in turns run by run, over loopback without TLS, with the load driver (`tests/bench/driver`)
on the same cores. Rates and times are medians of {runs} runs. Machines differ, and the same one from
minute to minute, so the ratios are what to read; a ratio above 1 means that Posthorn is better,
whether the figure is a rate or a time. Filling, memory and notification are measured once.

The peers are Debian's packages, tuned as their documentation advises: mdbox, login and mail
processes reused, plain passwords in a passwd-file, LMTP between the two (`tests/bench/peers`).
Posthorn runs as `deploy/local/up` starts it: one of each service and PostgreSQL. Durability is
equal: a 250 or the OK to APPEND follows the fsync on both sides, the OK to STORE on neither.
"""

NOTES = """
## What the rows mean
- *Delivered and visible*: from the first octet sent until every message is counted by STATUS in
  every one of the accounts; the 250s alone are the row *accepted*. MAIL, RCPT and DATA go in one
  piece, each connection carries one message after the other.
- *Accepted and relayed*: from the first octet sent until smtp-sink has counted the last message,
  once each. Posthorn's senders are logged in before; Postfix asks for no login. Both pass the mail
  on to one host over connections that they keep (`mailctl route`; `relay_transport`).
- *FETCH*: from the command to its tagged OK, in a mailbox of 4 KB messages, everything warm;
  every response is checked for its number, its contents and the size of its body.
- *SEARCH, SORT, THREAD*: the same; the word is in the subjects of few messages, and the answer must
  name exactly those that hold it. Two messages in three answer an earlier one, and THREAD must find
  as many threads as there are. *COPY, MOVE, STORE 1:\\**: the whole mailbox in one command.
- *Mixed load*: sessions on 16 mailboxes that list the newest 50, read, mark, search, file and look
  for new mail in turn.
- *POP3*: from connecting to the answer to QUIT; *pipelined* keeps 16 RETR commands ahead.
- *Memory*: growth of the proportional set size of all the server's processes (for Posthorn
  imap-gateway, mailstore and PostgreSQL), divided by the sessions that are logged in, have
  selected INBOX and idle; of SMTP, that have said EHLO, with TLS after STARTTLS (smtp-gateway
  instead of imap-gateway). Postfix has a process for each and gets fewer of them.
- *to \\* EXISTS*: a negative time from the 250 means that the idle session heard first.
- 1 MB is 1,000,000 octets of message.
"""


def _number(value):
    if value is None:
        return "-"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(figure, peer, ours):
    """How many times better we are; None where that has no meaning."""
    if peer is None or ours is None or peer <= 0 or ours <= 0:
        return None
    return ours / peer if figure.better == "higher" else peer / ours


def _goal(figure, peer, ours):
    if figure.goal is None or ours is None or (peer is None and figure.goal[0] == "ratio"):
        return ""
    kind, bound = figure.goal
    if kind == "value":
        return f"under {bound:g} {figure.unit}: {'met' if ours < bound else 'MISSED'}"
    times = ratio(figure, peer, ours)
    if times is None:
        return ""
    return f"{bound:g} times: {'met' if times >= bound else 'MISSED'}"


def rows(workloads, peers, ours, with_goals):
    """Tuples of text: work, unit, peers' figure, ours, ratio, goal. A side may be None."""
    for workload in workloads:
        for figure in workload.figures:
            key = (workload.name, figure.key)
            theirs = peers.figures.get(key) if peers else None
            mine = ours.figures.get(key) if ours else None
            times = ratio(figure, theirs, mine)
            yield (figure.title, figure.unit, _number(theirs) if peers else "-",
                   _number(mine) if ours else "-", f"{times:.2f}" if times else "",
                   _goal(figure, theirs, mine) if with_goals else "")


HEADINGS = ("work", "unit", "Postfix + Dovecot", "Posthorn", "ratio", "goal")


def as_text(table):
    table = [HEADINGS, *table]
    widths = [max(len(row[column]) for row in table) for column in range(len(HEADINGS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
                     for row in table)


def as_markdown(table, facts, failures, runs):
    date = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    lines = [INTRODUCTION.format(runs=runs), "## Machine and versions", f"- {date}"]
    lines += [f"- {fact}" for fact in facts]
    lines += ["", "## Figures", "| " + " | ".join(HEADINGS) + " |",
              "|---|---|---:|---:|---:|---|"]
    lines += ["| " + " | ".join(cell.replace("*", "\\*") for cell in row) + " |"
              for row in table]
    if failures:
        lines += ["", "## Failed", *(f"- {failure}" for failure in failures)]
    return "\n".join(lines) + "\n" + NOTES
