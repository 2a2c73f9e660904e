package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger/storetest/load"
)

// httpWorkload is measured from outside: what package load does, callers do to
// the book, and what this one does, tills do to a server.
var httpWorkload = load.Workload{
	Name: "http", Unit: "payments",
	About: "sales of two dishes to scanned cards by POST /v1/sales, each caller on a connection of its own to a server in a process of its own",
}

// site is a plot on which a school is built.
type site struct {
	where school.Location
	// meter reads the meters of the process that writes to it.
	meter func(ctx context.Context, process int) (meters, error)
	close func() error
}

// overHTTP measures once on a new school. The floor is as many callers who post
// the same transactions to the book themselves, afterwards and for as long.
func (b *bench) overHTTP(ctx context.Context, callers int) (row benchRow, err error) {
	site, err := b.ground.newSite(ctx)
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, site.close()) }()
	canteen, err := furnish(ctx, site.where, b.Wallets)
	if err != nil {
		return row, fmt.Errorf("prepare a school: %w", err)
	}
	row, sold, err := b.sell(ctx, site, canteen, callers)
	if err == nil {
		err = b.compare(ctx, site, canteen, sold, &row)
	}
	return row, err
}

// sell measures a server from its first answer to its last.
func (b *bench) sell(ctx context.Context, site *site, canteen *benchCanteen, callers int) (row benchRow, sold []uuid.UUID, err error) {
	server, err := startBenchServer(ctx, site.where, b.profileOfServer(callers))
	if err != nil {
		return row, nil, err
	}
	defer func() { err = errors.Join(err, server.stop()) }()
	tills, err := connectTills(ctx, server, canteen, callers)
	if err != nil {
		return row, nil, err
	}
	defer tills.close()
	before, err := server.meter(ctx, site)
	if err != nil {
		return row, nil, err
	}
	run, err := tills.run(ctx, b.Duration)
	if err != nil {
		return row, nil, err
	}
	after, err := server.meter(ctx, site)
	if err != nil {
		return row, nil, err
	}
	run.Mallocs, run.Allocated = after.mallocs-before.mallocs, after.allocated-before.allocated
	row = newBenchRow(b.ground, b.workload, callers, run)
	row.used(after.since(&before.meters), run.Count)
	serving := float64((after.serving - before.serving).Microseconds()) / float64(run.Count)
	row.ServingCPU = &serving
	return row, tills.sold(), nil
}

// compare opens the school that was served: every sale that was acknowledged
// must be in its journal and nothing else, and the book is loaded directly.
func (b *bench) compare(ctx context.Context, site *site, canteen *benchCanteen, sold []uuid.UUID, row *benchRow) (err error) {
	opened, err := school.Open(ctx, site.where, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	if err := checkJournaled(ctx, opened, canteen.before, sold); err != nil {
		return err
	}
	sale, err := opened.Book.RecordAt(ctx, canteen.before+1)
	if err != nil {
		return err
	}
	row.DocumentBytes = len(sale.Document)
	meter := func(ctx context.Context) (meters, error) { return site.meter(ctx, 0) }
	posted, used, err := metered(ctx, meter, func() (load.Beside, error) {
		return canteen.post(ctx, opened, sale.Document, row.Callers, b.Duration)
	})
	if err != nil {
		return fmt.Errorf("post the same payments: %w", err)
	}
	row.beside(&posted, &used)
	return nil
}

// checkJournaled compares what was acknowledged with what is in the journal.
func checkJournaled(ctx context.Context, opened *school.School, after int64, sold []uuid.UUID) error {
	var journaled []uuid.UUID
	for record, err := range opened.Book.Records(ctx, after) {
		if err != nil {
			return err
		}
		journaled = append(journaled, record.ID)
	}
	byBytes := func(x, y uuid.UUID) int { return slices.Compare(x[:], y[:]) }
	slices.SortFunc(journaled, byBytes)
	sold = slices.Clone(sold)
	slices.SortFunc(sold, byBytes)
	if !slices.Equal(journaled, sold) {
		return fmt.Errorf("%d payments were acknowledged, %d records are in the journal, and they are not the same", len(sold), len(journaled))
	}
	return nil
}

// profileOfServer names the file for the profile of the server, "" for none.
func (b *bench) profileOfServer(callers int) string {
	if b.Profiles == "" {
		return ""
	}
	return b.profileName(callers)
}

// newRun makes a run of what callers measured.
func newRun(took time.Duration, latencies [][]time.Duration) *load.Run {
	all := slices.Concat(latencies...)
	slices.Sort(all)
	return &load.Run{Count: int64(len(all)), Took: took, Latencies: all}
}

// processName is how /proc calls a process, 0 for this one.
func processName(id int) string {
	if id == 0 {
		return "self"
	}
	return strconv.Itoa(id)
}
