// Package httpapi is a school's HTTP API: for guardians' pages, cashiers'
// terminals, the office, finance, and other systems of the school.
//
//	handler, err := httpapi.New(school, &httpapi.Options{Credentials: []httpapi.Credential{
//		{Token: token, Role: httpapi.Cashier, Subject: "counter-1"},
//	}})
//	err = httpapi.Serve(ctx, listener, handler)
//
// openapi.yaml is the contract; it is served at /openapi.yaml. Requests are
// held against it before they reach the code, and in the tests every answer is.
// Package wire is generated from it. A session with curl:
//
//	$ curl -s localhost:8080/v1/cards/look -H "Authorization: Bearer $CASHIER" -H 'Content-Type: application/json' \
//	    -d '{"code":"SA3B…"}'
//	{"holder":"h102938","name":"张*三","grade":"初一","class":"3班","level":"good",…}
//
//	$ curl -s localhost:8080/v1/sales -H "Authorization: Bearer $CASHIER" -H 'Content-Type: application/json' \
//	    -H "Idempotency-Key: $(uuidgen)" \
//	    -d '{"code":"SA3B…","merchant":"canteen1","terminal":"t01","lines":[{"dish":"2000000100012","quantity":2}]}'
//	{"id":"0f6c…","seq":4711,"total":{"amount":"2.00","currency":"CNY"},…}
//
//	$ curl -s localhost:8080/v1/day-closes -H "Authorization: Bearer $FINANCE" -H 'Content-Type: application/json' \
//	    -d '{"date":"2026-09-01"}'
//	{"date":"2026-09-01","next":"2026-09-02","seq":17402,"at":"2026-09-01T10:00:00.000000Z"}
//
// # Callers
//
// A request names its caller by a bearer token ([Credential]). Each operation's
// x-roles in the document say who may call it; an operation without them stops
// the server from starting. A guardian reaches only holders it is bound to, and
// learns nothing of others, not even whether they exist.
//
// # Retries
//
// What moves money takes an Idempotency-Key, from which the transaction's id in
// the journal is derived: a retry answers the first result, at any time and
// from any process. Idempotency-Replayed tells the two apart, except for payment
// orders, which are answered as they stand. All other writes are idempotent by
// themselves.
//
// # Errors
//
// Every error is a problem (RFC 9457) with a code that is the same in Go: the
// tables are conditions.go and, for the books, [ledger.Conditions]. A request at
// fault is told where, with a JSON pointer or the name of a parameter; what the
// books refuse is explained by the rule and, to roles that may read the account,
// by its path and the amounts. Problems and the log carry no personal data and
// nothing that was scanned; the log and a cashier's problems carry no balance
// either. What the server did wrong is logged under the problem's instance and
// not told.
//
// # Concurrency
//
// The handler is safe for concurrent use, as the school is.
//
// # Limits
//
// A body has at most 1 MiB and a request 10 s by default. OPERATIONS.md lists what
// bounds every queue, and what those who run a server see of it. One handler serves one
// school. Tokens are fixed at the start; sessions, rates and TLS are the
// business of what stands before it.
package httpapi
