// Package fhir turns FHIR R4 JSON into the types of record, and back. It is the
// only package that knows FHIR.
//
// # Importing a summary
//
// [ImportBundle] reads an International Patient Summary: a document Bundle whose
// Composition refers to the clinical entries. It is strict about what would change
// the meaning of an entry, and tolerant of the rest, because the Bundles that
// circulate break rules: one object where a list is due, references by any of five
// conventions, numbers in quotes.
//
// Nothing is dropped silently. Each resource of a Bundle has one fate: carried into
// the summary; infrastructure (the patient, the Composition, professionals,
// organisations, the software that wrote it, a Medication that a treatment names);
// or listed in the answer, with a reason in French. Of an entry that is carried,
// the elements that [record.Summary] cannot hold are listed too. Elements that
// only serve machines (identifiers, profiles, categories that the section already
// says, the generated narrative of an entry) are not listed; who entered each
// entry, when and during which stay is said once for all.
//
// # The three states
//
// "None known" is a clinical statement and is imported only when the source makes
// it (a code of the IPS "absent or unknown" list, its SNOMED CT equivalents, or
// emptyReason "nilknown") and nothing in the same section contradicts it. An
// entry that could not be read counts as a contradiction. Everything else that is
// empty says "no information".
//
// # Long-term conditions (ALD)
//
// A Condition is an ALD when one of its categories carries the code MED-574, "En
// rapport avec une ALD", of the code system "terminologie-cisis" of the French
// health agency, which its documents use to say so of an entry.
//
// # Caveats
//
// Errors tell the kind of failure and never quote the input. What is listed as
// left out names entries by their own words: it is for the person printing, and
// never for a log.
package fhir
