package domaindb

import (
	"context"
	"database/sql/driver"
	"strings"
)

// SQLite has one writer at a time, and a writer that finds another one at work
// polls and may starve. So the writers of a process take turns in the order
// they come, and give the turn back before their commit is on disk: the flusher
// then syncs once for all who wait (group commit). A commit returns when it is
// durable, as with synchronous=FULL, but 64 writers share one sync.

// connector opens connections whose writes take turns.
type connector struct {
	driver driver.Driver
	dsn    string
	turn   chan struct{} // holds a token while a writer is at work
	flush  *flusher
	keeper driver.Conn // keeps the write-ahead log in place until Close
}

func newConnector(d driver.Driver, path, dsn string) (*connector, error) {
	keeper, err := d.Open(dsn)
	if err != nil {
		return nil, err
	}
	return &connector{driver: d, dsn: dsn, turn: make(chan struct{}, 1), flush: &flusher{path: path + "-wal"}, keeper: keeper}, nil
}

// Connect is called by database/sql.
func (c *connector) Connect(context.Context) (driver.Conn, error) {
	inner, err := c.driver.Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: inner, connector: c}, nil
}

// Driver is called by database/sql.
func (c *connector) Driver() driver.Driver { return c.driver }

// Close is called by database/sql after all connections are closed.
func (c *connector) Close() error {
	c.flush.close()
	return c.keeper.Close()
}

func (c *connector) take(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *connector) give() { <-c.turn }

// conn is a connection; database/sql lets one goroutine at a time use it.
type conn struct {
	driver.Conn
	connector *connector
	inTx      bool
}

// BeginTx takes the turn for a transaction that may write.
func (c *conn) BeginTx(ctx context.Context, options driver.TxOptions) (driver.Tx, error) {
	if err := c.connector.take(ctx); err != nil {
		return nil, err
	}
	inner, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, options)
	if err != nil {
		c.connector.give()
		return nil, err
	}
	c.inTx = true
	return &tx{Tx: inner, conn: c}, nil
}

// ExecContext takes the turn for one statement, unless it is in a transaction.
func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	execute := c.Conn.(driver.ExecerContext).ExecContext
	if c.inTx {
		return execute(ctx, query, args)
	}
	if err := c.connector.take(ctx); err != nil {
		return nil, err
	}
	result, err := execute(ctx, query, args)
	c.connector.give()
	if err != nil {
		return nil, err
	}
	return result, c.connector.flush.wait()
}

// QueryContext takes the turn if the query writes, until its rows are closed.
func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	read := c.Conn.(driver.QueryerContext).QueryContext
	if c.inTx || !strings.Contains(strings.ToLower(query), "returning") {
		return read(ctx, query, args)
	}
	if err := c.connector.take(ctx); err != nil {
		return nil, err
	}
	inner, err := read(ctx, query, args)
	if err != nil {
		c.connector.give()
		return nil, err
	}
	return &writtenRows{Rows: inner, connector: c.connector}, nil
}

// PrepareContext is not for writing outside a transaction: nothing here does.
func (c *conn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	return c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, query)
}

// Ping is called by database/sql.
func (c *conn) Ping(ctx context.Context) error { return c.Conn.(driver.Pinger).Ping(ctx) }

// tx gives the turn back when it ends.
type tx struct {
	driver.Tx
	conn *conn
}

// Commit returns once the transaction is durable.
func (t *tx) Commit() error {
	err := t.Tx.Commit()
	if err != nil {
		_ = t.Tx.Rollback() // a commit that failed may have left the transaction open
	}
	t.end()
	if err != nil {
		return err
	}
	return t.conn.connector.flush.wait()
}

// Rollback ends the transaction without a trace.
func (t *tx) Rollback() error {
	defer t.end()
	return t.Tx.Rollback()
}

func (t *tx) end() {
	if t.conn.inTx {
		t.conn.inTx = false
		t.conn.connector.give()
	}
}

// writtenRows are the rows of a statement that writes.
type writtenRows struct {
	driver.Rows
	connector *connector
	closed    bool
}

// Close returns once what was written is durable.
func (r *writtenRows) Close() error {
	err := r.Rows.Close()
	if r.closed {
		return err
	}
	r.closed = true
	r.connector.give()
	if err != nil {
		return err
	}
	return r.connector.flush.wait()
}
