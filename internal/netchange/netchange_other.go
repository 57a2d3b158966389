//go:build !linux && !darwin && !windows

package netchange

import "context"

func listen(context.Context, func()) error { return ErrUnsupported }
