// Package simulation plays 48 hours of a practice's line, hour by hour what it was
// and what it carried, against the delivery worker, in simulated time.
//
// A [World] is made from a seed and from nothing else: when the line is open and at
// which rate, what answers while it is not, when the computer is off, asleep or set
// to another date, which requests are cut at which byte. World.eligible says from
// that alone which entries the line allowed; the worker has no part in it.
// [World.Play] then runs the worker through it, restarts and all, watches every
// call that it makes, and counts.
//
// Play must run inside a bubble of testing/synctest.
//
// # What is simulated
//
// The line carries one piece of 4 KiB at a time for all requests together, at the
// rate of its window, after half of a round trip; an answer takes the other half.
// When the window closes on a request, the recipient has it whole or has nothing;
// what was not answered is cut at once, or silent until the worker gives up, and a
// recipient may finish a request up to 29 seconds after its client has gone.
// Inside of an open window, requests and answers are cut at any of their bytes, and
// answers say less than everything, with the probability of the world. Some
// recipients ignore the condition on the unique identifier.
//
// While the computer sleeps, nothing runs and the line's time does not pass: what it
// would have been then changes nothing. The clock on the wall goes on.
package simulation
