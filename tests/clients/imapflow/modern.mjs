// Uses what only newer servers have, and prints what it saw as one JSON object: a session in
// IMAP4rev2 with QRESYNC and NOTIFY beside one in IMAP4rev1. Arguments: host, port, user, password.
import { once } from 'node:events';
import { ImapFlow } from 'imapflow';

const [host, port, user, pass] = process.argv.slice(2);
const options = {
  host, port: Number(port), secure: false, doSTARTTLS: false, auth: { user, pass },
  logger: false, disableAutoIdle: true };
const atom = value => ({ type: 'ATOM', value });
const atoms = words => words.map(word => (Array.isArray(word) ? atoms(word) : atom(word)));
const event = (client, name) => once(client, name, { signal: AbortSignal.timeout(30000) })
  .then(([value]) => value);
const letter = number => Buffer.from(
  `From: a@remote.example\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe_${number}?=\r\n\r\n` +
  `This is what preview ${number} shows.\r\n`);
const keyValues = list => Object.fromEntries(
  Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i].value, list[2 * i + 1].value]));

async function connected(more) {
  const client = new ImapFlow({ ...options, ...more });
  client.on('error', error => { throw error; });
  await client.connect();
  return client;
}

const client = await connected({ qresync: true });
const other = await connected({ disableIMAP4rev2: true });
const result = { enabled: [...client.enabled], otherEnabled: [...other.enabled] };

await client.mailboxCreate('Größe');
for (let number = 1; number <= 25; number += 1) await client.append('Größe', letter(number));
const box = await client.mailboxOpen('Größe');
await other.mailboxOpen('Größe');
result.opened = [box.exists, other.mailbox.exists];

const everything = { all: true };
result.esearch = await client.search(everything, {
  uid: true, returnOptions: ['MIN', 'MAX', 'COUNT', 'ALL'] });
result.pages = [];
for (const partial of ['1:10', '-1:-5', '100:200']) {
  result.pages.push((await client.search(everything, {
    uid: true, returnOptions: ['COUNT', { partial }] })).partial);
}
result.plain = await client.search({ subject: 'GRÜßE 7' }, { uid: true });
result.otherPlain = await other.search({ subject: 'GRÜßE 7' }, { uid: true });

// FETCH with a modifier (RFC 9394), and previews (RFC 8970).
const rows = [];
const fetched = await client.exec(
  'UID FETCH', [{ type: 'SEQUENCE', value: '1:*' }, atoms(['UID', 'PREVIEW']), atoms(['PARTIAL', '-1:-3'])],
  { untagged: { FETCH: async untagged => { rows.push(keyValues(untagged.attributes[1])); } } });
fetched.next();
result.previews = rows.map(({ UID, PREVIEW }) => [Number(UID), PREVIEW]);
const { content } = await client.download('3', '1', { uid: true, binary: true });
const chunks = [];
for await (const chunk of content) chunks.push(chunk);
result.binary = Buffer.concat(chunks).toString();

// NOTIFY (RFC 5465): what the other session does is told without a command.
const notify = await client.exec('NOTIFY', atoms(
  ['SET', ['SELECTED', ['MessageNew', ['UID', 'FLAGS'], 'MessageExpunge', 'FlagChange']]]));
notify.next();
const arrival = event(client, 'exists');
await other.append('Größe', letter(26), ['\\Flagged']);
result.arrived = (await arrival).count;
const change = (async () => {
  let flags = await event(client, 'flags');
  while (flags.uid !== 5) flags = await event(client, 'flags');
  return flags;
})();
await other.messageFlagsAdd('5', ['Work'], { uid: true });
const changed = await change;
result.changed = { uid: changed.uid, flags: [...changed.flags], hasModseq: !!changed.modseq };
const removal = event(client, 'expunge');
await other.messageDelete('6', { uid: true });
const removed = await removal;
result.removed = { uid: removed.uid, vanished: removed.vanished };

// QRESYNC: a client that was away learns what happened, and nothing else.
const { uidValidity, highestModseq } = client.mailbox;
await client.logout();
await other.messageDelete('7,9', { uid: true });
await other.messageFlagsAdd('8', ['\\Seen'], { uid: true });
await other.append('Größe', letter(27));
const back = await connected({ qresync: true });
result.away = { expunged: [], flags: [] };
back.on('expunge', ({ uid, earlier }) => result.away.expunged.push([uid, earlier]));
back.on('flags', ({ uid }) => result.away.flags.push(uid));
result.back = (await back.mailboxOpen('Größe', { uidValidity, changedSince: highestModseq })).exists;
await back.logout();
await other.logout();
console.log(JSON.stringify(result));
