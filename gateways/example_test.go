package gateways_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/gateways/simulator"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/domaindb"
)

// A guardian tops a card up through the simulated gateway.
func ExampleNewDesk() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "example")
	check(err)
	defer func() { _ = os.RemoveAll(dir) }()
	db, err := domaindb.OpenSQLite(ctx, filepath.Join(dir, "domain.db"))
	check(err)
	defer func() { _ = db.Close() }()

	merchant := simulator.Merchant{ID: "1900000001", Key: []byte("sixteen bytes or more")}
	server, err := simulator.New([]simulator.Merchant{merchant}, nil)
	check(err)
	address, err := server.Listen("127.0.0.1:0")
	check(err)

	var desk *gateways.Desk
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		gateways.NotificationHandler(desk).ServeHTTP(w, r)
	}))
	defer endpoint.Close()
	client, err := simulator.NewClient(address, merchant, &simulator.ClientOptions{NotifyURL: endpoint.URL})
	check(err)
	defer client.CloseIdleConnections()

	settle := func(_ context.Context, paid gateways.Paid) error {
		fmt.Println("book", paid.Amount, "for", paid.Subject)
		return nil
	}
	desk, err = gateways.NewDesk(db, client, settle, nil)
	check(err)
	order, err := desk.Start(ctx, gateways.Request{
		Key: "topup/1", Purpose: "topup", Subject: "h102938",
		Description: "Meal card top-up", Amount: money.MustParse("100.00", money.CNY),
	})
	check(err)
	fmt.Println(order.State)

	check(client.Pay(ctx, order.Checkout)) // the payer, at the gateway's page
	check(server.Close(ctx))               // waits for the notification
	order, err = desk.Order(ctx, order.ID)
	check(err)
	fmt.Println(order.State)
	// Output:
	// sent
	// book 100.00 CNY for h102938
	// paid
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
