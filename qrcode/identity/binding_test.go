package identity_test

import (
	"database/sql"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

func claim(guardian string, reg identity.Registration) identity.Claim {
	return identity.Claim{Guardian: guardian, School: school, Name: reg.Person.Name, StudentNo: reg.Person.StudentNo}
}

func bind(tb testing.TB, d *identity.Directory, guardian string, reg identity.Registration) {
	tb.Helper()
	found, err := d.Lookup(tb.Context(), claim(guardian, reg))
	require.NoError(tb, err)
	_, err = d.Bind(tb.Context(), guardian, found.Ticket)
	require.NoError(tb, err)
}

func TestLookupNeedsTwoMatchingFields(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, &identity.Options{LookupsMax: 100})
		number := enrol(t, directory, pupil(1), pupil(2))[0]
		person, other := pupil(1).Person, pupil(2).Person
		cases := map[string]struct {
			claim identity.Claim
			want  error
		}{
			"name and student number":        {identity.Claim{Name: person.Name, StudentNo: person.StudentNo}, nil},
			"name and id number":             {identity.Claim{Name: person.Name, IDNo: person.IDNo}, nil},
			"full-width and spaced spelling": {identity.Claim{Name: "　欧阳 小 丁 ", StudentNo: "２０２６９ ００００１"}, nil},
			"all three":                      {identity.Claim{Name: person.Name, StudentNo: person.StudentNo, IDNo: person.IDNo}, nil},
			"name of another child":          {identity.Claim{Name: other.Name, StudentNo: person.StudentNo}, identity.ErrNoMatch},
			"number of another child":        {identity.Claim{Name: person.Name, StudentNo: other.StudentNo}, identity.ErrNoMatch},
			"unknown number":                 {identity.Claim{Name: person.Name, StudentNo: "1"}, identity.ErrNoMatch},
			"a third field that is wrong":    {identity.Claim{Name: person.Name, StudentNo: person.StudentNo, IDNo: other.IDNo}, identity.ErrNoMatch},
			"name alone":                     {identity.Claim{Name: person.Name}, identity.ErrInvalid},
			"number alone":                   {identity.Claim{StudentNo: person.StudentNo}, identity.ErrInvalid},
		}
		for name, c := range cases {
			t.Run(name, func(t *testing.T) {
				c.claim.Guardian, c.claim.School = "guardian-1", school
				found, err := directory.Lookup(t.Context(), c.claim)
				require.ErrorIs(t, err, c.want)
				if c.want == nil {
					require.Equal(t, number, found.Holder.Number)
					require.Equal(t, "欧**丁", found.Holder.Name)
					require.Equal(t, "138****0001", found.Holder.Guardians[0].Phone)
				}
			})
		}
	})
}

func TestGuardianBindsOnceWithTheTicketOfTheLookup(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		clock := newClock()
		directory := open(t, db, &identity.Options{Now: clock.now})
		number := enrol(t, directory, pupil(1))[0]
		found, err := directory.Lookup(t.Context(), claim("mother", pupil(1)))
		require.NoError(t, err)

		_, err = directory.Bind(t.Context(), "stranger", found.Ticket)
		require.ErrorIs(t, err, identity.ErrTicket)
		_, err = directory.Bind(t.Context(), "mother", found.Ticket+"A")
		require.ErrorIs(t, err, identity.ErrTicket)
		require.ErrorIs(t, directory.CheckBinding(t.Context(), "mother", school, number), identity.ErrNotBound)

		for range 2 {
			masked, err := directory.Bind(t.Context(), "mother", found.Ticket)
			require.NoError(t, err)
			require.Equal(t, number, masked.Number)
		}
		require.NoError(t, directory.CheckBinding(t.Context(), "mother", school, number))
		bound, err := directory.Bindings(t.Context(), "mother")
		require.NoError(t, err)
		require.Len(t, bound, 1)
		require.Equal(t, number, bound[0].Holder.Number)
		require.Equal(t, clock.now(), bound[0].At)

		unbinding := identity.Unbinding{Guardian: "mother", School: school, Number: number, By: "office"}
		require.NoError(t, directory.Unbind(t.Context(), unbinding))
		require.ErrorIs(t, directory.Unbind(t.Context(), unbinding), identity.ErrNotBound)
		history, err := directory.History(t.Context(), school, number)
		require.NoError(t, err)
		require.Len(t, history, 2)
		require.Equal(t, "mother", history[0].By)
		require.Equal(t, "office", history[1].By)

		clock.add(11 * time.Minute)
		_, err = directory.Bind(t.Context(), "mother", found.Ticket)
		require.ErrorIs(t, err, identity.ErrTicket, "a ticket ends")
	})
}

func TestGuardiansOfAHolderAreLimitedUnderConcurrency(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, &identity.Options{GuardiansMax: 3})
		number := enrol(t, directory, pupil(1))[0]
		errs := make([]error, 8)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				guardian := fmt.Sprint("guardian-", i)
				found, err := directory.Lookup(t.Context(), claim(guardian, pupil(1)))
				if err == nil {
					_, err = directory.Bind(t.Context(), guardian, found.Ticket)
				}
				errs[i] = err
			})
		}
		wg.Wait()
		var bound int
		for _, err := range errs {
			if err == nil {
				bound++
			} else {
				require.ErrorIs(t, err, identity.ErrTooManyGuardians)
			}
		}
		require.Equal(t, 3, bound)
		guardians, err := directory.Guardians(t.Context(), school, number)
		require.NoError(t, err)
		require.Len(t, guardians, 3)
	})
}

func TestLookupsAreLimitedPerGuardianAndWindow(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		clock, keys := newClock(), newKeys(t)
		opts := &identity.Options{Now: clock.now, LookupsMax: 2, LookupWindow: time.Hour}
		directory, err := identity.New(t.Context(), db, keys, opts)
		require.NoError(t, err)
		enrol(t, directory, pupil(1))
		wrong := claim("guesser", pupil(1))
		wrong.Name = "张三"
		for range 2 {
			_, err = directory.Lookup(t.Context(), wrong)
			require.ErrorIs(t, err, identity.ErrNoMatch)
		}
		// The count is in the database: a restart does not forget it.
		directory, err = identity.New(t.Context(), db, keys, opts)
		require.NoError(t, err)
		_, err = directory.Lookup(t.Context(), claim("guesser", pupil(1)))
		var limit *identity.LookupLimitError
		require.ErrorAs(t, err, &limit)
		require.ErrorIs(t, err, identity.ErrLookupLimit)
		require.Equal(t, time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), limit.RetryAt)

		_, err = directory.Lookup(t.Context(), claim("somebody else", pupil(1)))
		require.NoError(t, err)
		clock.add(time.Hour)
		_, err = directory.Lookup(t.Context(), claim("guesser", pupil(1)))
		require.NoError(t, err)
	})
}
