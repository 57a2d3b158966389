// Package peer writes the content of one of our cards the way two published
// formats would: as a SMART Health Card (spec.smarthealth.cards) and as an HCERT
// (eHealth Network, "Electronic Health Certificate Specification" 1.1). It exists
// to be measured against, and so it gives the peers every advantage that their
// specifications leave open:
//
//   - the FHIR is the least that is valid R4 and says what the card says
//     ([NewContent]): no Composition, narrative, profile or identifier of a
//     document, no author, none of the card's signed counts;
//   - of several encoders at their best level, the one that comes out smallest
//     compresses;
//   - issuer names and claims are as short as they may be.
//
// Labels are kept, since the card keeps them. Signatures are made by maintained
// libraries (go-jose, go-cose) with real keys, and [ReadSHC] and [ReadHCERT] read
// the codes back.
package peer
