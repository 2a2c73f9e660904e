package identity_test

import (
	"database/sql"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/qrcode/identity"
	"github.com/campusledger/campusledger/sql/domaindb/domaintest"
)

// dump is every value of every table this package writes, as raw text.
func dump(tb testing.TB, db *sql.DB) string {
	tb.Helper()
	var all strings.Builder
	for _, table := range []string{"keyring", "school_counter", "holder", "holder_event", "binding", "lookup_count"} {
		rows, err := db.QueryContext(tb.Context(), "select * from "+table)
		require.NoError(tb, err)
		dumpRows(tb, &all, rows)
	}
	return all.String()
}

func dumpRows(tb testing.TB, all *strings.Builder, rows *sql.Rows) {
	tb.Helper()
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	require.NoError(tb, err)
	values := make([]sql.RawBytes, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	for rows.Next() {
		require.NoError(tb, rows.Scan(targets...))
		for _, v := range values {
			all.Write(v)
			all.WriteByte('\n')
		}
	}
	require.NoError(tb, rows.Err())
}

func TestDatabaseHoldsNoPersonalDataInTheClear(t *testing.T) {
	t.Parallel()
	domaintest.Each(t, func(t *testing.T, db *sql.DB) {
		directory := open(t, db, nil)
		number := enrol(t, directory, pupil(7))[0]
		guardian := "13912345678"
		bind(t, directory, guardian, pupil(7))
		_, err := directory.IssueCards(t.Context(), school, []identity.Number{number}, "teacher 王老师")
		require.NoError(t, err)

		all := dump(t, db)
		require.Contains(t, all, "3班", "the dump reads what is plain")
		require.Contains(t, all, fmt.Sprint(int64(number)))
		person := pupil(7).Person
		for _, secret := range []string{
			person.Name, person.StudentNo, person.IDNo, person.RegistryNo, person.Guardians[0].Name,
			person.Guardians[0].Phone, person.Guardians[0].Relation, guardian, "王老师",
		} {
			require.NotContains(t, all, secret)
		}
	})
}

func TestPrintingAndLoggingAPersonShowsTheMaskedForm(t *testing.T) {
	t.Parallel()
	holder := &identity.Holder{Person: pupil(1).Person}
	var log strings.Builder
	slog.New(slog.NewJSONHandler(&log, nil)).Info("seen", "person", holder.Person, "guardian", holder.Person.Guardians[0])
	for _, text := range []string{fmt.Sprintf("%v %+v %#v", holder, *holder, *holder), log.String()} {
		require.Contains(t, text, "欧**")
		require.NotContains(t, text, holder.Person.Name)
		require.NotContains(t, text, holder.Person.StudentNo)
		require.NotContains(t, text, holder.Person.Guardians[0].Phone)
	}
}

func TestMasks(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"": "", "张": "*", "张三": "张*", "张小三": "张*三", "欧阳小三": "欧**三"} {
		require.Equal(t, want, identity.MaskName(name))
	}
	require.Equal(t, "3501**********1234", identity.MaskIDNo("350100201301011234"))
	require.Equal(t, "138****1234", identity.MaskPhone("13800001234"))
	require.Equal(t, "******0001", identity.MaskNumber("2026000001"))
	require.Equal(t, "****", identity.MaskNumber("1234"), "a short number is hidden entirely")
	require.Equal(t, "*****", identity.MaskPhone("12345"))
}
