// The tables of card-format-tables.md, read from that file: it is normative, and this way
// nothing is copied wrongly.
import { readFileSync } from 'node:fs';

const text = readFileSync(new URL('../card-format-tables.md', import.meta.url), 'utf8');

export const structs = {}; // name -> {bare, fields: [{key, name, kind, default}]}
export const tuples = {};
export const ranks = {}; // name -> [text]
export const packings = []; // rank of a system -> packing

let current;
let part = '';
for (const line of text.split('\n')) {
  let m;
  if ((m = /^## ([A-D])\./.exec(line))) part = m[1];
  else if ((m = /^### (.*?)(, bare)?$/.exec(line))) {
    current = { bare: m[2] !== undefined, fields: [] };
    (part === 'A' ? structs : tuples)[m[1]] = current;
  } else if ((m = /^\| (\d+) \| (\w+) \| (.*?) \| (.*?) \|$/.exec(line))) {
    current.fields.push({ key: BigInt(m[1]), name: m[2], kind: m[3], default: m[4].replaceAll('`', '').trim() });
  } else if ((m = /^\*\*(.*?)\*\*: (.*)\.$/.exec(line))) {
    ranks[m[1]] = [...m[2].matchAll(/\d+ `(.*?)`/g)].map((r) => (r[1] === '""' ? '' : r[1]));
  } else if (part === 'D' && (m = /^\| ([\d, ]+) \| packed (.*?) \|$/.exec(line))) {
    for (const rank of m[1].split(', ')) packings[Number(rank)] = m[2];
  }
}
