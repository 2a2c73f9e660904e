// Package simulator is a payment gateway for demos, tests and training: a real
// HTTP server that takes orders, lets payers pay, and calls back, with the
// faults that real gateways have; and the [Client] through which a
// [gateways.Desk] uses it. No money moves anywhere.
//
//	merchant := simulator.Merchant{ID: "1900000001", Key: key}
//	server, err := simulator.New([]simulator.Merchant{merchant}, nil)
//	address, err := server.Listen("127.0.0.1:0")
//	defer server.Close(ctx)
//	client, err := simulator.NewClient(address, merchant, &simulator.ClientOptions{NotifyURL: notifyURL})
//	desk, err := gateways.NewDesk(db, client, settle, nil)
//
// # Protocol
//
// In the style of WeChat Pay APIv3, with HMAC-SHA256 in place of RSA and plain
// instead of encrypted notifications. Amounts are whole minor units. Every
// signature is base64 (RFC 4648, padded) of HMAC-SHA256 under the merchant's
// key over lines that each end with LF:
//
//	request              response           notification
//	METHOD               RESPONSE STATUS    NOTIFICATION
//	PATH?QUERY           TIMESTAMP          TIMESTAMP
//	TIMESTAMP            NONCE              NONCE
//	NONCE                BODY               BODY
//	BODY
//
// A request carries its parts in
//
//	Authorization: SIMPAY-HMAC-SHA256 merchant="…",nonce="…",timestamp="…",signature="…"
//
// a response and a notification in Simpay-Timestamp, Simpay-Nonce and
// Simpay-Signature. TIMESTAMP is Unix seconds and must be within 5 minutes of
// the reader's clock; a request's NONCE is taken once; a response repeats the
// nonce of its request, which ties the two together. The first lines differ, so
// that no message can pass for one of another kind.
//
//	POST /v1/orders                  create an order; the same again answers the same
//	GET  /v1/orders/{number}         query
//	POST /v1/orders/{number}/close   close
//	GET  /v1/settlements/{date}      what the gateway owes for a day
//	GET  /pay?order={number}         a page with a button, for a person
//	POST /pay?order={number}         the payer pays now; with result=failure the attempt fails
//
// Errors are {"code":"ORDER_PAID","message":…} with a 4xx status. /pay is the
// payer's side and takes no signature.
//
// # Faults
//
// Each order's notification may be delayed, duplicated, overtaken, lost, wrong
// or badly signed ([Fault]), chosen from [Options].Odds by the seed and the
// order number, or set with [Server.Plan]. Everything the server decides is a
// function of the seed and the order numbers, whatever order requests come in.
//
// # Errors
//
// The client's errors are those of package gateways. [New], [NewClient],
// [Server.Pay] and [Server.Settlement] return plain errors and [ErrNoOrder],
// [ErrNotPayable], [ErrNoMerchant].
//
// # Concurrency
//
// Server and Client may be used concurrently. [Server.Close] waits for the
// notifications under way.
//
// # Limits
//
// All state is in memory and grows with the number of orders, of which there are
// at most [Options].OrdersMax. One currency a
// server. Loopback only, unless you choose another address: it has no TLS.
package simulator
