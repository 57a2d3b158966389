// Package record is the domain of Zone Blanche: what a patient's medical
// summary says, what a consultation is, who signed and who may be believed.
// It does no input or output and imports nothing of ours.
//
// # Nouns
//
// A [Summary] is a patient summary in the sense of the International Patient
// Summary (IPS). It is made of sections; each [Section] is in one of three
// states, because "nothing known" and "nobody asked" must never look alike. A
// [Consultation] is what a professional did and wrote. A [Submission] is the
// frozen form of it that owes a delivery, an [Item] the state of that debt, and
// a [Receipt] what pays it. A [Verdict] is the answer to "may I believe this
// code?".
//
// # Caveats
//
// Values hold identity and clinical text. Types that carry identity implement
// [log/slog.LogValuer] so that logging one by accident shows nothing. Errors
// from this package never quote a patient's data.
package record
