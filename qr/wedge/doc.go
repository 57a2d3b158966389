// Package wedge undoes what a keyboard does to the text of a code. A handheld
// scanner is a keyboard wedge: it presses keys, and the computer makes characters of
// them after the layout that its owner chose. When scanner and computer disagree,
// "ZB1:" arrives as "WB&M".
//
// A [Table] is one such disagreement: a scanner set for one layout, a computer set for
// another, and what Caps Lock does there. Tables are computed from two layouts, key
// by key, and never typed in by hand (layouts.go). [Candidates] lists what a typed
// line may have been, likeliest first; which of them it was, a verified signature
// decides and nothing else, so that the caller brings the judge ([Repair]).
// [Learn] finds the table from the line that a scanner types for [Calibration].
//
// Caveats. A base45 text may contain spaces and end in one: nothing here trims them.
// What scanners add themselves is taken off: control characters at either end (Enter,
// Tab, STX, ETX) and an AIM symbology identifier in front (]Q1). An accent key waits
// for the next letter; what it makes of it is undone after Windows' rules, on which
// the other systems differ where no letter takes the accent.
package wedge
