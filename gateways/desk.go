package gateways

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/sql/gatewaysdb"
)

// Paid is a payment that was verified and matched with its order.
type Paid struct {
	ID            uuid.UUID // the order's id: derive the booked transaction's id from it
	School        int64
	Gateway       string
	Purpose       string
	Subject       string
	Payer         string
	Amount        money.Amount
	TransactionID string    // the gateway's number of the payment
	PaidAt        time.Time // by the gateway's clock
	Late          bool      // the order had failed or was closed
}

// Settle books a payment. It is called at least once for every payment and
// possibly by several goroutines at once, so it must have its effect once per
// Paid.ID, and answer nil when the effect is already there. Any error leaves
// the order open: the gateway's next notification, [Desk.Confirm],
// [Desk.Sweep] or [Desk.Replay] tries again.
type Settle func(ctx context.Context, paid Paid) error

// Options of a [Desk].
type Options struct {
	// School is the school whose orders these are; default 0. A desk sees no
	// other school's orders.
	School int64
	// ExpiresAfter is how long the payer has to pay; default 30 minutes.
	ExpiresAfter time.Duration
	// ClockSkew is how far the time in a notification's signature may be from
	// the time of receipt; default 5 minutes.
	ClockSkew time.Duration
	// RefusedMax is how many notifications a day are kept that are not the
	// gateway's, or not of their time; more are refused as well and not kept.
	// Anybody can send them. Default 1,000.
	RefusedMax int
	// Now is the clock; default time.Now.
	Now func() time.Time
	// NewID makes ids of orders and inbox rows; default UUIDv7 (RFC 9562).
	NewID func() uuid.UUID
}

// Desk is where one school's payments through one gateway are ordered and
// received. It may be used concurrently.
type Desk struct {
	queries *gatewaysdb.Queries
	gateway Gateway
	settle  Settle

	school       int64
	refused      dailyCount
	expiresAfter time.Duration
	clockSkew    time.Duration
	now          func() time.Time
	newID        func() uuid.UUID
}

// NewDesk returns a desk on a database that has the domain schema. Call
// [Desk.Replay] once after a start, to finish what a crash cut short.
func NewDesk(db *sql.DB, gateway Gateway, settle Settle, options *Options) (*Desk, error) {
	if db == nil || gateway == nil || settle == nil {
		return nil, errors.New("new desk: database, gateway and settle are required")
	}
	var o Options
	if options != nil {
		o = *options
	}
	if o.ExpiresAfter < 0 || o.ClockSkew < 0 || o.RefusedMax < 0 {
		return nil, fmt.Errorf("new desk: negative: expires after %s, clock skew %s, refused %d", o.ExpiresAfter, o.ClockSkew, o.RefusedMax)
	}
	d := &Desk{
		queries: gatewaysdb.New(db), gateway: gateway, settle: settle,
		school: o.School, expiresAfter: o.ExpiresAfter, clockSkew: o.ClockSkew, now: o.Now, newID: o.NewID,
	}
	if d.refused.most = o.RefusedMax; d.refused.most == 0 {
		d.refused.most = 1000
	}
	if d.expiresAfter == 0 {
		d.expiresAfter = 30 * time.Minute
	}
	if d.clockSkew == 0 {
		d.clockSkew = 5 * time.Minute
	}
	if d.now == nil {
		d.now = time.Now
	}
	if d.newID == nil {
		d.newID = func() uuid.UUID { return uuid.Must(uuid.NewV7()) }
	}
	return d, nil
}

// Order returns an order as stored. It fails with [ErrUnknownOrder].
func (d *Desk) Order(ctx context.Context, id uuid.UUID) (Order, error) {
	row, err := d.queries.GetOrder(ctx, gatewaysdb.GetOrderParams{ID: id, School: d.school, Gateway: d.gateway.Name()})
	if errors.Is(err, sql.ErrNoRows) {
		return Order{}, fmt.Errorf("order %s: %w", id, ErrUnknownOrder)
	}
	if err != nil {
		return Order{}, fmt.Errorf("read order %s: %w", id, err)
	}
	return orderFromRow(row)
}

// instant is the present in the resolution that both engines keep.
func (d *Desk) instant() time.Time { return d.now().UTC().Truncate(time.Microsecond) }
