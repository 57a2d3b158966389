package main

import "io"

func large(string, int, io.Writer) error { return nil }
