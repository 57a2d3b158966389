package main

import (
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// moment is the --at flag: the time to judge or to print by, now when not given.
type moment struct{ text string }

func (m *moment) flag(flags *pflag.FlagSet) {
	flags.StringVar(&m.text, "at", "", flagAt)
}

// time returns the moment, in the local time zone's terms when it is now.
func (m *moment) time(cmd *cobra.Command) (time.Time, error) {
	if m.text == "" {
		return time.Now(), nil
	}
	t, err := time.Parse(time.RFC3339, m.text)
	if err != nil {
		return time.Time{}, &usageError{cmd: cmd, say: sayBadMoment, about: m.text}
	}
	return t, nil
}

// frenchTime writes an instant as it is read in France, in local time.
func frenchTime(t time.Time) string { return t.Local().Format("02/01/2006 15:04") }
