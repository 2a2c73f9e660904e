package ledger_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/money"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// The positions of the records of honest, which forgeries name.
const (
	genesisAt = iota + 1
	openingAt
	chartAt
	topUpAt
	saleAt // wallet/a up to 30, the rest of 40 by arrears/a
	refundAt
	refusalAt
	boughtAt // to be reversed
	reversalAt
	holdAt
	captureAt
	releaseAt
	shortHoldAt
	holdRefusalAt
	expiryAt
	changeAt
	closeAt
	laterAt
	reopenAt
	lateAt
	againAt
	endAt
)

// honest returns the records of a small book with one of every kind, and the
// book.
func honest(t *testing.T) ([][]byte, *storetest.Memory) {
	t.Helper()
	ctx, store, now := t.Context(), storetest.NewMemory(), noon
	book, err := ledger.Create(ctx, store, 1, ledger.Genesis{Name: "Test school", OpenDate: firstDay}, &ledger.Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	seq := int64(1)
	done := func(want int, receipt ledger.Receipt, err error) ledger.Record {
		t.Helper()
		require.NoError(t, err)
		now, seq = now.Add(time.Second), seq+1
		require.Equal(t, seq, receipt.Record.Seq)
		require.Equal(t, int64(want), seq)
		return receipt.Record
	}
	refused := func(want int, err error) {
		t.Helper()
		require.ErrorIs(t, err, ledger.ErrInsufficient)
		now, seq = now.Add(time.Second), seq+1
		require.Equal(t, int64(want), seq)
	}
	post := func(want int, transaction ledger.Transaction) ledger.Record {
		t.Helper()
		receipt, err := book.Post(ctx, transaction)
		return done(want, receipt, err)
	}
	hold := func(amount string, lasts time.Duration) ledger.Authorization {
		return ledger.Authorization{Transaction: pay(amount), Expires: now.Add(lasts)}
	}
	receipt, err := book.OpenAccounts(ctx, ledger.Opening{ID: ledger.NewID(), Accounts: testSpecs()})
	done(openingAt, receipt, err)
	receipt, err = book.SetChart(ctx, ledger.Chart{ID: ledger.NewID(), By: "office", Why: "new", Families: walletFamily()})
	done(chartAt, receipt, err)
	post(topUpAt, topUp("50"))
	sale := post(saleAt, transaction(ledger.Credit("merchant/m", cny("40")), ledger.DebitUpTo("wallet/a", cny("30")), ledger.DebitRest("arrears/a")))
	receipt, err = book.Refund(ctx, ledger.Refund{ID: ledger.NewID(), Of: sale.ID, Lines: []ledger.RefundLine{
		{Line: 0, Amount: cny("5")}, {Line: 2, Amount: cny("40"), Take: ledger.UpTo},
	}})
	done(refundAt, receipt, err)
	tooMuch := pay("60")
	tooMuch.Remember = true
	_, err = book.Post(ctx, tooMuch)
	refused(refusalAt, err)
	bought := post(boughtAt, pay("3"))
	receipt, err = book.Reverse(ctx, ledger.Reversal{Of: bought.ID, By: "office"})
	done(reversalAt, receipt, err)
	first := hold("10", time.Hour)
	receipt, err = book.Authorize(ctx, first)
	done(holdAt, receipt, err)
	receipt, err = book.Capture(ctx, ledger.Capture{ID: ledger.NewID(), Hold: first.ID, Amounts: []money.Amount{cny("4"), cny("4")}})
	done(captureAt, receipt, err)
	receipt, err = book.Release(ctx, ledger.Release{Hold: first.ID})
	done(releaseAt, receipt, err)
	receipt, err = book.Authorize(ctx, hold("1", time.Minute))
	done(shortHoldAt, receipt, err)
	much := hold("70", time.Hour)
	much.Remember = true
	_, err = book.Authorize(ctx, much)
	refused(holdRefusalAt, err)
	now = now.Add(time.Hour)
	n, err := book.ExpireHolds(ctx)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	seq++
	receipt, err = book.ChangeAccount(ctx, ledger.Change{
		ID: ledger.NewID(), By: "office", Why: "trip", Account: "wallet/b", Floor: cny("0"), Ceiling: cny("200"), State: ledger.StateOpen,
	})
	done(changeAt, receipt, err)
	receipt, err = book.CloseDay(ctx, ledger.DayClose{Date: firstDay})
	done(closeAt, receipt, err)
	post(laterAt, topUp("2"))
	receipt, err = book.Reopen(ctx, ledger.Reopen{Date: firstDay, By: "office", Why: "forgotten"})
	done(reopenAt, receipt, err)
	post(lateAt, topUp("3"))
	receipt, err = book.CloseDay(ctx, ledger.DayClose{Date: firstDay})
	done(againAt, receipt, err)
	post(endAt, pay("1"))
	return listed(t, bodies(ctx, store)), store
}

// pay is a payment from wallet/a.
func pay(amount string) ledger.Transaction {
	return transaction(ledger.Debit("wallet/a", cny(amount)), ledger.Credit("merchant/m", cny(amount)))
}

// forgery is a change of an honest journal that a restore has to refuse.
type forgery struct {
	name string
	at   int // the position at which it is refused
	// forge changes the record there; records changes the journal instead.
	forge   func(r *ledger.Record)
	records func(records [][]byte) [][]byte
	key     string // what differs
	err     error  // what is refused besides
	says    string // in the error
}

// add adds an amount to a line and to its balance.
func add(r *ledger.Record, line int, amount string) {
	l := &r.Lines[line]
	by := cny(amount).Minor()
	l.Amount, l.Balance = money.Of(l.Amount.Minor()+by, money.CNY), money.Of(l.Balance.Minor()+by, money.CNY)
}

func forgedFigures() []forgery {
	return []forgery{
		{name: "an amount that unbalances", at: topUpAt, forge: func(r *ledger.Record) { r.Lines[0].Amount = cny("51") }, err: ledger.ErrUnbalanced},
		{name: "amounts without their balances", at: topUpAt, key: "lines[0][3]", forge: func(r *ledger.Record) {
			r.Lines[0].Amount, r.Lines[1].Amount = cny("51"), cny("-51")
		}},
		{name: "amounts and balances", at: saleAt, key: "lines[1][3]", records: func(records [][]byte) [][]byte {
			return changed(records, topUpAt, func(r *ledger.Record) { add(r, 0, "1"); add(r, 1, "-1") })
		}},
		{name: "a balance", at: topUpAt, key: "lines[1][3]", forge: func(r *ledger.Record) { r.Lines[1].Balance = cny("-49") }},
		{name: "more than there was", at: boughtAt, err: ledger.ErrInsufficient, forge: func(r *ledger.Record) { add(r, 0, "50"); add(r, 1, "-50") }},
		{name: "another account", at: boughtAt, err: ledger.ErrInsufficient, forge: func(r *ledger.Record) { r.Lines[0].Account = "wallet/b" }},
		{name: "an account that was never opened", at: boughtAt, err: ledger.ErrAccountUnknown, forge: func(r *ledger.Record) { r.Lines[0].Account = "wallet/c" }},
		{name: "another currency", at: boughtAt, err: ledger.ErrCurrencyMismatch, forge: func(r *ledger.Record) {
			for i := range r.Lines {
				r.Lines[i].Amount, r.Lines[i].Balance = money.Of(r.Lines[i].Amount.Minor(), money.USD), money.Of(r.Lines[i].Balance.Minor(), money.USD)
			}
		}},
		{name: "less taken than asked for", at: saleAt, key: "lines[1][2]", forge: func(r *ledger.Record) { add(r, 1, "-1"); add(r, 2, "1") }},
		{name: "more asked for than taken", at: saleAt, key: "lines[1][2]", forge: func(r *ledger.Record) { r.Lines[1].Most = cny("35") }},
		{name: "another take", at: saleAt, key: "lines[1][2]", forge: func(r *ledger.Record) {
			r.Lines[1].Take, r.Lines[2].Take, r.Lines[2].Most = ledger.Rest, ledger.UpTo, cny("10")
		}},
		{name: "a refund of more than was posted", at: refundAt, err: ledger.ErrRefundExceeded, forge: func(r *ledger.Record) { add(r, 0, "36"); add(r, 1, "-36") }},
		{name: "a refund of another line", at: refundAt, key: "lines[1][0]", forge: func(r *ledger.Record) { r.Refunds[1] = 1 }},
		{name: "a refund that names too few lines", at: refundAt, forge: func(r *ledger.Record) { r.Refunds = r.Refunds[:1] }},
		{name: "a refund of nothing", at: refundAt, err: ledger.ErrRecordUnknown, says: "id " + someID.String() + ": unknown", forge: func(r *ledger.Record) { r.Of = someID }},
		{name: "a refund of a record to come", at: refundAt, err: ledger.ErrRecordUnknown, records: func(records [][]byte) [][]byte {
			bought, _ := ledger.ParseRecord(records[boughtAt-1])
			return changed(records, refundAt, func(r *ledger.Record) { r.Of, r.Refunds = bought.ID, []int{1, 0} })
		}},
		{name: "a reversal of other amounts", at: reversalAt, key: "lines[0][2]", forge: func(r *ledger.Record) { add(r, 0, "1"); add(r, 1, "-1") }},
		{name: "a reversal of what was refunded", at: reversalAt, err: ledger.ErrRefunded, records: func(records [][]byte) [][]byte {
			sale, _ := ledger.ParseRecord(records[saleAt-1])
			return changed(records, reversalAt, func(r *ledger.Record) { r.Of = sale.ID })
		}},
		{name: "the accounts at a close", at: closeAt, key: "balances.accounts", forge: func(r *ledger.Record) { r.Balances.Accounts++ }},
		{name: "the balances at a close", at: againAt, key: "balances.root", forge: func(r *ledger.Record) { r.Balances.Root[0]++ }},
	}
}

func forgedParticulars() []forgery {
	return []forgery{
		{name: "a date that is closed", at: laterAt, err: ledger.ErrDateClosed, forge: func(r *ledger.Record) { r.Date = firstDay }},
		{name: "a date that has not begun", at: saleAt, err: ledger.ErrDateNotOpen, forge: func(r *ledger.Record) { r.Date = firstDay.AddDays(1) }},
		{name: "a date of a record without one of its own", at: openingAt, key: "date", forge: func(r *ledger.Record) { r.Date = firstDay.AddDays(1) }},
		{name: "a time that runs back", at: saleAt, key: "at", forge: func(r *ledger.Record) { r.At = noon.Add(-time.Second) }},
		{name: "an id that was used", at: boughtAt, err: ledger.ErrIDReused, records: func(records [][]byte) [][]byte {
			topUp, _ := ledger.ParseRecord(records[topUpAt-1])
			return changed(records, boughtAt, func(r *ledger.Record) { r.ID = topUp.ID })
		}},
		{name: "an id that is derived", at: reversalAt, key: "id", forge: func(r *ledger.Record) { r.ID = someID }},
		{name: "the id of a close", at: againAt, key: "id", forge: func(r *ledger.Record) { r.ID = ledger.KeyID("ledger", "close", firstDay.String()) }},
		{name: "the position", at: topUpAt, key: "seq", forge: func(r *ledger.Record) { r.Seq++ }},
		{name: "the book", at: genesisAt, key: "book", says: "it belongs to another book", forge: func(r *ledger.Record) { r.Book = 2 }},
		{name: "the book later", at: saleAt, key: "book", forge: func(r *ledger.Record) { r.Book = 2 }},
		{name: "a reason that sales do not have", at: saleAt, key: "why", forge: func(r *ledger.Record) { r.Why = "because" }},
		{name: "a kind of the ledger's that it does not know", at: saleAt, forge: func(r *ledger.Record) { r.Kind = "ledger.gift" }},
		{name: "a second genesis", at: openingAt, forge: func(r *ledger.Record) {
			r.Kind, r.Accounts, r.Name, r.ID = ledger.KindGenesis, nil, "Other", ledger.KeyID("ledger", "genesis")
		}},
		{name: "a book that begins otherwise", at: genesisAt, forge: func(r *ledger.Record) { r.Kind, r.Name = "sale", "" }},
		{name: "what a refusal says was available", at: refusalAt, key: "refused.available", forge: func(r *ledger.Record) { r.Refused.Available = cny("1") }},
		{name: "a refusal of what was possible", at: refusalAt, key: "kind", forge: func(r *ledger.Record) {
			r.Asked[0].Amount, r.Asked[1].Amount = cny("1"), cny("1")
		}},
		{name: "a refusal for another date", at: refusalAt, key: "refused.account", forge: func(r *ledger.Record) { r.Refused.Date = firstDay.AddDays(-1) }},
		{name: "a hold refused of what was possible", at: holdRefusalAt, key: "kind", forge: func(r *ledger.Record) {
			r.Asked[0].Amount, r.Asked[1].Amount = cny("1"), cny("1")
		}},
		{name: "a hold of more than there is", at: holdAt, err: ledger.ErrInsufficient, forge: func(r *ledger.Record) {
			r.Held[0].Amount, r.Held[1].Amount = cny("60"), cny("-60")
		}},
		{name: "a hold that is over when it begins", at: shortHoldAt, err: ledger.ErrHoldExpired, forge: func(r *ledger.Record) { r.Expires = noon }},
		{name: "a capture of more than is held", at: captureAt, err: ledger.ErrHoldExceeded, forge: func(r *ledger.Record) { add(r, 0, "7"); add(r, 1, "-7") }},
		{name: "a capture that ends its hold", at: releaseAt, err: ledger.ErrHoldCaptured, records: func(records [][]byte) [][]byte {
			return changed(records, captureAt, func(r *ledger.Record) { r.Final = true })
		}},
		{name: "a capture of no hold", at: captureAt, err: ledger.ErrHoldUnknown, records: func(records [][]byte) [][]byte {
			sale, _ := ledger.ParseRecord(records[saleAt-1])
			return changed(records, captureAt, func(r *ledger.Record) { r.Of = sale.ID })
		}},
		{name: "a release of a hold to come", at: releaseAt, err: ledger.ErrHoldUnknown, records: func(records [][]byte) [][]byte {
			hold, _ := ledger.ParseRecord(records[shortHoldAt-1])
			return changed(records, releaseAt, func(r *ledger.Record) { r.Of = hold.ID })
		}},
		{name: "an expiry before its time", at: expiryAt, err: ledger.ErrHoldNotExpired, records: func(records [][]byte) [][]byte {
			return changed(records, shortHoldAt, func(r *ledger.Record) { r.Expires = noon.AddDate(1, 0, 0) })
		}},
		{name: "a change of another control account", at: changeAt, key: "accounts[0].control", forge: func(r *ledger.Record) { r.Accounts[0].Control = "1001" }},
		{name: "a refund by too long a name", at: refundAt, forge: func(r *ledger.Record) { r.By = strings.Repeat("x", 129) }},
		{name: "a reversal by too long a name", at: reversalAt, forge: func(r *ledger.Record) { r.By = strings.Repeat("x", 129) }},
		{name: "a capture by too long a name", at: captureAt, forge: func(r *ledger.Record) { r.By = strings.Repeat("x", 129) }},
		{name: "a release for too long a reason", at: releaseAt, forge: func(r *ledger.Record) { r.Why = strings.Repeat("x", 513) }},
		{name: "a reopening without a reason", at: reopenAt, forge: func(r *ledger.Record) { r.Why = "" }},
		{name: "a change of two accounts", at: changeAt, forge: func(r *ledger.Record) { r.Accounts = append(r.Accounts, r.Accounts[0]) }},
		{name: "a change after another record", at: changeAt, key: "prev", forge: func(r *ledger.Record) { r.Prev = 1 }},
		{name: "a chart after another chart", at: chartAt, key: "prev", forge: func(r *ledger.Record) { r.Prev = 1 }},
		{name: "accounts that the chart does not have", at: chartAt + 1, err: ledger.ErrFamilyUnknown, records: func(records [][]byte) [][]byte {
			opening, _ := ledger.ParseRecord(records[openingAt-1])
			opening.ID, opening.Seq, opening.Accounts = someID, chartAt+1, []ledger.AccountSpec{opening.Accounts[3]}
			opening.Accounts[0].Path = "gift/m"
			return slices.Insert(records, chartAt, opening.Canonical())
		}},
		{name: "a close of a date that is not open", at: closeAt, err: ledger.ErrDateNotOpen, forge: func(r *ledger.Record) { r.Date, r.Next = firstDay.AddDays(1), firstDay.AddDays(2) }},
		{name: "a close after another close", at: againAt, key: "prev", forge: func(r *ledger.Record) { r.Prev = closeAt }},
		{name: "a close that passes over a date", at: againAt, err: ledger.ErrInvalid, forge: func(r *ledger.Record) { r.Next = firstDay.AddDays(5) }},
		{name: "a close that opens another date", at: laterAt, err: ledger.ErrDateClosed, records: func(records [][]byte) [][]byte {
			return changed(records, closeAt, func(r *ledger.Record) { r.Next = firstDay.AddDays(2) })
		}},
		{name: "a reopening of another date", at: reopenAt, err: ledger.ErrCloseNotLatest, forge: func(r *ledger.Record) { r.Next = firstDay.AddDays(-1) }},
		{name: "a reopening of another close", at: reopenAt, key: "of", forge: func(r *ledger.Record) { r.Of = someID }},
	}
}

func forgedJournals() []forgery {
	without := func(at int, records [][]byte) [][]byte { return slices.Delete(records, at-1, at) }
	renumber := func(records [][]byte) [][]byte {
		for i := range records {
			records = changed(records, i+1, func(r *ledger.Record) { r.Seq = int64(i + 1) })
		}
		return records
	}
	return []forgery{
		{name: "a missing record", at: saleAt, key: "seq", records: func(records [][]byte) [][]byte { return without(saleAt, records) }},
		{name: "no beginning", at: genesisAt, key: "seq", records: func(records [][]byte) [][]byte { return without(genesisAt, records) }},
		{name: "a missing record and new positions", at: saleAt - 1, err: ledger.ErrAboveCeiling, records: func(records [][]byte) [][]byte {
			return renumber(without(topUpAt, records))
		}},
		{name: "another order", at: saleAt, key: "seq", records: func(records [][]byte) [][]byte {
			records[saleAt-1], records[boughtAt-1] = records[boughtAt-1], records[saleAt-1]
			return records
		}},
		{name: "another order and new positions", at: saleAt, key: "at", records: func(records [][]byte) [][]byte {
			records[topUpAt-1], records[saleAt-1] = records[saleAt-1], records[topUpAt-1]
			records = changed(records, topUpAt, func(r *ledger.Record) {
				r.Lines[0].Account, r.Lines[1].Account, r.Lines[2].Account = "clearing/g", "clearing/g", "clearing/g"
				r.Lines[0].Take, r.Lines[1].Take, r.Lines[2].Take = ledger.Exact, ledger.Exact, ledger.Exact
				r.Lines[0].Balance, r.Lines[1].Balance, r.Lines[2].Balance = cny("-40"), cny("-10"), cny("0")
				r.Lines[0].Prev, r.Lines[1].Prev, r.Lines[2].Prev = 0, 0, 0
			})
			return renumber(records)
		}},
		{name: "a record twice", at: saleAt + 1, key: "seq", records: func(records [][]byte) [][]byte {
			return slices.Insert(records, saleAt, records[saleAt-1])
		}},
		{name: "a record twice with new positions", at: saleAt + 1, records: func(records [][]byte) [][]byte {
			return renumber(slices.Insert(records, saleAt, records[saleAt-1]))
		}},
		{name: "a refusal twice with new positions", at: refusalAt + 1, records: func(records [][]byte) [][]byte {
			return renumber(slices.Insert(records, refusalAt, records[refusalAt-1]))
		}},
		{name: "a close twice with new positions", at: closeAt + 1, records: func(records [][]byte) [][]byte {
			return renumber(slices.Insert(records, closeAt, records[closeAt-1]))
		}},
		{name: "a line that was cut", at: endAt, err: ledger.ErrCorrupt, records: func(records [][]byte) [][]byte {
			records[endAt-1] = records[endAt-1][:len(records[endAt-1])-7]
			return records
		}},
		{name: "an empty line", at: saleAt, err: ledger.ErrCorrupt, records: func(records [][]byte) [][]byte {
			return slices.Insert(records, saleAt-1, []byte{})
		}},
		{name: "other text at the end", at: endAt + 1, err: ledger.ErrCorrupt, records: func(records [][]byte) [][]byte {
			return append(records, []byte("-- 22 records --"))
		}},
		{name: "a line break within a record", at: saleAt, err: ledger.ErrCorrupt, records: func(records [][]byte) [][]byte {
			records[saleAt-1] = append(bytes.Clone(records[saleAt-1]), '\r')
			return records
		}},
		{name: "another spelling", at: saleAt, err: ledger.ErrCorrupt, records: func(records [][]byte) [][]byte {
			records[saleAt-1] = bytes.Replace(records[saleAt-1], []byte(`:`), []byte(`: `), 1)
			return records
		}},
	}
}

// changed returns the records with one of them changed.
func changed(records [][]byte, at int, change func(*ledger.Record)) [][]byte {
	record, err := ledger.ParseRecord(records[at-1])
	if err != nil {
		panic(err)
	}
	change(&record)
	records[at-1] = record.Canonical()
	return records
}

func TestRestoreRefusesWhatTheRulesDidNotMake(t *testing.T) {
	t.Parallel()
	records, source := honest(t)
	want := tableOf(t, source)
	for _, f := range slices.Concat(forgedFigures(), forgedParticulars(), forgedJournals()) {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			forged := slices.Clone(records)
			if f.records != nil {
				forged = f.records(forged)
			} else {
				forged = changed(forged, f.at, f.forge)
			}
			for _, batch := range []int{1, 3, 100} {
				store := storetest.NewMemory()
				_, err := ledger.Restore(t.Context(), store, 1, each(forged), &ledger.RestoreOptions{BatchMax: batch})
				require.ErrorIs(t, err, ledger.ErrRecordRejected)
				if f.err != nil {
					require.ErrorIs(t, err, f.err)
				}
				requireStopped(t, err, forged, f, batch)
				requireCommitted(t, err, store)
				_, err = ledger.Restore(t.Context(), store, 1, each(records), nil)
				if f.records == nil || err == nil { // else a record before the refused one was changed too
					require.NoError(t, err)
					require.Equal(t, want, tableOf(t, store), "the true records continue what was committed")
				}
			}
		})
	}
}

