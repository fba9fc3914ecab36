// Goes through what imapflow uses when it is offered and prints what it saw as one JSON object.
// Arguments: host, port, user, password.
import { ImapFlow } from 'imapflow';

const [host, port, user, pass] = process.argv.slice(2);
const client = new ImapFlow({
  host, port: Number(port), secure: false, doSTARTTLS: false, auth: { user, pass },
  logger: false, qresync: true, disableAutoIdle: true,
});
const seen = { flags: 0, expunged: [], exists: [] };
client.on('exists', event => seen.exists.push(event.count));
client.on('expunge', event => seen.expunged.push(event.uid ?? event.seq));
client.on('flags', () => { seen.flags += 1; });
const letter = name => Buffer.from(
  `From: a@remote.example\r\nTo: b@example.org\r\nSubject: ${name}\r\n` +
  `Message-ID: <${name}@remote.example>\r\nContent-Type: text/plain; charset=utf-8\r\n` +
  `Content-Transfer-Encoding: base64\r\n\r\n${Buffer.from(`Grüße, ${name}`).toString('base64')}\r\n`);

await client.connect();
const result = { capabilities: [...client.capabilities.keys()], enabled: [...client.enabled] };
result.created = await client.mailboxCreate(['Entwürfe', '2026']);
result.names = (await client.list({ statusQuery: { messages: true, unseen: true } }))
  .map(({ path, specialUse, status }) => ({ path, specialUse, messages: status?.messages }));

const lock = await client.getMailboxLock('INBOX');
try {
  for (const name of ['one', 'two', 'three', 'four']) {
    const appended = await client.append('INBOX', letter(name), name === 'one' ? ['\\Seen'] : []);
    (result.appended ??= []).push(appended.uid);
  }
  await client.noop();
  result.unseen = await client.search({ seen: false }, { uid: true });
  result.found = await client.search({ body: 'grüße, TWO' }, { uid: true });
  result.flagged = await client.messageFlagsAdd('2', ['\\Flagged', 'Work'], { uid: true });
  const one = await client.fetchOne('2', {
    uid: true, flags: true, envelope: true, bodyStructure: true, size: true, internalDate: true,
    threadId: true, source: true }, { uid: true });
  result.message = {
    uid: one.uid, flags: [...one.flags], subject: one.envelope.subject, size: one.size,
    type: one.bodyStructure.type, encoding: one.bodyStructure.encoding,
    source: one.source.equals(letter('two')), hasModseq: one.modseq !== undefined,
    hasEmailId: one.emailId !== undefined };
  const { content } = await client.download('3', '1', { uid: true });
  const chunks = [];
  for await (const chunk of content) chunks.push(chunk);
  result.text = Buffer.concat(chunks).toString();
  const copied = await client.messageCopy('1:2', 'Entwürfe/2026', { uid: true });
  result.copied = [...copied.uidMap];
  const moved = await client.messageMove('3', 'Entwürfe/2026', { uid: true });
  result.moved = [...moved.uidMap];
  result.deleted = await client.messageDelete('4', { uid: true });
  result.left = await client.search({ all: true }, { uid: true });
} finally {
  lock.release();
}
result.status = await client.status('Entwürfe/2026', { messages: true, uidNext: true, unseen: true });
result.quota = (await client.getQuota('INBOX')) !== false;
result.renamed = (await client.mailboxRename('Entwürfe/2026', 'Entwürfe/alt')).newPath;
result.removed = (await client.mailboxDelete('Entwürfe/alt')).path;
await client.logout();
console.log(JSON.stringify({ ...result, seen }));
