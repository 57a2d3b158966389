// A second reader of cards, after doc/card-format.md.
//
//   node zb.mjs FILE.json…                     checks vectors: one line each
//   node zb.mjs --text TEXT --key HEX          reads one text with an Ed25519 key of 32 bytes
import { createHash, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prune } from './join.mjs';
import { checkLow } from './low.mjs';
import { read } from './reader.mjs';

const said = (r) => JSON.stringify({ verdict: r.verdict, complete: !!r.complete, missing: r.missing ?? 0, locked: !!r.locked, declared: !!r.declared, withheld: !!r.withheld, content: prune(r.content ?? {}) });
// The order of readings, and whether one thing is said twice, are a program's choice.
const all = (readings) => [...new Set(readings.map(said))].sort();

// A file of a folder `low` is a family of cases of one layer.
function checkLayer(file) {
  const wrong = checkLow(basename(file, '.json'), pathToFileURL(file));
  console.log(`${wrong.length ? 'FAIL' : 'ok  '} low/${basename(file, '.json')}`);
  wrong.forEach((about) => console.log(`  ${about}`));
  return wrong.length === 0;
}

function check(file) {
  if (basename(dirname(file)) === 'low') return checkLayer(file);
  const vector = JSON.parse(readFileSync(file, 'utf8'));
  const [got, want] = [all(read(vector)), all(vector.expect)];
  const ok = JSON.stringify(got) === JSON.stringify(want);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${basename(file, '.json')}`);
  if (!ok) console.log(`  got  ${got.join('\n       ')}\n  want ${want.join('\n       ')}`);
  return ok;
}

const args = process.argv.slice(2);
if (args[0] === '--text') {
  const key = args[args.indexOf('--key') + 1];
  const spki = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key, 'hex').toString('base64url') } }).export({ format: 'der', type: 'spki' });
  const kid = createHash('sha256').update(spki).digest().subarray(0, 8).toString('hex');
  const trust = { keys: [{ kid, alg: -8, public: key, not_before: '2020-01-01T00:00:00Z' }] };
  console.log(JSON.stringify(read({ texts: [args[1]], trust, now: new Date().toISOString() }).map((r) => ({ ...r, content: prune(r.content ?? {}) })), null, 1));
} else {
  const failed = args.filter((file) => !check(file)).length;
  console.log(`${args.length - failed} of ${args.length} vectors`);
  process.exitCode = failed > 0 || args.length === 0 ? 1 : 0;
}
