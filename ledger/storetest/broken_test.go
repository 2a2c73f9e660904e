package storetest_test

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/storetest"
)

// brokenVariable makes a child of TestBrokenStoresAreCaught run a clause.
const brokenVariable = "CAMPUSLEDGER_TEST_BROKEN_STORE"

// brokenStores are stores with one fault each, and the clause that must find it.
var brokenStores = map[string]struct {
	theme, clause string
	wrap          func(ledger.Store) ledger.Store
}{
	// brokenlock_test.go
	"writes without a lock":             {"concurrency", "a second lock of a book waits for the first", unlocked},
	"loses updates":                     {"concurrency", "no update of a hot account is lost", stale},
	"forgets ids":                       {"idempotency", "the same transaction again is answered with the first record", forgetful},
	"forgets floors":                    {"concurrency", "a wallet with money for twenty pays twenty times", bottomless},
	"forgets which accounts were moved": {"day close", "a balance at a closed date is what it was then", untouched},
	"hands out its own memory":          {"memory", "changing a snapshot changes nothing else", sharing},
	"forgets what is held":              {"holds", "a hold lowers what is available and not the balance", unheld},
	"forgets a hold's captures":         {"faults of holds", "capture above the hold", uncaptured},
	"forgets refunds":                   {"refunds", "forty refunds at once return what was paid and no more", unrefunded},
	"forgets uses of limits":            {"limits", "a daily cap for ten payments lets ten of forty through", unused},
	"forgets the chart":                 {"chart", "an account without a family is not opened", uncharted},
	"forgets what lies ahead":           {"reopened dates", "what was posted on the later date is no part of the new closing", shortSighted},
	// brokencommit_test.go
	"acknowledges and does not write":       {"journal", "what Commit returned from is there to read", forgetting},
	"writes half of a refused commit":       {"atomicity", "a milestone written twice undoes the whole commit", halfway},
	"writes totals without their record":    {"journal", "what Commit returned from is there to read", recordless},
	"keeps what was committed":              {"memory", "changing what was committed changes nothing written", keeping},
	"rounds times to seconds":               {"holds", "a hold reads as it stands", rounding},
	"keeps a released hold open":            {"faults of holds", "late payment after void", unreleased},
	"keeps the closings of a reopened date": {"reopened dates", "a reopened date takes transactions and is closed anew", unopened},
	"loses metadata":                        {"particulars", "an account keeps its metadata and its limits", undescribed},
	"loses changes of accounts":             {"limits", "a transaction takes no more than its limit", unchanged},
	// brokenread_test.go
	"answers another tree":                   {"journal", "the head's tree is that of the bodies", oldTree},
	"reads other books":                      {"isolation", "the same paths and ids in two books are different things", leaking},
	"reads accounts in any order":            {"reading", "accounts come in byte order whatever the locale", unordered},
	"takes a prefix for no limit":            {"reading", "a prefix is no pattern", unlimited},
	"views whatever is there":                {"view", "a view does not see what is posted after it began", shifting},
	"skips a sequence number":                {"journal", "records are read in order from any position", skipping},
	"takes a floor for none":                 {"extremes", "bounds may be anywhere within int64", floorless},
	"lists other control accounts":           {"particulars", "accounts are listed by control account, state and balance", uncontrolled},
	"takes any balance for one in the range": {"particulars", "accounts are listed by control account, state and balance", unranged},
	"delivers records out of order":          {"feed", "a follower that was away catches up in order, page after page", disordered},
	"drops a record between pages":           {"feed", "a follower that was away catches up in order, page after page", lossy},
	"expires what has ended":                 {"holds", "holds are read in the order of their authorization", overdue},
	"moves a cursor wherever it stands":      {"feed", "a cursor is moved only from where it stands", careless},
	"shares cursors between books":           {"feed", "cursors are each book's and each consumer's own", sharedCursors},
	// brokenmoves_test.go
	"forgets the last move":                  {"moves", "an account knows its last move and how many there were", unmoved},
	"forgets how many moves there were":      {"moves", "an account knows its last move and how many there were", uncounted},
	"loses milestones":                       {"rows", "every 64th record that moved an account is a milestone", trackless},
	"finds no moves":                         {"statement", "an entry has its record's particulars", moveless},
	"misses the oldest move":                 {"balance", "entries carry the running balance, also of an account posted twice in one record", dropping},
	"forgets where in a record a page ended": {"statement", "a page may end within a record", pageless},
	"hands out the records of its chains":    {"memory", "changing a record that was read changes nothing else", sharingMoves},
	"walks past the position":                {"moves", "records that moved an account are read between two positions, newest first", walking(walk{past: true})},
	"yields what it only passed":             {"moves", "records that moved an account are read between two positions, newest first", walking(walk{passed: true})},
	"walks from the milestone before":        {"moves", "a long chain reads alike from every position", walking(walk{wrong: true})},
	"walks from any account's milestone":     {"moves", "a long chain reads alike from every position", walking(walk{anyone: true})},
	"counts what it only passed":             {"moves", "a long chain reads alike from every position", walking(walk{miscounts: true})},
	"stops at the next milestone":            {"moves", "a long chain reads alike from every position", walking(walk{short: true})},
	"follows the first line's chain":         {"moves", "a long chain reads alike from every position", walking(walk{first: true})},
	"starts where the account was touched":   {"moves", "what did not move an account is no part of its chain", walking(walk{touched: true})},
	"walks in another book":                  {"moves", "moves are each book's own", walking(walk{elsewhere: true})},
	"walks on in a view":                     {"moves", "a view's chain does not grow", walking(walk{present: true})},
	"walks with an ended context":            {"cancellation", "a stream whose context has ended stops with its error", walking(walk{tireless: true})},
	// brokenparts_test.go
	"writes a part as soon as it has it":         {"parts", "a batch that fails in the end leaves nothing of its parts", hasteful},
	"leaves accounts as the first part had them": {"parts", "a batch comes to what its requests come to one by one", partial},
	"takes any id in a part":                     {"parts", "an id that was used before undoes the parts, and is a replay", trusting},
	// brokenproof_test.go
	"forgets nodes":                           {"trees", "every 256 records of the journal are a node", nodeless},
	"writes another hash":                     {"trees", "every 256 records of the journal are a node", misheard},
	"takes a node twice":                      {"trees", "a node written twice undoes the whole commit", tolerant},
	"keeps the nodes of a commit that failed": {"trees", "a commit that is undone leaves no node", premature},
	"mixes trees":                             {"trees", "every level of every tree is kept by itself", oneTree},
	"mixes levels":                            {"trees", "every level of every tree is kept by itself", oneLevel},
	"yields nodes up to the last only":        {"trees", "nodes are read from a number to a number", halfOpen},
	"yields nodes in any order":               {"trees", "nodes are read from a number to a number", shuffled},
	"yields leaves":                           {"trees", "leaves are no nodes", leafy},
	"miscounts nodes":                         {"trees", "nodes are read from a number to a number", shifted},
	"shares nodes between books":              {"trees", "nodes are each book's own", sharedNodes},
	"forgets accounts that rest":              {"balances of a close", "a close commits to the closings of all accounts, with movement or without", restless},
	"closes with what lies ahead":             {"balances of a close", "what is posted ahead of a reopened date is no part of its balances", shortSighted},
	"deletes the nodes of a reopened close":   {"balances of a close", "a date that is closed anew has balances anew, and the old nodes stay", cleaning},
	"takes any number for one in the range":   {"balances of a close", "closings are selected by the numbers of their accounts", unnumbered},
	"loses the numbers of closings":           {"balances of a close", "closings are selected by the numbers of their accounts", numberless},
	"loses seals":                             {"seals", "a seal is kept byte for byte", unsealed},
	"trims seals":                             {"seals", "a seal is kept byte for byte", trimming},
	"keeps the first seal":                    {"seals", "a seal takes the place of the one at its position", firstSeal},
	"seals whatever book":                     {"seals", "no seal is kept of a book that is unknown", hospitable},
	"shares seals between books":              {"seals", "seals are each book's own", sharedSeals},
	"yields all seals after any position":     {"seals", "seals are read in order after a position", allSeals},
	"forgets an account's row":                {"rows", "rows say what the readings in order say", fewAccounts},
	"yields not all milestones":               {"rows", "rows say what the readings in order say", fewMilestones},
	"forgets closings":                        {"rows", "rows say what the readings in order say", fewClosings},
	"yields ids in the order of the journal":  {"rows", "ids are read in the order of their bytes", unsortedIDs},
	"forgets consumers":                       {"rows", "consumers are read where they stand", consumerless},
	"views whatever rows are there":           {"rows", "a view sees no row that is written after it began", shiftingRows},
	"reads rows whose context has ended":      {"rows", "a stream of rows whose context has ended stops with its error", tireless},
}

