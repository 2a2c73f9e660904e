package simulator_test

import (
	"context"
	"fmt"
	"time"

	"github.com/campusledger/campusledger/gateways/simulator"
)

// The gateway loses the notification, and asking it finds the payment.
func ExampleNew() {
	ctx := context.Background()
	merchant := simulator.Merchant{ID: "1900000001", Key: []byte("sixteen bytes or more")}
	server, err := simulator.New([]simulator.Merchant{merchant}, &simulator.Options{
		Odds: simulator.Odds{simulator.FaultLose: 100},
		Now:  func() time.Time { return time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC) },
	})
	check(err)
	defer func() { check(server.Close(ctx)) }()
	address, err := server.Listen("127.0.0.1:0")
	check(err)
	client, err := simulator.NewClient(address, merchant, &simulator.ClientOptions{
		NotifyURL: "http://127.0.0.1:1/", // nobody there
		Now:       func() time.Time { return time.Date(2026, 9, 1, 4, 0, 0, 0, time.UTC) },
	})
	check(err)
	defer client.CloseIdleConnections()

	order := anOrder(1)
	order.ExpiresAt = time.Date(2026, 9, 1, 4, 30, 0, 0, time.UTC)
	checkout, err := client.Create(ctx, order)
	check(err)
	check(client.Pay(ctx, checkout))
	payment, err := client.Query(ctx, order.Number())
	check(err)
	fmt.Println(payment.State, payment.Amount)

	settlement, err := client.Settlement(ctx, "2026-09-01")
	check(err)
	fmt.Println("to the bank:", settlement.Net, "after a fee of", settlement.Fee)
	// Output:
	// paid 100.00 CNY
	// to the bank: 99.40 CNY after a fee of 0.60 CNY
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
