package audit_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/audit"
	"github.com/campusledger/campusledger/ledger/seal"
)

// sealing is a projection that does something once while a run goes on.
type sealing struct {
	once sync.Once
	do   func()
}

func (s *sealing) Record(*ledger.Record) error {
	s.once.Do(s.do)
	return nil
}

func (s *sealing) Compare(context.Context, func(audit.Finding)) error { return nil }

// closedLong writes the long book and closes another day, yet to be sealed.
func closedLong(t *testing.T, open func(testing.TB) engine) (engine, *long, *seal.Sealer) {
	t.Helper()
	e, keys := open(t), longKeys(t)
	l := e.long(t, keys, 0)
	sealer, err := seal.NewSealer(e.store.(seal.Store), longBook, keys)
	require.NoError(t, err)
	book, err := ledger.Open(t.Context(), e.store, longBook, nil)
	require.NoError(t, err)
	_, err = book.CloseDay(t.Context(), ledger.DayClose{Date: tuesday.AddDays(1)})
	require.NoError(t, err)
	return e, l, sealer
}

func TestACloseThatIsSealedWhileItIsAudited(t *testing.T) {
	t.Parallel()
	for name, open := range engines {
		t.Run("is clean on "+name, func(t *testing.T) {
			t.Parallel()
			e, l, sealer := closedLong(t, open)
			options := &audit.Options{ClosesSealed: true, Verifier: l.verifier, Projections: []audit.Projection{&sealing{do: func() {
				_, err := sealer.SealCloses(t.Context())
				require.NoError(t, err)
			}}}}
			report, err := audit.Run(t.Context(), e.store, longBook, options)
			require.NoError(t, err)
			require.Empty(t, report.Findings)
			require.EqualValues(t, 3, report.Seals)
			require.EqualValues(t, 3, report.Signatures)
		})
	}
	for name, want := range map[string]struct {
		note func(l *long) string
		code audit.Code
	}{
		"with garbage":               {func(*long) string { return "garbage" }, audit.CodeSealUnreadable},
		"with another size":          {func(l *long) string { return l.checkpoints[0].Note }, audit.CodeSealDiffers},
		"with the root of before it": {nil, audit.CodeSealSignature},
	} {
		t.Run(name+" is found", func(t *testing.T) {
			t.Parallel()
			e, l, _ := closedLong(t, openSQLite)
			note := ""
			if want.note != nil {
				note = want.note(l)
			} else {
				text := l.checkpoints[1].Note
				note = strings.Replace(text, "\n300\n", "\n301\n", 1)
			}
			options := &audit.Options{ClosesSealed: true, Verifier: l.verifier, Projections: []audit.Projection{&sealing{do: func() {
				require.NoError(t, e.store.(ledger.Seals).PutSeal(t.Context(), longBook, ledger.Seal{Seq: longSeq + 1, Note: note}, ""))
			}}}}
			report, err := audit.Run(t.Context(), e.store, longBook, options)
			require.NoError(t, err)
			require.EqualValues(t, 1, report.Counts[want.code], "%+v", report.Findings)
			require.Zero(t, report.Counts[audit.CodeSealMissing])
		})
	}
	t.Run("without a seal at its end is found", func(t *testing.T) {
		t.Parallel()
		e, l, _ := closedLong(t, openSQLite)
		report, err := audit.Run(t.Context(), e.store, longBook, &audit.Options{ClosesSealed: true, Verifier: l.verifier})
		require.NoError(t, err)
		require.Len(t, report.Findings, 1)
		require.Equal(t, audit.CodeSealMissing, report.Findings[0].Code)
		require.Equal(t, "seq=301", report.Findings[0].Key)
	})
}

func TestSealsUpToAState(t *testing.T) {
	t.Parallel()
	for name, tampering := range map[string]struct {
		statement string
		code      audit.Code
		key       string
	}{
		"are read again":                       {"", "", ""},
		"overwritten with garbage are found":   {"update seal set note = 'garbage' where seq = 150", audit.CodeSealUnreadable, "seq=150"},
		"the last overwritten is found":        {"update seal set note = 'garbage' where seq = 300", audit.CodeSealUnreadable, "seq=300"},
		"with another root are found":          {"update seal set note = replace(note, '{root 150}', '{root 300}') where seq = 150", audit.CodeSealDiffers, "seq=150"},
		"with another signature are found":     {"update seal set note = replace(note, '{signature 150}', '{signature 300}') where seq = 150", audit.CodeSealSignature, "seq=150"},
		"that are gone are found":              {"delete from seal where seq = 150", audit.CodeSealMissing, "seq=150"},
		"of another position are found":        {"update seal set seq = 151 where seq = 150", audit.CodeSealDiffers, "seq=151"},
		"with the root of the last are found":  {"update seal set note = replace(note, '{root 300}', '{root 150}') where seq = 300", audit.CodeSealDiffers, "seq=300"},
		"of before the first record are found": {"insert into seal (book_id, seq, note) select book_id, -1, note from seal where seq = 300", audit.CodeSealDiffers, "seq=-1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := openSQLite(t)
			l := e.long(t, longKeys(t), 0)
			state := saved(t, e.store, longBook)
			if tampering.statement != "" {
				e.keep(t)
				require.Positive(t, e.exec(t, l.fill(tampering.statement)))
			}
			options := &audit.Options{From: state, ClosesSealed: true, Verifier: l.verifier}
			report, err := audit.Run(t.Context(), e.store, longBook, options)
			require.NoError(t, err)
			if tampering.statement == "" {
				require.Empty(t, report.Findings)
				require.EqualValues(t, 2, report.Seals)
				require.EqualValues(t, 2, report.Signatures)
				return
			}
			require.Positive(t, report.Counts[tampering.code], "%+v", report.Findings)
			keys := map[string]bool{}
			for _, f := range report.Findings {
				keys[string(f.Code)+f.Key] = true
			}
			require.True(t, keys[string(tampering.code)+tampering.key], "%+v", report.Findings)
		})
	}
}