// requireStopped requires that the error says what is wrong where.
func requireStopped(t *testing.T, err error, forged [][]byte, f forgery, batch int) {
	t.Helper()
	var stopped *ledger.RestoreError
	require.ErrorAs(t, err, &stopped)
	require.Equal(t, int64(f.at), stopped.Seq, "%s", err)
	id, key := uuid.Nil, ""
	if record, failure := ledger.ParseRecord(forged[f.at-1]); failure == nil { // else its form gives it away
		id, key = record.ID, f.key
	}
	require.Equal(t, id, stopped.ID)
	require.Equal(t, key, stopped.Key, "%s", err)
	require.Less(t, stopped.Committed, stopped.Seq)
	if batch == 1 {
		require.Equal(t, stopped.Seq-1, stopped.Committed)
	}
	require.ErrorContains(t, err, f.says)
	if key != "" {
		require.NotEqual(t, stopped.Want, stopped.Found)
		require.ErrorContains(t, err, ": "+key+" is ")
	}
}

// requireCommitted requires that the store has what the error says and no more.
func requireCommitted(t *testing.T, err error, store ledger.Store) {
	t.Helper()
	var stopped *ledger.RestoreError
	require.ErrorAs(t, err, &stopped)
	head, err := store.Head(t.Context(), 1)
	if stopped.Committed == 0 {
		require.ErrorIs(t, err, ledger.ErrBookUnknown, "not even the book was created")
		return
	}
	require.NoError(t, err)
	require.Equal(t, stopped.Committed, head.Seq)
}
