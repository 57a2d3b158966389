// Section 1: the text of a code. Base45 (RFC 9285), read strictly.

import { refuse } from './bytes.mjs'

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
const PREFIX = 'ZB1:'
const LONGEST = 4296 // section 10

export function decode(text) {
  if (text.length % 3 === 1) refuse('base45: a character is left over')
  const bytes = new Uint8Array(Math.floor(text.length / 3) * 2 + (text.length % 3 ? 1 : 0))
  let at = 0
  for (let i = 0; i < text.length; i += 3) {
    const group = [...text.slice(i, i + 3)].map(digit)
    const value = group.reduceRight((sum, d) => sum * 45 + d, 0)
    if (value > (group.length === 3 ? 65535 : 255)) refuse('base45: a group is too high')
    if (group.length === 3) bytes[at++] = value >> 8
    bytes[at++] = value & 255
  }
  return bytes
}

function digit(character) {
  const value = ALPHABET.indexOf(character)
  if (value < 0) refuse('base45: a character outside of the alphabet')
  return value
}

// The bytes of a code's text.
export function readText(text) {
  if (text.length > LONGEST) refuse('a text of more than 4296 characters')
  if (/^ZB[0-9]+:/.test(text) && !text.startsWith(PREFIX)) refuse('a card of a later version')
  if (!text.startsWith(PREFIX)) refuse('not a text of a card')
  return decode(text.slice(PREFIX.length))
}
