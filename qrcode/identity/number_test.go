package identity

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNumbersNeverRepeatAndHideTheOrder(t *testing.T) {
	t.Parallel()
	key := []byte("a key of the test, 32 bytes long")
	seen := map[Number]bool{}
	var ascending int
	var before Number
	for count := int64(1); count <= 20_000; count++ {
		number, err := permute(key, 102, count)
		require.NoError(t, err)
		require.False(t, seen[number])
		require.Positive(t, number)
		require.LessOrEqual(t, number, NumberMax)
		seen[number] = true
		if number > before {
			ascending++
		}
		before = number
	}
	require.InDelta(t, 10_000, ascending, 500, "neighbours are in no order")
	last, err := permute(key, 102, holdersMax)
	require.NoError(t, err)
	require.LessOrEqual(t, last, Number(holdersMax))
	_, err = permute(key, 102, holdersMax+1)
	require.ErrorIs(t, err, ErrSchoolFull)
}

func FuzzParseRef(f *testing.F) {
	f.Add("h102938")
	f.Add("h0")
	f.Add("h+1")
	f.Fuzz(func(t *testing.T, ref string) {
		number, err := ParseRef(ref)
		if err == nil {
			require.Equal(t, ref, number.Ref())
		}
	})
}
