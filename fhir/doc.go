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
// # Exporting a summary
//
// [ExportBundle] writes a summary as a document Bundle of the same kind: the
// Composition first, then the patient, the author and the entries that its sections
// refer to, each by a urn:uuid. Importing it gives the same summary, with nothing
// left out. Three sorts of values do not come back, because the import refuses them
// whoever writes them: an allergy that is refuted, an entry whose status takes it
// back ("entered-in-error", a "cancelled" observation), and a result or a pregnancy
// that has a name and says nothing of it.
//
// The document claims no profile, since nothing here checks one: it is valid against
// the R4 schema and follows the International Patient Summary in its codes, its
// sections and its three states. Absences are coded where that guide has codes, and
// are an emptyReason elsewhere.
//
// # Extensions
//
// What a summary can say and no element of FHIR can stands in extensions under
// https://zoneblanche.example/fhir/StructureDefinition/. They are read strictly: an
// extension never speaks against an element that has a value, and one that stands
// twice is not believed.
//
//	omitted-entries    Composition.section, Patient   valueUnsignedInt: how many entries (contacts) exist that are not in the document
//	abridged-entries   Composition                    valueUnsignedInt: how many entries stand here without all of their details
//	as-written         a code or a system             valueString: the summary's own word, where FHIR's list lacks it or it is no URI
//	note               Consent, Patient.identifier,   valueString: words that this type has no element for
//	                   Observation.component
//	value              CarePlan                       valueCodeableConcept: what a plan states
//	contact-identifier Patient.contact                valueIdentifier: the RPPS number of a professional
//
// The code system https://zoneblanche.example/fhir/CodeSystem/contact-role has the
// values of [record.Role], for roles that no published list has. A vaccine that the
// record calls declared has primarySource false and the reportOrigin "record".
//
// # Delivering
//
// [NewSubmission] freezes a note, [NewPhotograph] a picture that belongs to one,
// [NewConsulted] the event that a summary was read; [CheckOwnBundle] holds what was
// frozen to the rules of PDSm 3.1.1 and to our own. A [Client] is the way to one
// recipient: it makes one attempt, classes what came back, and leans to "unknown".
// doc/delivery-fhir.md tells the rules.
//
// # Caveats
//
// Errors tell the kind of failure and never quote the input. What is listed as
// left out names entries by their own words: it is for the person printing, and
// never for a log.
package fhir
