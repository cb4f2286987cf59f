// Texts and syntax trees: what is done to a statement before the analyzer sees it.  The tree comes from the analyzer's
// own parser; positions in it are bytes.
'use strict';

// The analyzer's tree, without its layers of base classes: {kind, start, end, ...}; identifiers become texts.
function flat(node) {
  if (Array.isArray(node)) return node.map(flat);
  if (!node || typeof node !== 'object' || Buffer.isBuffer(node)) return node;
  if (node.node) {
    const inner = flat(node[node.node]);
    if (inner && typeof inner === 'object' && !inner.kind) inner.kind = node.node.replace(/^ast_|_node$/g, '');
    return inner;
  }
  const out = {};
  const climb = (part) => {
    if (part.parent) climb(part.parent);
    for (const [key, value] of Object.entries(part)) {
      if (key === 'parse_location_range') Object.assign(out, {start: value.start || 0, end: value.end});
      else if (key !== 'parent') out[key] = flat(value);
    }
  };
  climb(node);
  if (out.id_string !== undefined && out.names === undefined) return out.id_string;
  return out;
}

function* walk(node) {
  if (Array.isArray(node)) {
    for (const item of node) yield* walk(item);
  } else if (node && typeof node === 'object' && !Buffer.isBuffer(node)) {
    yield node;
    for (const value of Object.values(node)) yield* walk(value);
  }
}

// `a.b.c` is one quoted path for BigQuery, but one name for the analyzer: it becomes `a`.`b`.`c`.  Returns the text
// and where something was put in, so that positions in messages can be told as the caller's.
function splitPaths(sql) {
  let out = '';
  const added = [];
  const skip = /'''|"""|'|"|`|--|#|\/\*/g;
  let at = 0;
  for (;;) {
    skip.lastIndex = at;
    const found = skip.exec(sql);
    if (!found) return {text: out + sql.slice(at), added};
    const end = endOf(sql, found), piece = sql.slice(found.index, end);
    out += sql.slice(at, found.index);
    if (found[0] === '`' && piece.includes('.')) {
      const path = piece.slice(1, -1).split('.').join('`.`');
      added.push([out.length, piece.length, path.length + 2 - piece.length]);
      out += '`' + path + '`';
    } else out += piece;
    at = end;
  }
}

function endOf(sql, found) {
  const mark = found[0], from = found.index + mark.length;
  const until = (text) => { const i = sql.indexOf(text, from); return i < 0 ? sql.length : i + text.length; };
  if (mark === '/*') return until('*/');
  if (mark === '--' || mark === '#') return until('\n');
  const raw = /[rR][bB]?$/.test(sql.slice(Math.max(0, found.index - 2), found.index));
  for (let i = from; i < sql.length; i++) {
    if (sql[i] === '\\') i++;
    else if (sql.startsWith(mark, i)) return i + mark.length;
    else if (sql[i] === '\n' && mark.length === 1 && mark !== '`' && !raw) return i;
  }
  return sql.length;
}

// Edits of a text by byte positions, also of a part of it.  What is run may differ from what is judged: an edit has
// a text for each, and null leaves what is there.
class Edits {
  constructor(text) {
    this.buffer = Buffer.from(text);
    this.list = [];
  }
  add(start, end, judged, run = judged) {
    this.list.push({start, end, judged, run});
  }
  slice(start = 0, end = this.buffer.length, execute = true) {
    const which = execute ? 'run' : 'judged';
    const inside = this.list.filter((e) => e.start >= start && e.end <= end && e[which] !== null).sort((a, b) => a.start - b.start);
    let out = '', at = start;
    for (const edit of inside) {
      if (edit.start < at) continue;
      out += this.buffer.toString('utf8', at, edit.start) + edit[which];
      at = edit.end;
    }
    return out + this.buffer.toString('utf8', at, end);
  }
}

// Turns "at [line:column]" of an edited text back to the original's, as far as the edits stand before it.
function originalPosition(message, edited, original) {
  const m = / at \[(\d+):(\d+)\]$/.exec(message);
  if (!m) return message;
  const lines = edited.split('\n'), line = Number(m[1]) - 1;
  const before = (lines[line] || '').slice(0, Number(m[2]) - 1), found = original.split('\n');
  // The word at the position is looked for in the line that was written.
  const word = (lines[line] || '').slice(before.length).match(/^[\w`]+|^./);
  const wanted = found[line] === undefined || !word ? -1 : nth(found[line], word[0], count(before, word[0]));
  return wanted < 0 ? message : `${message.slice(0, m.index)} at [${line + 1}:${wanted + 1}]`;
}

const count = (text, word) => text.split(word).length - 1;

function nth(text, word, number) {
  let at = -1;
  for (let i = 0; i <= number; i++) {
    const next = text.indexOf(word, at + 1);
    if (next < 0) return at;
    at = next;
  }
  return at;
}

const quoteName = (name) => '`' + name.replace(/[\\`]/g, '\\$&') + '`';
const quoteText = (text) => "'" + text.replace(/[\\']/g, '\\$&').replace(/\n/g, '\\n') + "'";

module.exports = {flat, walk, splitPaths, Edits, originalPosition, quoteName, quoteText};