// A contract that no store can fail is worth nothing. Each broken store runs
// in a process of its own, where its tests fail.
func TestBrokenStoresAreCaught(t *testing.T) {
	if name := os.Getenv(brokenVariable); name != "" {
		storetest.Run(t, func(testing.TB) ledger.Store { return brokenStores[name].wrap(storetest.NewMemory()) })
		return
	}
	t.Parallel()
	for name, broken := range brokenStores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			theme, clause := subtest(broken.theme), subtest(broken.clause)
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.timeout=60s",
				"-test.run=^TestBrokenStoresAreCaught$/^"+regexp.QuoteMeta(theme)+"$/^"+regexp.QuoteMeta(clause)+"$")
			child.Env = append(os.Environ(), brokenVariable+"="+name)
			output, err := child.CombinedOutput()
			var failure *exec.ExitError
			require.ErrorAs(t, err, &failure, "the contract takes it for a store:\n%s", output)
			require.Contains(t, string(output), "--- FAIL: TestBrokenStoresAreCaught/"+theme+"/"+clause, "it failed elsewhere")
		})
	}
}

// subtest is the name that package testing gives to a subtest.
func subtest(name string) string { return strings.ReplaceAll(name, " ", "_") }

// altered is a store with its parts replaced; nil ones are sound.
type altered struct {
	ledger.Store
	snapshot func(ledger.BookID, *ledger.Snapshot)
	commit   func(context.Context, ledger.Locked, ledger.Changes) error
}

func (a *altered) Lock(ctx context.Context, book ledger.BookID, need ledger.Need) (ledger.Locked, error) {
	locked, err := a.Store.Lock(ctx, book, need)
	if err != nil {
		return nil, err
	}
	snapshot := locked.Snapshot()
	if a.snapshot != nil {
		a.snapshot(book, &snapshot)
	}
	return &alteredLocked{locked, a, snapshot}, nil
}

type alteredLocked struct {
	ledger.Locked
	store *altered
	read  ledger.Snapshot
}

func (l *alteredLocked) Snapshot() ledger.Snapshot { return l.read }

func (l *alteredLocked) Commit(ctx context.Context, changes ledger.Changes) error {
	if l.store.commit == nil {
		return l.Locked.Commit(ctx, changes)
	}
	return l.store.commit(ctx, l.Locked, changes)
}
