package pgstore

import (
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/campusledger/campusledger/ledger"
)

// discardPlans makes the server plan the connection's statements anew, those
// behind the foreign keys among them.
const discardPlans = `discard plans`

// plannedSize is where a connection remembers for how large a book its plans
// were made.
const plannedSize = "campusledger.pgstore.planned_size"

// queueReplan discards the connection's plans if the book has doubled since
// they were made. While a table has a few hundred rows, an index that begins
// with the book looks as good as the one for the whole key, and a plan that
// takes the wrong one reads the whole book for each row once the book has
// grown. Until autovacuum has looked at the table nothing else ends that plan.
func queueReplan(batch *pgx.Batch, conn *pgconn.PgConn, head *ledger.Head) {
	planned, _ := conn.CustomData()[plannedSize].(int64)
	if size := head.Seq + head.Accounts; size > 2*planned {
		batch.Queue(discardPlans)
		conn.CustomData()[plannedSize] = size
	}
}
