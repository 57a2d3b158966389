package main

import (
	"crypto/tls"
	"net"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/zoneblanche/zoneblanche/recipient"
)

type recipientOptions struct {
	listen    string
	misbehave recipient.Misbehaviour

	cert, key, clientCA  string
	clientID, clientJWKS string
}

func newRecipient(a *app) *cobra.Command {
	var o recipientOptions
	cmd := verb("recipient", helpRecipient, exactly(0, sayNoArguments), func(cmd *cobra.Command, _ []string) error {
		return a.recipient(cmd, o)
	})
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", flagListen)
	flags.DurationVar(&o.misbehave.Latency, "latency", 0, flagLatency)
	flags.IntVar(&o.misbehave.Refuse, "refuse", 0, flagRefuse)
	flags.IntVar(&o.misbehave.DropAnswers, "drop-answers", 0, flagDropAnswers)
	flags.IntVar(&o.misbehave.DropRequests, "drop-requests", 0, flagDropRequests)
	flags.IntVar(&o.misbehave.Busy, "busy", 0, flagBusy)
	flags.DurationVar(&o.misbehave.RetryAfter, "retry-after", time.Second, flagRetryAfter)
	flags.IntVar(&o.misbehave.Portal, "portal", 0, flagPortal)
	flags.StringVar(&o.cert, "tls-cert", "", flagServerCert)
	flags.StringVar(&o.key, "tls-key", "", flagServerKey)
	flags.StringVar(&o.clientCA, "client-ca", "", flagClientCA)
	flags.StringVar(&o.clientID, "client-id", "", flagClientID)
	flags.StringVar(&o.clientJWKS, "client-jwks", "", flagClientJWKS)
	a.jsonFlag(flags)
	return cmd
}

func (a *app) recipient(cmd *cobra.Command, o recipientOptions) error {
	host, _, err := net.SplitHostPort(o.listen)
	if err != nil {
		return &usageError{cmd: cmd, say: sayBadListen, about: o.listen}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		// It keeps what it receives without asking who sends: this machine only.
		return &usageError{cmd: cmd, say: sayListenLoopback}
	}
	dir := a.data
	if dir == "" {
		data, err := a.folder()
		if err != nil {
			return err
		}
		dir = filepath.Join(data, "recipient")
	}
	options, err := o.security()
	if err != nil {
		return err
	}
	options.Misbehave = o.misbehave
	server, err := recipient.New(dir, options)
	if err != nil {
		return err
	}
	defer server.Close()
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return &plainError{say: sayPortTaken, next: nextPortTaken, code: exitFailed}
	}
	url := "http://" + listener.Addr().String()
	if options.TLS != nil {
		url = "https://" + listener.Addr().String()
	}
	if a.asJSON {
		err = a.json(map[string]string{"url": url})
	} else {
		a.printf(sayRecipientReady, url)
	}
	if err != nil {
		return err
	}
	return server.Serve(cmd.Context(), listener)
}

// security reads what the recipient shows and asks for.
func (o recipientOptions) security() (recipient.Options, error) {
	var out recipient.Options
	if o.cert != "" || o.key != "" || o.clientCA != "" {
		pair, err := readPair(o.cert, o.key)
		if err != nil {
			return out, err
		}
		out.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS13}
		if o.clientCA != "" {
			if out.TLS.ClientCAs, err = readPool(o.clientCA); err != nil {
				return out, err
			}
		}
	}
	if o.clientID != "" || o.clientJWKS != "" {
		keys, err := readAtMost(o.clientJWKS, maxPEM)
		if err != nil {
			return out, aboutFile(o.clientJWKS, err)
		}
		out.Client = &recipient.Client{ID: o.clientID, JWKS: keys}
	}
	return out, nil
}
