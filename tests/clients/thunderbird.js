// What the scripts of the tests have at hand: it stands before each of them.
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const mainWindow = Services.wm.getMostRecentWindow("mail:3pane");

// ---- the account: one at a time

async function addAccount({ address, password, host, imap, submission, security, certificate }) {
  // What "Confirm security exception" stores: this certificate, for these ports.
  const der = certificate.replace(/-----.*?-----|\s/g, "");
  const parsed = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)
    .constructX509FromBase64(der);
  const exceptions = Cc["@mozilla.org/security/certoverride;1"]
    .getService(Ci.nsICertOverrideService);
  for (const port of [imap, submission]) {
    exceptions.rememberValidityOverride(host, port, {}, parsed, true);
  }
  for (const scheme of ["imap", "smtp"]) {
    const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
    const origin = `${scheme}://${host}`;
    login.init(origin, null, origin, address, password, "", "");
    await Services.logins.addLoginAsync(login);
  }
  const outgoing = MailServices.outgoingServer.createServer("smtp");
  outgoing.QueryInterface(Ci.nsISmtpServer).hostname = host;
  outgoing.port = submission;
  const incoming = MailServices.accounts.createIncomingServer(address, host, "imap");
  incoming.port = imap;
  for (const each of [incoming, outgoing]) {
    each.username = address;
    each.socketType = Ci.nsMsgSocketType[security];
    each.authMethod = Ci.nsMsgAuthMethod.passwordCleartext;
  }
  const identity = MailServices.accounts.createIdentity();
  identity.fullName = "A User";
  identity.email = address;
  identity.smtpServerKey = outgoing.key;
  identity.fccFolderURI = `${incoming.serverURI}/Sent`;
  identity.valid = true;
  const account = MailServices.accounts.createAccount();
  account.addIdentity(identity);
  account.incomingServer = incoming;
}

function account() {
  return MailServices.accounts.accounts.find(each => each.incomingServer.type == "imap");
}

// The main window shows something else first, or it would turn to the next account by itself.
// Passwords stay: a connection that is still being made must not ask for one.
function removeAccount() {
  pane().displayFolder(MailServices.accounts.localFoldersServer.rootFolder.URI);
  const [last, outgoing] = [account(), MailServices.outgoingServer.servers[0]];
  last.incomingServer.closeCachedConnections();
  MailServices.accounts.removeAccount(last, true);
  MailServices.outgoingServer.deleteServer(outgoing);
}

// ---- folders and messages

function imapServer() {
  return account().incomingServer.QueryInterface(Ci.nsIImapIncomingServer);
}

function folders() {
  return imapServer().rootFolder.descendants.map(
    each => each.QueryInterface(Ci.nsIMsgImapMailFolder));
}

function folder(path) {
  const found = folders().find(each => each.onlineName == path);
  if (!found) {
    throw new Error(`no folder ${path}, only ${folders().map(each => each.onlineName)}`);
  }
  return found;
}

function messages(path) {
  return [...folder(path).messages];
}

function message(path, subject) {
  const found = messages(path).find(each => each.mime2DecodedSubject == subject);
  if (!found) {
    throw new Error(`no message ${subject} in ${path}`);
  }
  return found;
}

// ---- what takes its time

function check(status, resolve, reject) {
  if (Components.isSuccessCode(status)) {
    resolve();
  } else {
    reject(new Error(`status 0x${status.toString(16)}`));
  }
}

// Runs what tells a nsIUrlListener when it is done.
function finished(start) {
  return new Promise((resolve, reject) => start({
    QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
    OnStartRunningUrl() {},
    OnStopRunningUrl: (_, status) => check(status, resolve, reject),
  }));
}

// The same for a nsIMsgCopyServiceListener.
function copied(start) {
  return new Promise((resolve, reject) => start({
    QueryInterface: ChromeUtils.generateQI(["nsIMsgCopyServiceListener"]),
    onStartCopy() {},
    onProgress() {},
    setMessageKey() {},
    getMessageId: () => null,
    onStopCopy: status => check(status, resolve, reject),
  }));
}

// Messages of the inbox go to another folder.
function transfer(subjects, path, moves) {
  return copied(listener => MailServices.copy.copyMessages(
    folder("INBOX"), subjects.map(each => message("INBOX", each)), folder(path), moves, listener,
    mainWindow.msgWindow, false));
}

const copyMessages = (subjects, path) => transfer(subjects, path, false);
const moveMessages = (subjects, path) => transfer(subjects, path, true);

// As the Delete button does: to Trash, or else what the account's settings say.
function deleteMessages(subjects) {
  return copied(listener => folder("INBOX").deleteMessages(
    subjects.map(each => message("INBOX", each)), mainWindow.msgWindow, false, false, listener,
    false));
}

// The octets of a message, one a character.
function source(header) {
  const uri = header.folder.getUriForMsg(header);
  return new Promise((resolve, reject) => {
    const pieces = [];
    MailServices.messageServiceFromURI(uri).streamMessage(uri, {
      QueryInterface: ChromeUtils.generateQI(["nsIStreamListener", "nsIRequestObserver"]),
      onStartRequest() {},
      onDataAvailable(_, stream, offset, count) {
        const binary = Cc["@mozilla.org/binaryinputstream;1"]
          .createInstance(Ci.nsIBinaryInputStream);
        binary.setInputStream(stream);
        pieces.push(binary.readBytes(count));
      },
      onStopRequest: (_, status) => check(status, () => resolve(pieces.join("")), reject),
    }, null, null, false, "", false);
  });
}

