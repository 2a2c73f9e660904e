package pgstore_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/pgstore"
	"github.com/campusledger/campusledger/sql/pgtest"
)

// newNumberedBook is newBook for one of many books.
func newNumberedBook(tb testing.TB, store ledger.Store, number ledger.BookID, wallets int) *ledger.Book {
	tb.Helper()
	book, err := ledger.Create(tb.Context(), store, number, ledger.Genesis{Name: "school", OpenDate: openDate}, nil)
	require.NoError(tb, err)
	_, err = book.OpenAccounts(tb.Context(), ledger.Opening{ID: ledger.NewID(), Accounts: []ledger.AccountSpec{
		{Path: "bank", Control: "1002", Side: ledger.DebitSide, Currency: cny(0).Currency()},
	}})
	require.NoError(tb, err)
	openWallets(tb, book, 1, wallets)
	return book
}

// Two hundred schools share a store with four connections, and one of them is
// busier than all the others: who waits for a connection gets the next one.
func TestTwoHundredBooksShareFourConnections(t *testing.T) {
	t.Parallel()
	const schools, each, busyCallers = 200, 20, 64
	store := pgstore.New(newPool(t, func(config *pgxpool.Config) { config.MaxConns = 4 }), nil)
	books := make([]*ledger.Book, schools)
	var opening errgroup.Group
	opening.SetLimit(4)
	for i := range books {
		opening.Go(func() error { books[i] = newNumberedBook(t, store, ledger.BookID(i+1), 1); return nil })
	}
	require.NoError(t, opening.Wait())

	ctx, stop := context.WithCancel(t.Context())
	busy := keepBusy(ctx, books[0], busyCallers)
	posted := make([]atomic.Int64, schools)
	least := int64(each) // that a school had posted when the first one was done
	var once sync.Once
	var all errgroup.Group
	begin := make(chan struct{})
	for i, book := range books[1:] {
		all.Go(func() error {
			<-begin
			for range each {
				if _, err := book.Post(t.Context(), topUp("w/1", 1)); err != nil {
					return err
				}
				posted[i+1].Add(1)
			}
			once.Do(func() {
				for i := range posted[1:] {
					least = min(least, posted[i+1].Load())
				}
			})
			return nil
		})
	}
	close(begin)
	require.NoError(t, all.Wait())
	stop()
	busyRecords := <-busy
	require.Greater(t, busyRecords, int64(each*busyCallers/4), "the busy school got its turns too")
	require.GreaterOrEqual(t, least, int64(each/4), "no school starves")
	for i := 1; i < schools; i += 40 {
		requireClean(t, store, ledger.BookID(i+1), 3+each)
	}
	requireClean(t, store, 1, 3+busyRecords)
}

// keepBusy posts until the context ends, and then says how many payments stand.
func keepBusy(ctx context.Context, book *ledger.Book, callers int) <-chan int64 {
	done := make(chan int64)
	go func() {
		var waiting sync.WaitGroup
		for range callers {
			waiting.Go(func() {
				for ctx.Err() == nil {
					_, _ = book.Post(context.WithoutCancel(ctx), topUp("w/1", 1))
				}
			})
		}
		waiting.Wait()
		head, _ := book.Head(context.WithoutCancel(ctx))
		done <- head.Seq - 3
	}()
	return done
}

func requireClean(t *testing.T, store ledger.Store, number ledger.BookID, records int64) {
	t.Helper()
	report, err := audit.Run(t.Context(), store, number, nil)
	require.NoError(t, err)
	require.Empty(t, report.Findings, "book %d", number)
	require.Equal(t, records, report.Records, "book %d", number)
}

const (
	// posterVariable makes the test binary a server that posts to the
	// database at the address; posterNumberVariable is which of them.
	posterVariable       = "CAMPUSLEDGER_TEST_POSTER"
	posterNumberVariable = "CAMPUSLEDGER_TEST_POSTER_NUMBER"
	posters              = 3
	posterCallers        = 8
	posterShared         = 240 // payments of each server to the book of all
	posterSame           = 120 // payments with ids that all servers use
	posterOwn            = 80  // payments of each server to each of the other books
)

