// A reader of cards.
//
//   node zb.mjs FILE.json...                     checks the reader against vectors
//   node zb.mjs --text 'ZB1:…' --key HEX [--code CODE]
//                                                reads texts with the public key of an issuer
//
// ZB_DICTIONARY and ZB_TABLES say where the dictionary and the tables are.

import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { fromHex } from './bytes.mjs'
import { keyOfBytes } from './keys.mjs'
import { checkFamily } from './low.mjs'
import { read } from './reader.mjs'
import { checkVector } from './vectors.mjs'

const MOST_LINES = 10 // of what is wrong in a file

function load(file) {
  return JSON.parse(readFileSync(file, 'utf8'))
}

// The name of a file, and what is wrong with what the reader says of it.
function check(file) {
  const name = basename(file, '.json'), folder = dirname(file)
  if (basename(folder) !== 'low') return { name, wrong: checkVector(load(file)) }
  const vector = other => load(join(folder, '..', `${other}.json`))
  return { name: `low/${name}`, wrong: checkFamily(name, load(file), vector) }
}

function checkAll(files) {
  for (const file of files) {
    const { name, wrong } = check(file)
    console.log(`${wrong.length ? 'FAIL' : 'ok  '} ${name}`)
    for (const line of wrong.slice(0, MOST_LINES)) console.log(`     ${line}`)
    if (wrong.length) process.exitCode = 1
  }
}

function readTexts({ text, key, code }) {
  const trust = { keys: key ? [keyOfBytes(fromHex(key))] : [], revoked: new Set() }
  const readings = read(text, { trust, now: BigInt(Date.now()) * 1_000_000n, typed: code })
  console.log(JSON.stringify(readings, null, 2))
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { text: { type: 'string', multiple: true }, key: { type: 'string' }, code: { type: 'string' } },
})
if (values.text) readTexts(values)
else if (positionals.length > 0) checkAll(positionals)
else {
  console.error("node zb.mjs FILE.json...\nnode zb.mjs --text 'ZB1:…' --key HEX [--code CODE]")
  process.exitCode = 2
}
