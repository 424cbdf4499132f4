// Takes out of a Markdown page what it says of something that is gone: the sentence, the entry of a table, the request.

const FENCE = /^```/;
const HEADING = /^(#+) /;
const LIST_ITEM = /^(\s*(?:[-*]|\d+\.) )(.*)$/;
const SENTENCES = /(?<=[.!?]\**) (?=["`*[(_]*[A-Z`])/;
const NEEDS = /^<!-- needs: (.+) -->$/m;
const OUTSIDE_QUOTES = '(?=(?:[^"]*"[^"]*")*[^"]*$)';

/**
 * The page without what `gone` says names the thing. Of a page that needs one of the modules (`<!-- needs: … -->`) no
 * request is left, since none could be sent.
 */
export function prune(page, gone, names = []) {
  const dead = NEEDS.exec(page)?.[1]
    .split(', ')
    .some((name) => names.includes(name));
  const blocks = blocksOf(dead ? page.replace(NEEDS, '') : page);
  const kept = blocks.map((block) => (dead && block.startsWith('```http') ? null : rest(block, gone)));
  const spoken = kept.map((block, at) => (block && announces(kept, at) ? withoutLastSentence(block) : block));
  const lines = withoutBareHeadings(spoken, gone).filter((block) => block !== null);
  return `${lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()}\n`;
}

/** The lines, but a fenced block in one piece. */
function blocksOf(text) {
  const blocks = [];
  let open = false;
  for (const line of text.trimEnd().split('\n')) {
    if (open) blocks.push(`${blocks.pop()}\n${line}`);
    else blocks.push(line);
    if (FENCE.test(line)) open = !open;
  }
  return blocks;
}

/** What is left of a block, or null. */
function rest(block, gone) {
  if (HEADING.test(block) || !gone(block)) return block;
  if (FENCE.test(block)) return restOfFence(block, gone);
  if (block.startsWith('|')) return restOfRow(block, gone);
  const [, marker = '', text = block] = LIST_ITEM.exec(block) ?? [];
  const left = text.split(SENTENCES).filter((sentence) => !gone(sentence));
  return left.length > 0 ? `${marker}${left.join(' ')}` : null;
}

/** A request goes with its answer; of commands only the line. */
function restOfFence(block, gone) {
  const left = block.split('\n').filter((line) => !gone(line));
  return block.startsWith('```http') || left.length < 3 ? null : left.join('\n');
}

/** A row is about what its first cell names; without anything left in another it says nothing. */
function restOfRow(row, gone) {
  const [first, ...cells] = row.split('|').slice(1, -1);
  const left = cells.map((cell) => restOfCell(cell.trim(), gone));
  return gone(first) || left.includes(null) ? null : `|${[first, ...left].join(' | ')} |`;
}

function restOfCell(cell, gone) {
  const separator = cell.includes('; ') ? '; ' : ', ';
  const entries = cell.split(new RegExp(`${separator}${OUTSIDE_QUOTES}`));
  const left = entries.filter((entry) => !gone(entry));
  return left.length > 0 ? left.join(separator) : null;
}

/** Whether "for example:" is left of an example that went. */
function announces(blocks, at) {
  const next = blocks.slice(at + 1).find((block) => block !== '');
  return blocks[at].endsWith(':') && !HEADING.test(blocks[at]) && next === null;
}

const withoutLastSentence = (block) => block.split(SENTENCES).slice(0, -1).join(' ') || null;

/** A section goes whose heading names the thing, and one of which nothing but the heading is left. */
function withoutBareHeadings(blocks, gone) {
  const left = [...blocks];
  for (const [at, block] of blocks.entries()) {
    const level = HEADING.exec(block ?? '')?.[1].length ?? 1;
    if (level === 1) continue;
    const next = blocks.findIndex(
      (other, index) => index > at && HEADING.exec(other ?? '')?.[1].length <= level,
    );
    const end = next < 0 ? blocks.length : next;
    const bare = blocks.slice(at + 1, end).every((other) => !other);
    if (bare || gone(block)) left.fill(null, at, end);
  }
  return left;
}
