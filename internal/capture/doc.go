// Package capture makes of a symbol what a camera makes of it once it was printed,
// carried about and held up: test support for whatever reads pictures.
//
// A frame goes through the stages that a real one goes through, each with the
// physical quantity that it is measured in:
//
//   - [Printer]: dots spread by some micrometres, toner runs low in streaks along the
//     paper's path;
//   - [Paper] and its [Damage]: white is not white; creases wear toner off; stains,
//     pens and specks cover modules;
//   - [Surface]: the sheet is flat, rolled or folded, in millimetres and degrees;
//   - [Pose]: a pinhole camera with lens distortion at some distance and tilt;
//   - [Light]: falls off to one side, is shadowed by a hand, mirrored by toner;
//   - [Lens]: Gaussian blur, a disc of defocus, a line of motion, in pixels;
//   - [Sensor]: shot and read noise, exposure, gamma, sharpening, JPEG.
//
// All before the sensor is in linear light. A [Kind] is a degradation with ranges
// for these quantities; a seed draws from them. The same kind, symbol and seed give
// the same picture on one architecture (another one may round a pixel otherwise).
//
// What is left out: colour, depth of field within one frame, rolling shutter,
// lens flare, and paper that is bent in two directions at once.
package capture
