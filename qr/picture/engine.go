package picture

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

const (
	// A hostile document may ask for memory without end. PDFium needs about 100 MiB
	// for an ordinary page.
	maxEngineMemory = 1 << 30
	wasmPage        = 64 << 10

	// Documents that may be open at once; one more waits.
	maxOpenPDF = 4
)

// engine is the compiled PDF renderer: one a process, made when the first PDF is
// opened, because compiling takes seconds and 100 MB that most runs do not need.
// Each open document has an instance of its own, so that what one document does to
// its memory ends with it.
type engine struct {
	mu    sync.Mutex
	pool  pdfium.Pool
	cache wazero.CompilationCache
}

var shared engine

// Shutdown frees the PDF renderer, if it was started. Documents still open fail
// from then on; opening another starts it again.
func Shutdown() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	shared.stop()
}

func (e *engine) stop() {
	if e.pool != nil {
		e.pool.Close()
		e.pool = nil
	}
	if e.cache != nil {
		e.cache.Close(context.Background())
		e.cache = nil
	}
}

// instance returns a fresh renderer. Compiling cannot be interrupted: when the
// context ends before it does, it goes on by itself for whoever comes next.
func (e *engine) instance(ctx context.Context, cacheDir string) (pdfium.Pdfium, error) {
	type result struct {
		inst pdfium.Pdfium
		err  error
	}
	done := make(chan result, 1)
	go func() {
		inst, err := e.get(ctx, cacheDir)
		done <- result{inst, err}
	}()
	select {
	case r := <-done:
		return r.inst, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.inst != nil {
				r.inst.Close()
			}
		}()
		return nil, ctx.Err()
	}
}

func (e *engine) get(ctx context.Context, cacheDir string) (pdfium.Pdfium, error) {
	e.mu.Lock()
	if e.pool == nil {
		if err := e.start(cacheDir); err != nil {
			e.mu.Unlock()
			return nil, err
		}
	}
	pool := e.pool
	e.mu.Unlock()
	return pool.GetInstanceWithContext(ctx)
}

// start compiles the renderer, or takes it from the cache on disk. A cache that
// cannot be written, or that turns out damaged, costs time and nothing else.
func (e *engine) start(cacheDir string) error {
	dir := engineCacheDir(cacheDir)
	if dir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(dir); err == nil {
			if e.pool, err = newPool(cache); err == nil {
				e.cache = cache
				return nil
			}
			cache.Close(context.Background())
			os.RemoveAll(dir)
		}
	}
	var err error
	e.pool, err = newPool(nil)
	return err
}

func newPool(cache wazero.CompilationCache) (pdfium.Pool, error) {
	// Exceptions are how this build of PDFium does longjmp. Closing on a finished
	// context is what lets a page that never ends be stopped.
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithCloseOnContextDone(true).
		WithMemoryLimitPages(maxEngineMemory / wasmPage)
	if cache != nil {
		config = config.WithCompilationCache(cache)
	}
	return webassembly.Init(webassembly.Config{
		MaxTotal:      maxOpenPDF,
		RuntimeConfig: config,
		// By default the whole disk is mounted. A renderer of foreign files sees none.
		FSConfig: wazero.NewFSConfig(),
		Stdout:   io.Discard,
		Stderr:   io.Discard,
	})
}

// engineCacheDir returns a private folder for compiled code, or "". What lies there
// is executed, so that nobody else may write it.
func engineCacheDir(dir string) string {
	if dir == "" {
		base, err := os.UserCacheDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(base, "zoneblanche", "wazero")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ""
	}
	return dir
}
