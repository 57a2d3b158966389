// Package web is the local pages: what a doctor and a patient see of Zone Blanche in
// a browser on the same machine.
//
// [New] takes what the pages need as small interfaces of this package ([Reader],
// [Journal], [Drafts], [Photographs], [Ruler], [Outbox], [Corrections], [Printer],
// [Words]); [Server.Serve] answers on a loopback
// listener. Pages are rendered here, in French, from the templates in templates/,
// which are the catalogue of what pages say; french.go has the sentences that code
// chooses.
//
// # Nouns
//
// A session is one browser that signed in. A visit is one card that was opened in a
// session, with the note that is being written about it; what is written is a draft of
// the journal ([Drafts]), which any session of the same account may open again. A sheet
// draft is what a patient is about to print. A kiosk is a server that only prints and keeps nothing.
//
// # What holds
//
// Nothing is shown before sign-in, except in a kiosk, which has nothing to show.
// Requests for another host, or from another origin, are refused before anything
// reads them. Pages fetch nothing from elsewhere, and carry no script of their own:
// reading, writing and signing are plain forms. No identity and no clinical text is
// in an address, in the browser's storage or caches, or in a temporary file.
//
// # Caveats
//
// Visits, sheet drafts and corrections that are being written are in memory, and lost
// when the program ends. The connection is not encrypted; it never
// leaves the machine. A cookie of 127.0.0.1 is sent to every port of it: another
// program of the machine that the person visits with the same browser sees it.
package web
