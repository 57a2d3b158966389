package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// weather is what a chaotic line does to connections.
type weather string

const (
	weatherGood   weather = "bonne"
	weatherThin   weather = "très lente"
	weatherCut    weather = "coupée"
	weatherSilent weather = "muette"
	weatherPortal weather = "prise par un portail"
	weatherShaky  weather = "coupée n’importe où"
)

// chaoticLine is a relay on this machine between a worker and a recipient, which
// behaves as it is told.
type chaoticLine struct {
	listener net.Listener
	target   string

	mu      sync.Mutex
	random  *rand.Rand
	weather weather
	conns   map[net.Conn]bool
	closed  bool
	wg      sync.WaitGroup
}

func newChaoticLine(target string, random *rand.Rand) (*chaoticLine, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &chaoticLine{listener: l, target: target, random: random, weather: weatherGood, conns: make(map[net.Conn]bool)}
	c.wg.Go(c.accept)
	return c, nil
}

func (c *chaoticLine) url() string { return "http://" + c.listener.Addr().String() }

// turn changes the weather. What is under way is cut whenever the line goes.
func (c *chaoticLine) turn(w weather) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.weather = w
	if w == weatherCut || w == weatherPortal {
		for conn := range c.conns {
			conn.Close()
		}
	}
}

func (c *chaoticLine) close() {
	c.mu.Lock()
	c.closed = true
	c.listener.Close()
	for conn := range c.conns {
		conn.Close()
	}
	c.mu.Unlock()
	c.wg.Wait()
}

// now is the weather, and a byte count after which a shaky line cuts.
func (c *chaoticLine) now() (weather, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.weather, c.random.IntN(16_000)
}

// hold keeps a connection so that it can be cut; it returns false when the line is
// closed.
func (c *chaoticLine) hold(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		conn.Close()
		return false
	}
	c.conns[conn] = true
	return true
}

func (c *chaoticLine) release(conn net.Conn) {
	conn.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
}

func (c *chaoticLine) accept() {
	for {
		conn, err := c.listener.Accept()
		if err != nil {
			return
		}
		if c.hold(conn) {
			c.wg.Go(func() {
				defer c.release(conn)
				c.serve(conn)
			})
		}
	}
}

func (c *chaoticLine) serve(client net.Conn) {
	w, limit := c.now()
	switch w {
	case weatherCut:
		return
	case weatherSilent:
		_, _ = io.Copy(io.Discard, client) // until somebody gives up
		return
	case weatherPortal:
		_, _ = client.Read(make([]byte, 4096))
		const page = "<html><title>Bienvenue</title>Connectez-vous au réseau.</html>"
		fmt.Fprintf(client, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", len(page), page)
		return
	}
	server, err := net.Dial("tcp", c.target)
	if err != nil || !c.hold(server) {
		return
	}
	defer c.release(server)
	if w != weatherShaky {
		limit = -1
	}
	var wg sync.WaitGroup
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		wg.Go(func() {
			c.carry(way[0], way[1], limit)
			// One way that ends is the end of both: a line is whole or it is not.
			client.Close()
			server.Close()
		})
	}
	wg.Wait()
}

// carry copies up to limit bytes, at the pace of the weather.
func (c *chaoticLine) carry(from, to net.Conn, limit int) {
	b := make([]byte, 512)
	for {
		n, err := from.Read(b)
		if limit >= 0 {
			n = min(n, limit)
			limit -= n
		}
		switch w, _ := c.now(); w {
		case weatherSilent:
			// What was under way comes to nothing, and nobody says so.
			_, _ = io.Copy(io.Discard, from)
			return
		case weatherThin:
			time.Sleep(time.Duration(n) * time.Second / 6000)
		}
		if _, failed := to.Write(b[:n]); failed != nil || err != nil || limit == 0 {
			return
		}
	}
}

// randomWeather draws what the line does next, and for how long.
func randomWeather(r *rand.Rand) (weather, time.Duration) {
	list := []weather{weatherGood, weatherGood, weatherThin, weatherCut, weatherSilent, weatherPortal, weatherShaky, weatherShaky}
	return list[r.IntN(len(list))], time.Duration(300+r.IntN(1500)) * time.Millisecond
}
