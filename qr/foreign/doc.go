// Package foreign reads other people's codes, offline, each with its own verdict
// and never mixed up with our cards:
//
//   - SMART Health Cards (spec.smarthealth.cards): `shc:/` in one or several QR
//     codes, or the JWS itself out of a file;
//   - HCERT, the EU Digital COVID Certificate (eHealth Network, "Electronic Health
//     Certificate Specification"): `HC1:`;
//   - 2D-DOC (ANTS, "Spécifications techniques des codes à barres 2D-Doc"), in its
//     C40 spelling;
//   - the INS datamatrix (ANS, "INS : format datamatrix" 2.2), which nobody signs;
//   - SMART Health Links, which point to a server and so say nothing offline.
//
// # Which calls most people need
//
// Fill a [Keys] from files, make a [Reader], and give it texts. It takes those
// that it knows and hands the others back. A file that wraps cards in JSON is
// opened by [FileTexts].
//
// # Trust
//
// There is no built-in trust: a key is believed because the person running the
// program gave its file. The algorithm is always the key's own, never the text's
// choice. Nothing is ever fetched.
//
// # What may be used of a reading
//
// [Reading.Verified] says that a given key made the signature. Raw, Patient and
// Immunizations, which a program may take over, are set only then, and only if
// the verdict is authentic or expired; the INS datamatrix alone, unsigned by
// design, fills Patient all the same. Facts are words for a person to read; they
// are set for an unknown issuer too, and whoever shows them must show the verdict
// first; of a link they say where it leads. Nothing is set for what is forged,
// revoked or unreadable.
//
// # Caveats
//
// Readings hold identity and clinical text: never log them. Errors and judgements
// quote neither. FHIR is opaque here: the content of a SMART Health Card is its
// Bundle, byte for byte, for package fhir to understand.
package foreign
