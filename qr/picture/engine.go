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
	// for an ordinary page, and 400 MiB for one scanned in colour at 600 dpi.
	maxEngineMemory = 640 << 20
	wasmPage        = 64 << 10

	// Documents that may be open at once; one more waits.
	maxOpenPDF = 4
)

// engine holds the compiled PDF renderer: one a process, made when the first PDF is
// opened, because compiling takes seconds and memory that most runs do not need.
type engine struct {
	slots chan struct{} // one for each open document

	mu   sync.Mutex // held while compiling
	code *code
}

var shared = engine{slots: make(chan struct{}, maxOpenPDF)}

// code is compiled machine code. It must not go while anything runs in it.
type code struct {
	cache   wazero.CompilationCache
	mu      sync.Mutex
	users   int
	retired bool
}

func (c *code) use(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users += n
	if c.retired && c.users == 0 {
		c.cache.Close(context.Background())
	}
}

// Prepare compiles the PDF renderer, or finds it compiled, for a program of which
// somebody will wait for a PDF. A failure costs nothing: opening one tries again.
func Prepare(ctx context.Context) {
	if r, err := shared.renderer(ctx, ""); err == nil {
		r.close()
	}
}

// Shutdown frees the PDF renderer, if it was started, as soon as no document is
// open. Opening another starts it again.
func Shutdown() {
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if c := shared.code; c != nil {
		shared.code = nil
		c.mu.Lock()
		c.retired = true
		c.mu.Unlock()
		c.use(0)
	}
}

// renderer draws the pages of one document, in a memory of its own that ends with
// it. Cancelling stops it in the middle of whatever it does.
type renderer struct {
	pdfium.Pdfium
	pool   pdfium.Pool
	memory *memory
	code   *code
	slots  chan struct{}
	cancel context.CancelFunc
}

func (r *renderer) close() {
	r.Pdfium.Close()
	r.pool.Close()
	r.cancel()
	r.memory.unmap()
	r.code.use(-1)
	<-r.slots
}

// renderer returns a fresh renderer. Compiling cannot be interrupted: when the
// context ends before it does, it goes on by itself for whoever comes next.
func (e *engine) renderer(ctx context.Context, cacheDir string) (*renderer, error) {
	select {
	case e.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	type result struct {
		r   *renderer
		err error
	}
	done := make(chan result, 1)
	go func() {
		r, err := e.start(cacheDir)
		if err != nil {
			<-e.slots
		}
		done <- result{r, err}
	}()
	select {
	case r := <-done:
		return r.r, r.err
	case <-ctx.Done():
		go func() {
			if r := <-done; r.err == nil {
				r.r.close()
			}
		}()
		return nil, ctx.Err()
	}
}

// start makes a renderer from code that is compiled already, or found on disk, or
// compiled now. A cache on disk that cannot be written, or that turns out damaged,
// costs time and nothing else.
func (e *engine) start(cacheDir string) (*renderer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.code != nil {
		return e.code.start(e.slots)
	}
	if dir := engineCacheDir(cacheDir); dir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(dir); err == nil {
			c := &code{cache: cache}
			if r, err := c.start(e.slots); err == nil {
				e.code = c
				return r, nil
			}
			c.cache.Close(context.Background())
			stale, _ := filepath.Glob(filepath.Join(dir, "wazero-*"))
			for _, d := range stale {
				os.RemoveAll(d)
			}
		}
	}
	c := &code{cache: wazero.NewCompilationCache()}
	r, err := c.start(e.slots)
	if err != nil {
		c.cache.Close(context.Background())
		return nil, err
	}
	e.code = c
	return r, nil
}

func (c *code) start(slots chan struct{}) (*renderer, error) {
	ctx, cancel := context.WithCancel(context.Background())
	memory := newMemory(maxEngineMemory)
	pool, err := newPool(experimental.WithMemoryAllocator(ctx, memory), c.cache)
	if err != nil {
		cancel()
		memory.unmap()
		return nil, err
	}
	inst, err := pool.GetInstanceWithContext(ctx)
	if err != nil {
		pool.Close()
		cancel()
		memory.unmap()
		return nil, err
	}
	c.use(1)
	return &renderer{inst, pool, memory, c, slots, cancel}, nil
}

func newPool(ctx context.Context, cache wazero.CompilationCache) (pdfium.Pool, error) {
	// Exceptions are how this build of PDFium does longjmp. Closing on a finished
	// context is what lets a page that never ends be stopped.
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithCloseOnContextDone(true).
		WithMemoryLimitPages(maxEngineMemory / wasmPage).
		WithCompilationCache(cache)
	return webassembly.Init(webassembly.Config{
		Context:       ctx,
		MaxTotal:      1,
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
