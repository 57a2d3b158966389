package fhir

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"time"
)

// sendBuffer bounds what the system takes from us ahead of the line, in bytes.
// What it has taken looks sent to us: with a large buffer a photograph would look
// gone while most of it waits, nothing would seem to move for a minute, and a note
// signed meanwhile would queue behind it. At 1 Mb/s this is one second.
const sendBuffer = 128 << 10

// tlsConfig is what we demand of a connection: TLS 1.3, the floor that the
// programme sets, and an authority among roots (nil means the system's).
func tlsConfig(roots *x509.CertPool, certificate *tls.Certificate) *tls.Config {
	config := &tls.Config{MinVersion: tls.VersionTLS13, RootCAs: roots}
	if certificate != nil {
		config.Certificates = []tls.Certificate{*certificate}
	}
	return config
}

// newHTTPClient returns a client that keeps no cookie. It speaks HTTP/2 where the
// recipient does, so that several submissions share one connection, and finds out
// by itself that a connection is dead.
func newHTTPClient(config *tls.Config) *http.Client {
	if config == nil {
		config = tlsConfig(nil, nil)
	}
	dialer := &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 15 * time.Second}
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, // never asked for loopback addresses
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, network, address)
			if tcp, ok := conn.(*net.TCPConn); ok {
				tcp.SetWriteBuffer(sendBuffer) // a wish: the line works without
			}
			return conn, err
		},
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    30 * time.Second, // satellite and EDGE lines
		ExpectContinueTimeout:  3 * time.Second,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: 20 * time.Second, PingTimeout: 20 * time.Second},
		MaxIdleConnsPerHost:    8,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}}
}
