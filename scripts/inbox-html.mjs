// The inbox's pages as text. Everything that comes from a mail goes through `escape`.
const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escape = (text) => String(text).replace(/[&<>"']/g, (sign) => ENTITIES[sign]);

const layout = (title, main) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<header><a class="brand" href="/">Development inbox</a><p>Nothing here left this machine.</p></header>
<main>${main}</main>
</body>
</html>
`;

const time = (iso) =>
  `<time datetime="${iso}">${iso.slice(0, 10)} <span class="clock">${iso.slice(11, 19)} UTC</span></time>`;
const subjectOf = (mail) => escape(mail.subject || '(no subject)');
const again = (mail) =>
  mail.deliveries > 1 ? ` <strong class="badge">delivered ${mail.deliveries} times</strong>` : '';

/** All mails, or those whose recipient contains `to`. */
export function listPage(mails, to) {
  const count = `${mails.length} ${mails.length === 1 ? 'mail' : 'mails'}`;
  const rows = mails.map(
    (mail) => `<li><a href="/messages/${mail.id}"><span class="subject">${subjectOf(mail)}</span>
<span class="people">to ${escape(mail.to.join(', '))} · from ${escape(mail.from)}</span></a>
<span class="when">${time(mail.receivedAt)}${again(mail)}</span></li>`,
  );
  const empty = to
    ? '<p class="empty">No mail to such a recipient.</p>'
    : '<p class="empty">No mail yet. Register a user, or ask for a new password.</p>';
  return layout(
    to ? `${count} to ${to}` : `Inbox: ${count}`,
    `<div class="bar">
<form role="search" action="/" method="get">
<label for="to">Recipient</label>
<input id="to" name="to" type="search" value="${escape(to)}" placeholder="ada@example.test" autocomplete="off">
<button>Search</button>
</form>
<form action="/clear" method="post"><button class="quiet">Delete all</button></form>
</div>
<h1>${to ? `Mail to “${escape(to)}”` : 'All mail'} <small>${count}</small></h1>
${rows.length ? `<ol class="mails">${rows.join('\n')}</ol>` : empty}`,
  );
}

/** One mail: its HTML in a sandboxed frame, its text, its headers, its source. */
export function mailPage(mail) {
  const facts = [
    ['From', escape(mail.from)],
    ['To', escape(mail.to.join(', '))],
    ['Received', time(mail.receivedAt) + again(mail)],
    ['Size', `${mail.size.toLocaleString('en')} bytes`],
  ];
  return layout(
    mail.subject || '(no subject)',
    `<p><a href="/">← All mail</a></p>
<h1>${subjectOf(mail)}</h1>
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl>
${mail.html === null ? '' : htmlSection(mail)}
${mail.text ? `<section><h2>Text</h2><pre class="text">${withLinks(mail.text)}</pre></section>` : ''}
${mail.attachments.length ? attachmentsSection(mail) : ''}
<details><summary>Headers</summary>${headersTable(mail.headers)}</details>
<details><summary>Source</summary><p><a href="/messages/${mail.id}/raw">Open the source alone</a></p>
<pre>${escape(mail.raw.toString('utf8', 0, 200_000))}</pre></details>`,
  );
}

export const notFoundPage = () =>
  layout('Not found', '<h1>No such mail</h1><p>It may have been deleted. <a href="/">All mail</a></p>');

const htmlSection = (mail) => `<section><h2>HTML</h2>
<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/messages/${mail.id}/html"
 title="The mail as HTML" referrerpolicy="no-referrer"></iframe></section>`;

function attachmentsSection(mail) {
  const items = mail.attachments.map(({ filename, contentType, size }, index) => {
    const name = escape(filename ?? `attachment-${index}`);
    const facts = `${escape(contentType)}, ${size} bytes`;
    return `<li><a href="/messages/${mail.id}/attachments/${index}">${name}</a> (${facts})</li>`;
  });
  return `<section><h2>Attachments</h2><ul>${items.join('')}</ul></section>`;
}

function headersTable(headers) {
  const rows = headers.map(
    ({ name, value }) => `<tr><th scope="row">${escape(name)}</th><td>${escape(value)}</td></tr>`,
  );
  return `<div class="scroll"><table><tbody>${rows.join('')}</tbody></table></div>`;
}

const withLinks = (text) =>
  text
    .split(/(https?:\/\/[^\s<>"']+)/)
    .map((part, index) =>
      index % 2
        ? `<a href="${escape(part)}" rel="noreferrer noopener" target="_blank">${escape(part)}</a>`
        : escape(part),
    )
    .join('');

/** The one style sheet: system fonts, light and dark by the reader's setting. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1b2430; --soft: #55606e; --paper: #f5f6f8; --card: #fff; --line: #d9dee5;
  --accent: #0b5cad; --warn: #8a4b00; --warn-paper: #fff1dc; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6eaf0; --soft: #a3aebb; --paper: #14181e; --card: #1c222a;
  --line: #333c47; --accent: #7db7ff; --warn: #ffc983; --warn-paper: #3a2a12; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; padding: .75rem 1.25rem;
  background: var(--card); border-bottom: 1px solid var(--line); }
header p { margin: 0; color: var(--soft); font-size: .9rem; }
.brand { color: var(--ink); font-weight: 650; text-decoration: none; }
main { max-width: 60rem; margin: 0 auto; padding: 1.25rem; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 3px; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 1rem 0 .75rem; overflow-wrap: anywhere; }
h1 small { color: var(--soft); font-size: .9rem; font-weight: 400; margin-left: .5rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.bar { display: flex; flex-wrap: wrap; gap: .75rem; justify-content: space-between; }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: center; }
input, button { font: inherit; padding: .4rem .7rem; border: 1px solid var(--soft); border-radius: 6px;
  background: var(--card); color: var(--ink); }
button { background: var(--accent); border-color: var(--accent); color: var(--card); cursor: pointer; }
button.quiet { background: none; color: var(--accent); }
.mails, dl, iframe, pre, details, .empty { background: var(--card); border: 1px solid var(--line); border-radius: 8px; }
.mails { list-style: none; margin: 0; padding: 0; }
.mails li { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; padding: .7rem 1rem; }
.mails li + li { border-top: 1px solid var(--line); }
.mails a { flex: 1 1 24rem; min-width: 0; text-decoration: none; overflow-wrap: anywhere; }
.mails a:hover .subject { text-decoration: underline; }
.subject { display: block; font-weight: 600; }
.people, .when { color: var(--soft); font-size: .9rem; }
.badge { color: var(--warn); background: var(--warn-paper); border-radius: 4px; padding: 0 .35rem; }
.empty { padding: 2rem; text-align: center; color: var(--soft); }
dl { margin: 0; padding: .5rem 1rem; }
dl div { display: flex; gap: 1rem; padding: .15rem 0; }
dt { flex: 0 0 5rem; color: var(--soft); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
iframe { width: 100%; height: 26rem; background: #fff; color-scheme: light; }
pre { margin: 0; padding: 1rem; overflow-x: auto; font: .875rem/1.5 ui-monospace, monospace; }
pre.text { white-space: pre-wrap; overflow-wrap: anywhere; }
details { margin-top: 1rem; padding: .6rem 1rem; }
details pre { border: 0; padding: .5rem 0; }
summary { cursor: pointer; font-weight: 600; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .875rem; margin-top: .5rem; }
th { text-align: left; font-weight: 500; color: var(--soft); padding: .15rem 1rem .15rem 0; vertical-align: top;
  white-space: nowrap; }
td { overflow-wrap: anywhere; }
`;
