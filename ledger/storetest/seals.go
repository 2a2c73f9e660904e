package storetest

import (
	"errors"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/ledger"
)

func seals() []clause {
	const put = "PutSeal keeps a seal in place of the one of its Seq that has the note replaced, \"\" if there is none."
	const after = "Seals yields the seals after a position, in the order of their Seq."
	return []clause{
		{"a seal is kept byte for byte", put, func(t *testing.T, s *school) {
			for i, note := range []string{
				"school.example/1\n4\nxDmcd+GC07DH5oAzbbkPHGRcDSyjLrxaOcoWrcrOUDM=\n\n— school.example/1 Az3grlgt\n",
				"'\"\\%_ 食堂 \u2028\n\t", strings.Repeat("— witness\n", 2000), "",
			} {
				seal := ledger.Seal{Seq: int64(i + 1), Note: note}
				require.NoError(t, s.seals(t).PutSeal(t.Context(), s.id, seal, ""))
				require.Equal(t, []ledger.Seal{seal}, all(t, s.seals(t).Seals(t.Context(), s.id, int64(i))))
			}
		}},
		{"a seal takes the place of the one at its position", put, func(t *testing.T, s *school) {
			seals := s.seals(t)
			require.NoError(t, seals.PutSeal(t.Context(), s.id, ledger.Seal{Seq: 1, Note: "other"}, ""))
			kept := ""
			for _, note := range []string{"first", "second", "second"} {
				require.NoError(t, seals.PutSeal(t.Context(), s.id, ledger.Seal{Seq: 2, Note: note}, kept))
				require.Equal(t, []ledger.Seal{{Seq: 1, Note: "other"}, {Seq: 2, Note: note}}, all(t, seals.Seals(t.Context(), s.id, 0)))
				kept = note
			}
		}},
		{"a seal that another one was faster than is not kept", "If another one is there, because somebody was faster, nothing is kept and the error is ErrConflict.", fasterSeal},
		{"seals are read in order after a position", after, func(t *testing.T, s *school) {
			seals := s.seals(t)
			require.Empty(t, all(t, seals.Seals(t.Context(), s.id, 0)))
			for _, seq := range []int64{10, 2, 1 << 40, 9} {
				require.NoError(t, seals.PutSeal(t.Context(), s.id, ledger.Seal{Seq: seq, Note: "x"}, ""))
			}
			for after, want := range map[int64][]int64{0: {2, 9, 10, 1 << 40}, 2: {9, 10, 1 << 40}, 9: {10, 1 << 40}, 1 << 40: nil} {
				var seqs []int64
				for _, seal := range all(t, seals.Seals(t.Context(), s.id, after)) {
					seqs = append(seqs, seal.Seq)
				}
				require.Equal(t, want, seqs)
			}
		}},
		{"no seal is kept of a book that is unknown", "A book without a head is ErrBookUnknown.", func(t *testing.T, s *school) {
			seals, stranger := s.seals(t), s.id+1
			require.ErrorIs(t, seals.PutSeal(t.Context(), stranger, ledger.Seal{Seq: 1, Note: "x"}, ""), ledger.ErrBookUnknown)
			require.Empty(t, all(t, seals.Seals(t.Context(), stranger, 0)))
			newSchool(t, s.store, stranger)
			require.Empty(t, all(t, seals.Seals(t.Context(), stranger, 0)))
		}},
		{"seals are each book's own", "Books share nothing but the database.", func(t *testing.T, s *school) {
			seals, neighbour := s.seals(t), newSchool(t, s.store, s.id+1)
			require.NoError(t, seals.PutSeal(t.Context(), s.id, ledger.Seal{Seq: 1, Note: "ours"}, ""))
			require.NoError(t, seals.PutSeal(t.Context(), neighbour.id, ledger.Seal{Seq: 1, Note: "theirs"}, ""))
			require.Equal(t, []ledger.Seal{{Seq: 1, Note: "ours"}}, all(t, seals.Seals(t.Context(), s.id, 0)))
			require.Equal(t, []ledger.Seal{{Seq: 1, Note: "theirs"}}, all(t, seals.Seals(t.Context(), neighbour.id, 0)))
		}},
		{"a seal is put amid payments", "All methods may be called concurrently.", func(t *testing.T, s *school) {
			seals := s.seals(t)
			atOnce(20, func(i int) {
				if i%2 == 0 {
					if err := seals.PutSeal(t.Context(), s.id, ledger.Seal{Seq: int64(1 + i/2), Note: "x"}, ""); err != nil {
						t.Error(err)
					}
				} else if _, err := s.book.Post(t.Context(), topUp(wallet1, 1)); err != nil {
					t.Error(err)
				}
			})
			require.Len(t, all(t, seals.Seals(t.Context(), s.id, 0)), 10)
			require.Equal(t, int64(10), s.balance(t, wallet1))
		}},
	}
}

func (s *school) seals(t testing.TB) ledger.Seals {
	t.Helper()
	seals, ok := s.store.(ledger.Seals)
	if !ok {
		t.Skip("the store has no ledger.Seals")
	}
	return seals
}

func fasterSeal(t *testing.T, s *school) {
	seals := s.seals(t)
	put := func(note, replaced string) error {
		return seals.PutSeal(t.Context(), s.id, ledger.Seal{Seq: 2, Note: note}, replaced)
	}
	require.ErrorIs(t, put("late", "gone"), ledger.ErrConflict)
	require.NoError(t, put("first", ""))
	for _, replaced := range []string{"", "gone", "First"} {
		require.ErrorIs(t, put("late", replaced), ledger.ErrConflict)
	}
	require.Equal(t, []ledger.Seal{{Seq: 2, Note: "first"}}, all(t, seals.Seals(t.Context(), s.id, 0)))
	var won atomic.Int64
	atOnce(8, func(i int) {
		if err := put(strconv.Itoa(i), "first"); err == nil {
			won.Add(1)
		} else if !errors.Is(err, ledger.ErrConflict) {
			t.Error(err)
		}
	})
	require.Equal(t, int64(1), won.Load())
}
