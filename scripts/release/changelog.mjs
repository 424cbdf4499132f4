// The text of a release: what people wrote under Unreleased, then the commits.
const UNRELEASED = /^## Unreleased\n(?<text>[^]*?)(?=^## |(?![^]))/m;

// A subject may name `<place>` or an_identifier; in a list it must stay text.
const plain = (text) => text.replace(/[&<]/g, (sign) => ({ '&': '&amp;', '<': '&lt;' })[sign]);
const line = ({ place, text, hash }) => `- ${place ? `**${place}**: ` : ''}${plain(text)} (${hash})`;

function listing(title, lines) {
  return lines.length > 0 ? [`### ${title}`, lines.join('\n')] : [];
}

/** The notes of a release. Of the first one no commits are listed: everything is new. */
export function notes(changelog, commits, isFirst) {
  const written = UNRELEASED.exec(changelog)?.groups.text.trim() ?? '';
  if (isFirst) return written;
  const breaking = commits.filter(({ weight }) => weight === 'breaking');
  const others = commits.filter(({ weight }) => weight !== 'breaking');
  const reasons = breaking.map((commit) => line(commit) + (commit.why ? `: ${plain(commit.why)}` : ''));
  return [written, ...listing('Breaking', reasons), ...listing('Commits', others.map(line))]
    .filter(Boolean)
    .join('\n\n');
}

/** The changelog with these notes under `version`, and nothing left under Unreleased. */
export function withRelease(changelog, version, text, day) {
  if (!UNRELEASED.test(changelog)) throw new Error('CHANGELOG.md has no "## Unreleased".');
  const rest = changelog.replace(UNRELEASED, () => `## Unreleased\n\n## ${version} - ${day}\n\n${text}\n\n`);
  return `${rest.trimEnd()}\n`;
}

/** What the changelog says of a released version; undefined when it does not know it. */
export function notesOf(changelog, version) {
  const [, after] = changelog.split(new RegExp(`^## ${version.replaceAll('.', '\\.')} - .*\\n`, 'm'));
  return after?.split(/^## /m)[0].trim();
}