// ---- windows

// The hits of a search that the server does, as "Search Messages" with "Run search on server" does.
function search(path, attribute, operator, given) {
  const session = Cc["@mozilla.org/messenger/searchSession;1"]
    .createInstance(Ci.nsIMsgSearchSession);
  session.addScopeTerm(Ci.nsMsgSearchScope.onlineMail, folder(path));
  const term = session.createTerm();
  term.attrib = Ci.nsMsgSearchAttrib[attribute];
  term.op = Ci.nsMsgSearchOp[operator];
  const value = term.value; // a copy
  value.attrib = term.attrib;
  if (attribute == "MsgStatus") {
    value.status = Ci.nsMsgMessageFlags[given];
  } else {
    value.str = given;
  }
  term.value = value;
  term.booleanAnd = true;
  session.appendTerm(term);
  return new Promise((resolve, reject) => {
    const hits = [];
    session.registerListener({
      QueryInterface: ChromeUtils.generateQI(["nsIMsgSearchNotify"]),
      onNewSearch() {},
      onSearchHit: header => hits.push(header.mime2DecodedSubject),
      onSearchDone: status => check(status, () => resolve(hits.sort()), reject),
    });
    session.search(mainWindow.msgWindow);
  });
}

// Opens the window in which a message is written.
async function openComposer({ to, subject, body, type = "New", original, attachment }) {
  const fields = Cc["@mozilla.org/messengercompose/composefields;1"]
    .createInstance(Ci.nsIMsgCompFields);
  const parameters = Cc["@mozilla.org/messengercompose/composeparams;1"]
    .createInstance(Ci.nsIMsgComposeParams);
  parameters.composeFields = fields;
  parameters.identity = account().defaultIdentity;
  parameters.type = Ci.nsIMsgCompType[type];
  parameters.format = Ci.nsIMsgCompFormat.PlainText;
  if (original) {
    parameters.origMsgHdr = original;
    parameters.originalMsgURI = original.folder.getUriForMsg(original);
  } else {
    Object.assign(fields, { to, subject, body });
  }
  if (attachment) {
    const attached = Cc["@mozilla.org/messengercompose/attachment;1"]
      .createInstance(Ci.nsIMsgAttachment);
    attached.url = attachment;
    fields.addAttachment(attached);
  }
  const opened = new Promise(resolve => Services.ww.registerNotification({
    observe(window, topic) {
      if (topic == "domwindowopened") {
        Services.ww.unregisterNotification(this);
        window.addEventListener("compose-editor-ready", () => resolve(window), { once: true });
      }
    },
  }));
  MailServices.compose.OpenComposeWindowWithParams(null, parameters);
  return opened;
}

// Sends what is in such a window, which then closes.
function send(window) {
  return new Promise(resolve => {
    window.addEventListener("unload", resolve, { once: true });
    window.goDoCommand("cmd_sendNow");
  });
}

// The same for a draft, whose window stays until it is told to close.
async function save(window) {
  const saved = new Promise(resolve => {
    window.gMsgCompose.RegisterStateListener({
      NotifyComposeFieldsReady() {},
      NotifyComposeBodyReady() {},
      SaveInFolderDone() {},
      ComposeProcessDone: status => resolve(status),
    });
  });
  window.goDoCommand("cmd_saveAsDraft");
  const status = await saved;
  window.close();
  if (!Components.isSuccessCode(status)) {
    throw new Error(`status 0x${status.toString(16)}`);
  }
}

// The list of folders, the list of messages and the message pane.
function pane() {
  return mainWindow.document.getElementById("tabmail").currentAbout3Pane;
}

function shownText() {
  const shown = mainWindow.document.getElementById("tabmail").currentAboutMessage;
  return shown?.getMessagePaneBrowser().contentDocument?.body?.textContent;
}

// ---- subscriptions

// What the window of subscriptions lists.
async function offeredFolders() {
  const server = imapServer().QueryInterface(Ci.nsISubscribableServer);
  await new Promise(resolve => {
    server.subscribeListener = {
      QueryInterface: ChromeUtils.generateQI(["nsISubscribeListener"]),
      OnItemDiscovered() {},
      OnDonePopulating: resolve,
    };
    server.startPopulating(mainWindow.msgWindow, true, false);
  });
  const below = parent => server.getChildURIs(parent).flatMap(each => [each, ...below(each)]);
  const found = below("");
  server.subscribeCleanup();
  return found;
}

// What its OK button does: each box that has changed, then the folders are listed anew.
function setSubscribed(path, wanted) {
  const server = imapServer().QueryInterface(Ci.nsISubscribableServer);
  if (wanted) {
    server.subscribe(path);
  } else {
    server.unsubscribe(path);
  }
}

function listFolders() {
  imapServer().QueryInterface(Ci.nsISubscribableServer).commitSubscribeChanges();
}
