package verify_test

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// changed returns the attempt with other data.
func (a attempt) changed(data []byte) attempt {
	a.Data = data
	return a
}

// spoiled returns attempts with each byte changed in its lowest bit, and with
// the file cut after each byte.
func spoiled(a attempt) (changed, cut []attempt) {
	for i := range a.Data {
		data := bytes.Clone(a.Data)
		data[i] ^= 1
		changed = append(changed, a.changed(data))
		cut = append(cut, a.changed(a.Data[:i]))
	}
	return changed, cut
}

func TestEveryByteCounts(t *testing.T) {
	t.Parallel()
	cosigned := golden(t, checkpoint, "cosigned.txt")
	cosigned.Witnesses = []string{readKey(t, "witness.txt")}
	old := golden(t, consistency, "consistency.txt")
	var olds []attempt
	for i := range old.Old {
		spoiled := old
		spoiled.Old = slices.Clone(old.Old)
		spoiled.Old[i] ^= 1
		olds = append(olds, spoiled)
	}
	for name, a := range map[string]attempt{
		"a receipt":     golden(t, receipt, "receipt.txt"),
		"a QR code":     golden(t, receipt, "receipt.qr.txt"),
		"a balance":     golden(t, balance, "balance.txt"),
		"a checkpoint":  cosigned,
		"a consistency": old,
	} {
		t.Run("of "+name, func(t *testing.T) {
			t.Parallel()
			changed, cut := spoiled(a)
			counts := requireSame(t, changed)
			if name == "a QR code" { // the line feed at its end is not part of it
				require.LessOrEqual(t, counts[proven], 1)
			} else {
				require.Zero(t, counts[proven])
				require.Greater(t, counts[notProven], 30)
			}
			counts = requireSame(t, cut)
			require.LessOrEqual(t, counts[proven], 1)
			require.LessOrEqual(t, counts[notProven], 1)
		})
	}
	t.Run("of an earlier checkpoint", func(t *testing.T) {
		t.Parallel()
		require.Zero(t, requireSame(t, olds)[proven])
	})
}
