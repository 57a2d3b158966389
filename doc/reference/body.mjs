// Section 4: a body as a summary, in the one spelling that it has.

import { refuse, same } from './bytes.mjs'
import { decode, encode } from './cbor.mjs'
import { sections, summary } from './schema.mjs'
import { Context, says } from './values.mjs'

// The summary that a body says, and how many of its keys are unknown.
export function readBody(bytes) {
  const context = new Context()
  const content = summary.read(decode(bytes), context)
  const { unknown } = context.count
  if (unknown === 0) {
    const spelt = encode(summary.write(content, new Context()))
    if (!same(spelt, bytes)) refuse('a body that is spelt otherwise than the format spells it')
  }
  return { content, unknown }
}

// A summary as it is shown: every section has a state, and details that stand alone count as
// entries that are not here.
export function shown(content) {
  return { ...content, ...Object.fromEntries(sections.map(({ name }) => [name, shownSection(content[name])])) }
}

function shownSection(section) {
  if (!section) return { state: 'no_information' }
  const { details = [], omitted = 0, ...others } = section
  return { ...others, omitted: omitted + details.filter(says).length }
}
