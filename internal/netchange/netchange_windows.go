package netchange

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/windows"
)

// told is the one function that Windows calls: callbacks are never freed, so there
// is a single one, which passes a change on to whoever listens.
var told = sync.OnceValue(func() uintptr {
	return syscall.NewCallback(func(_, _, _ uintptr) uintptr {
		if hint := listener.Load(); hint != nil {
			(*hint)()
		}
		return 0
	})
})

var listener atomic.Pointer[func()]

// listen asks Windows to be called when an interface or an address changes.
func listen(ctx context.Context, hint func()) error {
	if !listener.CompareAndSwap(nil, &hint) {
		return fmt.Errorf("%w: somebody listens already", ErrUnsupported)
	}
	defer listener.Store(nil)
	var interfaces, addresses windows.Handle
	if err := windows.NotifyIpInterfaceChange(windows.AF_UNSPEC, told(), nil, false, &interfaces); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	defer windows.CancelMibChangeNotify2(interfaces)
	if err := windows.NotifyUnicastIpAddressChange(windows.AF_UNSPEC, told(), nil, false, &addresses); err != nil {
		return fmt.Errorf("%w: %w", ErrUnsupported, err)
	}
	defer windows.CancelMibChangeNotify2(addresses)
	<-ctx.Done()
	return nil
}
