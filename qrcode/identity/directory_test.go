package identity_test

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

const school = 102

// clock is a time that only the test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 9, 1, 7, 30, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func newKeys(tb testing.TB) *identity.Keys {
	tb.Helper()
	keys, err := identity.NewKeys()
	require.NoError(tb, err)
	return keys
}

func open(tb testing.TB, db *sql.DB, opts *identity.Options) *identity.Directory {
	tb.Helper()
	directory, err := identity.New(context.Background(), db, newKeys(tb), opts)
	require.NoError(tb, err)
	return directory
}

// pupil is the i-th invented child.
func pupil(i int) identity.Registration {
	return identity.Registration{
		Person: identity.Person{
			Name: fmt.Sprintf("欧阳小%c", '一'+rune(i)), StudentNo: fmt.Sprintf("20269%05d", i),
			IDNo: fmt.Sprintf("35019920130%07d", i), RegistryNo: fmt.Sprintf("G35019920130%07d", i),
			Guardians: []identity.Contact{{Name: "欧阳建国", Relation: "父亲", Phone: fmt.Sprintf("138%08d", i)}},
		},
		Grade: "初一", Class: "3班",
	}
}

// enrol creates active holders and returns their numbers.
func enrol(tb testing.TB, d *identity.Directory, people ...identity.Registration) []identity.Number {
	tb.Helper()
	results, err := d.Upsert(tb.Context(), school, people)
	require.NoError(tb, err)
	numbers := make([]identity.Number, 0, len(results))
	for _, r := range results {
		numbers = append(numbers, r.Number)
	}
	require.NoError(tb, d.Activate(tb.Context(), school, numbers))
	return numbers
}

func TestUpsertTellsWhatItDid(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, nil)
		first, err := directory.Upsert(t.Context(), school, []identity.Registration{pupil(1), pupil(2)})
		require.NoError(t, err)
		require.Equal(t, identity.Created, first[0].Outcome)
		require.Equal(t, identity.Opening, first[0].Status)
		require.NotEqual(t, first[0].Number, first[1].Number)
		before, err := directory.Holder(t.Context(), school, first[1].Number)
		require.NoError(t, err)

		moved := pupil(1)
		moved.Class = "4班"
		second, err := directory.Upsert(t.Context(), school, []identity.Registration{moved, pupil(2), pupil(3)})
		require.NoError(t, err)
		require.Equal(t, identity.Updated, second[0].Outcome)
		require.Equal(t, identity.Unchanged, second[1].Outcome)
		require.Equal(t, identity.Created, second[2].Outcome)
		require.Equal(t, first[0].Number, second[0].Number)

		got, err := directory.HolderByStudentNo(t.Context(), school, "２０２６９００００１")
		require.NoError(t, err)
		require.Equal(t, moved.Person, got.Person)
		require.Equal(t, "4班", got.Class)
		after, err := directory.Holder(t.Context(), school, first[1].Number)
		require.NoError(t, err)
		require.Equal(t, before, after)
	})
}

func TestUpsertWritesNothingOfAnInvalidBatch(t *testing.T) {
	t.Parallel()
	directory := open(t, domaintest.SQLite(t), nil)
	nameless := pupil(2)
	nameless.Person.Name = "　 "
	_, err := directory.Upsert(t.Context(), school, []identity.Registration{pupil(1), nameless})
	var invalid *identity.InvalidError
	require.ErrorAs(t, err, &invalid)
	require.ErrorIs(t, err, identity.ErrInvalid)
	require.Equal(t, "Name", invalid.Field)
	require.Equal(t, 1, invalid.Index)
	_, err = directory.HolderByStudentNo(t.Context(), school, pupil(1).Person.StudentNo)
	require.ErrorIs(t, err, identity.ErrUnknownHolder)
	_, err = directory.Upsert(t.Context(), 100_000, []identity.Registration{pupil(1)})
	require.ErrorIs(t, err, identity.ErrInvalid)
}

func TestConcurrentImportsCreateEachHolderOnce(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, nil)
		people := []identity.Registration{pupil(1), pupil(2), pupil(3)}
		results := make([][]identity.Upserted, 8)
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() { results[i], errs[i] = directory.Upsert(t.Context(), school, people) })
		}
		wg.Wait()
		var created int
		for i := range results {
			require.NoError(t, errs[i])
			for j := range people {
				require.Equal(t, results[0][j].Number, results[i][j].Number)
				if results[i][j].Outcome == identity.Created {
					created++
				}
			}
		}
		require.Equal(t, len(people), created)
	})
}

func TestHolderLeavesAndIsErased(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, nil)
		number := enrol(t, directory, pupil(1))[0]
		_, err := directory.IssueCards(t.Context(), school, []identity.Number{number}, "office")
		require.NoError(t, err)
		require.ErrorIs(t, directory.Erase(t.Context(), school, number, "office"), identity.ErrHolderPresent)
		require.NoError(t, directory.Leave(t.Context(), school, number, "office"))
		require.NoError(t, directory.Leave(t.Context(), school, number, "office"))
		_, err = directory.CheckCard(t.Context(), school, number, 1)
		require.ErrorIs(t, err, identity.ErrHolderLeft)

		back, err := directory.Upsert(t.Context(), school, []identity.Registration{pupil(1)})
		require.NoError(t, err)
		require.Equal(t, identity.Upserted{Number: number, Outcome: identity.Updated, Status: identity.Opening}, back[0])

		require.NoError(t, directory.Leave(t.Context(), school, number, "office"))
		require.NoError(t, directory.Erase(t.Context(), school, number, "office"))
		_, err = directory.HolderByStudentNo(t.Context(), school, pupil(1).Person.StudentNo)
		require.ErrorIs(t, err, identity.ErrUnknownHolder)
		erased, err := directory.Holder(t.Context(), school, number)
		require.NoError(t, err)
		require.Equal(t, identity.Person{}, erased.Person)
	})
}

func TestPagesListEveryHolderOnceAndMasked(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, nil)
		var people []identity.Registration
		for i := range 25 {
			p := pupil(i)
			if i%5 == 0 {
				p.Grade = "高三"
			}
			people = append(people, p)
		}
		enrol(t, directory, people...)
		seen := map[identity.Number]bool{}
		filter := identity.Filter{School: school, Grade: "初一", Status: identity.Active, Limit: 8}
		for pages := 0; ; pages++ {
			page, err := directory.Page(t.Context(), filter)
			require.NoError(t, err)
			for _, h := range page.Holders {
				require.False(t, seen[h.Number])
				seen[h.Number] = true
				require.Regexp(t, `^欧\*\*\p{Han}$`, h.Name)
				require.Regexp(t, `^\*{6}\d{4}$`, h.StudentNo)
			}
			if filter.Cursor = page.Next; filter.Cursor == "" {
				require.Equal(t, 2, pages)
				break
			}
		}
		require.Len(t, seen, 20)

		var all int
		for holder, err := range directory.Holders(t.Context(), identity.Filter{School: school, Limit: 7}) {
			require.NoError(t, err)
			require.NotContains(t, holder.Person.Name, "*")
			all++
		}
		require.Equal(t, 25, all)
		_, err := directory.Page(t.Context(), identity.Filter{School: school, Cursor: "nonsense"})
		require.ErrorIs(t, err, identity.ErrCursor)
	})
}
