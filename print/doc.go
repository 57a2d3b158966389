// Package print makes the paper: an A4 sheet, as PDF, with a patient's summary
// in words and in symbols.
//
// # Nouns
//
// A [Sheet] is what is asked for. It is laid out on pages, lists of texts,
// boxes and symbols with their places in millimetres, and the pages are then
// drawn; what a page says can so be checked without reading a PDF.
//
// # What stands where
//
// The first page has who the person is, the emergency symbol, the allergies and
// as many of the other sections as it holds. The words go on to further pages
// when they are long. The full symbols follow, on the back of the first page in
// the ordinary case, and a card to cut out on a page of its own, so that the
// scissors never cut into what is on the back.
//
// # Caveats
//
// The words must come from the very summary that the symbols carry: the caller
// passes that one, not the one it was made from. Nothing in [Sheet.LeftOut] is
// ever printed, because it names what the patient masked. A character that the
// fonts lack is printed as a visible mark and the sheet says so; the symbols
// still carry it. The same sheet gives the same bytes.
package print
