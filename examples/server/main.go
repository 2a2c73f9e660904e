// Command server is a server of your own: one school, the HTTP API, and your
// choice of gateway, credentials and database.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"

	"github.com/campusledger/campusledger/adapters/httpapi"
	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/money"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:8080")
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	// Give your own tokens, from a file or a secret store.
	credentials := []httpapi.Credential{{Role: httpapi.Office, Subject: "1", Token: os.Getenv("OFFICE_TOKEN")}}
	if err := run(ctx, "./campusledger-data", listener, credentials); err != nil {
		log.Print(err)
	}
}

// run serves until the context ends.
func run(ctx context.Context, dir string, listener net.Listener, credentials []httpapi.Credential) error {
	s, err := school.Open(ctx, school.Location{Dir: dir}, &school.Options{
		Number: 102,
		Name:   "No. 1 School",
		Chart: &campus.Options{
			WalletCap:    money.MustParse("1000", money.CNY),
			ArrearsLimit: money.MustParse("30", money.CNY),
			Controls:     map[campus.Family]string{campus.FamilyWallet: "2305"}, // the school's own codes
		},
		// Gateway: your gateways.Gateway,
	})
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	handler, err := httpapi.New(s, &httpapi.Options{Credentials: credentials})
	if err != nil {
		return err
	}
	return httpapi.Serve(ctx, listener, handler)
}
