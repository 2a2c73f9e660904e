package sqlitestore

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
)

// A batch may read between its parts, and so wait for those before.
func TestAPartIsNotWrittenAfterOneThatFailed(t *testing.T) {
	t.Parallel()
	var p parts
	var written []int
	part := func(n int, err error) func() error {
		return func() error { written = append(written, n); return err }
	}
	require.NoError(t, p.wait())
	p.add(part(1, nil))
	p.add(part(2, nil))
	require.NoError(t, p.wait())
	failed := errors.New("no room")
	p.add(part(3, failed))
	p.add(part(4, nil))
	require.ErrorIs(t, p.wait(), failed)
	p.add(part(5, nil))
	require.ErrorIs(t, p.wait(), failed)
	require.Equal(t, []int{1, 2, 3}, written)
}
