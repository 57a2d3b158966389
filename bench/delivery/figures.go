package main

import (
	"slices"
	"time"
)

func median(list []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}

func longest(list []time.Duration) time.Duration { return slices.Max(list) }