// TestPosterProcess is no test but a server of the next one.
func TestPosterProcess(t *testing.T) {
	address := os.Getenv(posterVariable)
	if address == "" {
		t.Skip("runs as the process of TestThreeServersPostToTheSameAndToDifferentBooks")
	}
	number, err := strconv.Atoi(os.Getenv(posterNumberVariable))
	require.NoError(t, err)
	pool, err := pgxpool.New(t.Context(), address)
	require.NoError(t, err)
	defer pool.Close()
	store := pgstore.New(pool, nil)
	books := make([]*ledger.Book, posters+1)
	for i := range books {
		books[i], err = ledger.Open(t.Context(), store, bookID+ledger.BookID(i), nil)
		require.NoError(t, err)
	}
	fmt.Println("ready")
	_, err = bufio.NewReader(os.Stdin).ReadString('\n') // all begin together
	require.NoError(t, err)

	var replayed atomic.Int64
	var all errgroup.Group
	for caller := range posterCallers {
		all.Go(func() error {
			for i := caller; i < posterShared; i += posterCallers {
				payment := numberedPayment(fmt.Sprintf("from.%d", number), i)
				if _, err := books[0].Post(t.Context(), payment); err != nil {
					return err
				}
				if i >= posterSame {
					continue
				}
				receipt, err := books[0].Post(t.Context(), numberedPayment("from.all", i))
				if err != nil {
					return err
				}
				if receipt.Replayed {
					replayed.Add(1)
				}
			}
			for i := caller; i < posterOwn; i += posterCallers {
				for n := range posters { // its own book first
					if _, err := books[1+(number+n)%posters].Post(t.Context(), numberedPayment(fmt.Sprintf("from.%d", number), i)); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	require.NoError(t, all.Wait())
	fmt.Println("replayed", replayed.Load())
}

func numberedPayment(kind string, i int) ledger.Transaction {
	payment := topUp("w/1", 1)
	payment.ID, payment.Kind = ledger.KeyID(kind, strconv.Itoa(i)), kind
	return payment
}

// poster is a running [TestPosterProcess].
type poster struct {
	cmd    *exec.Cmd
	start  io.Writer
	output *bufio.Scanner
}

func startPoster(t *testing.T, address string, number int) *poster {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestPosterProcess$", "-test.v")
	cmd.Env = append(os.Environ(), posterVariable+"="+address, posterNumberVariable+"="+strconv.Itoa(number))
	input, err := cmd.StdinPipe()
	require.NoError(t, err)
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	return &poster{cmd: cmd, start: input, output: bufio.NewScanner(output)}
}

// says reads until a line begins so, and returns the rest of it.
func (p *poster) says(t *testing.T, beginning string) string {
	t.Helper()
	var all []string
	for p.output.Scan() {
		if rest, is := strings.CutPrefix(p.output.Text(), beginning); is {
			return strings.TrimSpace(rest)
		}
		all = append(all, p.output.Text())
	}
	require.Fail(t, "the server has ended", "%s", strings.Join(all, "\n"))
	return ""
}

func TestThreeServersPostToTheSameAndToDifferentBooks(t *testing.T) {
	t.Parallel()
	address := pgtest.URL(t)
	store := pgstore.New(openPool(t, address, nil), nil)
	for i := range ledger.BookID(posters + 1) {
		newNumberedBook(t, store, bookID+i, 1)
	}
	servers := make([]*poster, posters)
	for i := range servers {
		servers[i] = startPoster(t, address, i)
	}
	for _, server := range servers {
		server.says(t, "ready")
	}
	for _, server := range servers {
		_, err := fmt.Fprintln(server.start)
		require.NoError(t, err)
	}
	replays := 0
	for _, server := range servers {
		n, err := strconv.Atoi(server.says(t, "replayed"))
		require.NoError(t, err)
		replays += n
		for server.output.Scan() { // to the end
		}
		require.NoError(t, server.cmd.Wait())
	}

	require.Equal(t, (posters-1)*posterSame, replays, "each of the same ids was recorded for one server and replayed to the others")
	requireClean(t, store, bookID, 3+posters*posterShared+posterSame)
	kinds := kindsOf(t, store, bookID)
	counts := map[string]int{}
	changes := 0
	for i, kind := range kinds {
		counts[kind]++
		if i > 0 && kind != kinds[i-1] {
			changes++
		}
	}
	require.Equal(t, posterSame, counts["from.all"])
	for i := range posters {
		require.Equal(t, posterShared, counts[fmt.Sprintf("from.%d", i)], "of server %d", i)
		requireClean(t, store, bookID+1+ledger.BookID(i), 3+posters*posterOwn)
	}
	require.Greater(t, changes, 2*posters, "they posted at the same time")
}

// kindsOf returns the kinds of the payments in the order of the journal.
func kindsOf(t *testing.T, store ledger.Store, number ledger.BookID) []string {
	t.Helper()
	var kinds []string
	for _, record := range list(t, store.Records(t.Context(), number, ledger.RecordQuery{})) {
		parsed, err := ledger.ParseRecord(record.Body)
		require.NoError(t, err)
		kinds = append(kinds, parsed.Kind)
	}
	return slices.DeleteFunc(kinds, func(kind string) bool { return !strings.HasPrefix(kind, "from.") })
}
