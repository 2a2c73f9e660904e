package sheet

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"
)

// A sheet has so many rows and no more; the last is still written.
func TestAWorkbookEndsWhereExcelDoes(t *testing.T) {
	t.Parallel()
	x, err := newXLSX(io.Discard, "x", nil)
	require.NoError(t, err)
	x.rows = xlsxRowsMax - 1
	require.NoError(t, x.row(number(1)))
	require.ErrorIs(t, x.row(number(2)), ErrTooLong)
}

func TestHarmlessLooksBehindBlanks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		" =1":          "' =1",
		"\t=1":         "' =1",
		"\u3000＝1":     "'\u3000＝1",
		"a\r\n=1":      "a  =1",
		"a=1":          "a=1",
		"":             "",
		"学生-预存款":       "学生-预存款",
		"\u2028-1":     "' -1",
		"'already (1)": "'already (1)",
	} {
		require.Equal(t, want, harmless(text))
	}
}
