package audit_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger/audit"
)

// TestALostRecordIsKnownByTheNextOfItsAccounts loses records whose lines the
// following ones name, so that nothing is found behind them but what their
// amounts lack.
func TestALostRecordIsKnownByTheNextOfItsAccounts(t *testing.T) {
	t.Parallel()
	for name, statement := range map[string]string{
		"a body that is no record":          "update journal set body = replace(body, '{', '[') where book_id = 9 and seq = 100",
		"one that was a 64th":               "update journal set body = replace(body, '{', '[') where book_id = 9 and seq = 66",
		"one that is missing":               "delete from journal where book_id = 9 and seq = 100",
		"a missing one that was a 64th":     "delete from journal where book_id = 9 and seq = 130",
		"one that cannot be read":           "update journal set date = 'soon' where book_id = 9 and seq = 100",
		"several that follow on each other": "delete from journal where book_id = 9 and seq = 100; update journal set date = 'soon' where book_id = 9 and seq = 102",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openSQLite(t)
			e.long(t, longKeys(t), 0)
			e.keep(t)
			e.exec(t, statement)
			report, err := audit.Run(t.Context(), e.store, longBook, nil)
			require.NoError(t, err)
			require.NotEmpty(t, report.Findings)
			for _, f := range report.Findings {
				require.NotEqual(t, audit.CodeRecordChain, f.Code, f.Sentence)
				require.NotEqual(t, "milestone", f.Table, f.Sentence)
				if strings.HasSuffix(f.Key, "path=shop") { // a wallet may have moved in the lost one last
					require.NotContains(t, []string{"moved_seq", "moves"}, f.Column, f.Sentence)
				}
			}
		})
	}
}
