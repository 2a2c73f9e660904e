package school_test

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/ledger/sqlitestore"
)

// reopen opens the school, tells how its book stands, and closes it again.
func reopen(t *testing.T, where school.Location, chart *campus.Options) (head ledger.Head, families []ledger.Family) {
	t.Helper()
	s, err := school.Open(t.Context(), where, &school.Options{OpenDate: ledger.DateOf(2026, 9, 1), Chart: chart})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	head, err = s.Book.Head(t.Context())
	require.NoError(t, err)
	families, err = s.Book.Chart(t.Context())
	require.NoError(t, err)
	return head, families
}

func TestTheBookHasTheSchoolsChart(t *testing.T) {
	t.Parallel()
	standard, err := campus.New(nil)
	require.NoError(t, err)
	options := &campus.Options{Controls: map[campus.Family]string{campus.FamilyWallet: "2305"}}
	own, err := campus.New(options)
	require.NoError(t, err)
	where := school.Location{Dir: t.TempDir()}

	first, families := reopen(t, where, nil)
	require.Equal(t, standard.Families(), families)
	again, _ := reopen(t, where, &campus.Options{})
	require.Equal(t, first, again, "the same chart is not written twice")

	changed, families := reopen(t, where, options)
	require.Equal(t, first.Seq+1, changed.Seq)
	require.Equal(t, own.Families(), families)
	kept, families := reopen(t, where, nil)
	require.Equal(t, changed, kept, "a command without a configuration leaves it")
	require.Equal(t, own.Families(), families)

	back, families := reopen(t, where, &campus.Options{})
	require.Equal(t, changed.Seq+1, back.Seq)
	require.Equal(t, standard.Families(), families)
}

func TestNoAccountIsOpenedOutsideTheChart(t *testing.T) {
	t.Parallel()
	s := open(t, school.Location{Dir: t.TempDir()})
	err := campus.Ensure(t.Context(), s.Book, "office", ledger.AccountSpec{
		Path: "pocket/h1", Control: "2307", Side: ledger.CreditSide, Currency: s.Chart.Currency(),
	})
	require.ErrorIs(t, err, ledger.ErrFamilyUnknown)
	require.NoError(t, s.OpenHolders(t.Context(), []string{"h1"}))
}

// A book from before charts has its accounts already; they stay as they are.
func TestAnOlderBookIsGivenTheChart(t *testing.T) {
	t.Parallel()
	where := school.Location{Dir: t.TempDir()}
	store, err := sqlitestore.Open(t.Context(), filepath.Join(where.Dir, "ledger.db"), nil)
	require.NoError(t, err)
	book, err := ledger.Create(t.Context(), store, 1, ledger.Genesis{Name: "学校", OpenDate: ledger.DateOf(2026, 9, 1)}, nil)
	require.NoError(t, err)
	chart, err := campus.New(nil)
	require.NoError(t, err)
	odd := ledger.AccountSpec{Path: "pocket/h1", Control: "2307", Side: ledger.CreditSide, Currency: chart.Currency()}
	require.NoError(t, campus.Ensure(t.Context(), book, "system", chart.Treasury(school.MainBank, school.MainDesk)...))
	require.NoError(t, campus.Ensure(t.Context(), book, "system", odd))
	require.NoError(t, store.Close())

	s := open(t, where)
	account, err := s.Book.Account(t.Context(), odd.Path)
	require.NoError(t, err)
	require.Equal(t, odd.Control, account.Control)
	families, err := s.Book.Chart(t.Context())
	require.NoError(t, err)
	require.Equal(t, chart.Families(), families)
}
