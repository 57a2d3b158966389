package main

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
	"time"
)

// line is a thin line between a client and a server on this machine: a relay of TCP
// connections that carries packets of 1 460 bytes.
//
// All connections share the rate of each direction, first come, first served. A
// packet takes half of the round trip after it has left. One packet in fifty is lost:
// it takes the line twice, and arrives one round trip later (a fast retransmission),
// or 200 ms and a round trip later when fewer than three packets follow it (a time-
// out); whatever the same connection sent after it waits for it, and its window is
// halved. Windows begin at ten packets, double in a round trip and grow by one after
// the first loss, as TCP's do. A connection takes a round trip to be made. The
// system's own buffers are kept small, so that what a client has handed over has
// nearly left.
type line struct {
	up, down *direction
	rtt      time.Duration
	target   string
	listener net.Listener

	wg    sync.WaitGroup
	mu    sync.Mutex
	conns []*net.TCPConn
}

// direction is one way over the line.
type direction struct {
	rate float64 // bytes a second
	loss float64

	mu      sync.Mutex
	free    time.Time
	random  *rand.Rand
	carried int64 // bytes, those lost included
}

const (
	packet     = 1460
	headers    = 40 // of IP and TCP, on each packet
	minTimeout = 200 * time.Millisecond
)

func newLine(target string, upBits, downBits float64, rtt time.Duration, loss float64, seed uint64) (*line, error) {
	small := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { return smallBuffers(c) }}
	l, err := small.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	way := func(bits float64, seed uint64) *direction {
		return &direction{rate: bits / 8, loss: loss, random: rand.New(rand.NewPCG(seed, 5))}
	}
	line := &line{up: way(upBits, seed), down: way(downBits, seed+1), rtt: rtt, target: target, listener: l}
	line.wg.Go(line.accept)
	return line, nil
}

func (l *line) address() string { return l.listener.Addr().String() }

func (l *line) close() {
	l.listener.Close()
	l.mu.Lock()
	for _, c := range l.conns {
		c.Close()
	}
	l.mu.Unlock()
	l.wg.Wait()
}

func (l *line) accept() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.wg.Go(func() { l.relay(client.(*net.TCPConn)) })
	}
}

func (l *line) relay(client *net.TCPConn) {
	defer client.Close()
	time.Sleep(l.rtt) // the handshake
	conn, err := net.Dial("tcp", l.target)
	if err != nil {
		return
	}
	server := conn.(*net.TCPConn)
	defer server.Close()
	l.mu.Lock()
	l.conns = append(l.conns, client, server)
	l.mu.Unlock()
	var wg sync.WaitGroup
	wg.Go(func() { l.carry(l.up, client, server) })
	wg.Go(func() { l.carry(l.down, server, client) })
	wg.Wait()
}

// sent is a packet on its way.
type sent struct {
	data    []byte
	arrives time.Time
}

// carry takes what one end writes to the other.
func (l *line) carry(d *direction, from, to *net.TCPConn) {
	arriving := make(chan sent, 4096)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for p := range arriving {
			time.Sleep(time.Until(p.arrives))
			if _, err := to.Write(p.data); err != nil {
				from.CloseRead()
			}
		}
		to.CloseWrite()
	}()
	w := newWindow()
	var last time.Time
	for {
		data := make([]byte, packet)
		n, err := from.Read(data)
		if n > 0 {
			w.take()
			left, lost := d.send(n + headers)
			arrives := left.Add(l.rtt / 2)
			if lost {
				again, _ := d.send(n + headers)
				arrives = again.Add(l.rtt/2 + l.rtt)
				if w.flying() < 4 {
					arrives = arrives.Add(minTimeout)
				}
			}
			if arrives.Before(last) {
				arrives = last
			}
			last = arrives
			arriving <- sent{data[:n], arrives}
			time.AfterFunc(time.Until(arrives)+l.rtt/2, func() { w.acknowledge(lost) })
			// What has not left yet is still the sender's.
			time.Sleep(time.Until(left) - 20*time.Millisecond)
		}
		if err != nil {
			if err != io.EOF {
				to.CloseRead()
			}
			break
		}
	}
	close(arriving)
	<-done
}

// send gives a packet its turn on the line, and says when it has left and whether it
// is lost.
func (d *direction) send(size int) (left time.Time, lost bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); d.free.Before(now) {
		d.free = now
	}
	d.free = d.free.Add(time.Duration(float64(size) / d.rate * float64(time.Second)))
	d.carried += int64(size)
	return d.free, d.random.Float64() < d.loss
}

// window is how many packets of one connection may be on their way.
type window struct {
	mu        sync.Mutex
	room      *sync.Cond
	size      float64
	inFlight  int
	slowStart bool
}

func newWindow() *window {
	w := &window{size: 10, slowStart: true}
	w.room = sync.NewCond(&w.mu)
	return w
}

func (w *window) take() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for float64(w.inFlight) >= w.size {
		w.room.Wait()
	}
	w.inFlight++
}

func (w *window) flying() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.inFlight
}

func (w *window) acknowledge(lost bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inFlight--
	switch {
	case lost:
		w.size, w.slowStart = max(w.size/2, 2), false
	case w.slowStart:
		w.size++
	default:
		w.size += 1 / w.size
	}
	w.room.Broadcast()
}
