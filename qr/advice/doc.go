// Package advice says why no code was read in a picture, and what to change: closer,
// sharper, more light.
//
// It measures the picture and nothing else. A code is looked for as a patch that is
// half dark and half light, as finely mixed along its rows as along its columns: that
// is what the mask of a QR code sees to, and what stays when a code is too small, out
// of focus or half outside of the picture for any of its patterns to be recognised.
// On that patch the size of a module, the width of edges, the light and the margins
// are measured ([Measures]); the first that explains the failure is the advice.
//
// Caveats. It is advice, from one picture: a likely cause, not a proved one. Where
// nothing that looks like a code is seen, it says so and names the two most likely
// reasons. It must be asked only about pictures in which nothing was read.
package advice
