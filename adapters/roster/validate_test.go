package roster

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestIdentityNumbers(t *testing.T) {
	t.Parallel()
	for no, want := range map[string]Code{
		"11010519491231002X": "", // the example of the standard
		"110105491231002":    "", // 15 digits, before 1999
		"110105194912310021": IDCheckDigit,
		"11010519491331002X": IDInvalid, // month 13
		"1101051949123100X2": IDInvalid,
		"1101":               IDInvalid,
	} {
		require.Equal(t, want, checkIDNo(no), no)
	}
}

func TestRegistryNumbers(t *testing.T) {
	t.Parallel()
	for no, want := range map[string]bool{
		"G11010519491231002X": true, "J11010519491231002X": true, "G110105194912310021": false,
		"L110105201301011234": true, "L110105201313011234": false, "L11010520130101123X": false,
		"1234567890123456": true, "X11010519491231002X": false, "": false,
	} {
		require.Equal(t, want, isRegistryNo(no), no)
	}
}

func TestStoredNumbersAreWrittenOutExactly(t *testing.T) {
	t.Parallel()
	for stored, want := range map[string]string{
		"13800138000": "13800138000", "1.3800138E+10": "13800138000", "1.0": "1", "3.50199201305E17": "350199201305000000",
		"1.5": "", "1E-3": "", "1E+99": "", "abc": "", "": "", "0": "", "1.25E1": "",
	} {
		got, ok := wholeDigits(stored)
		require.Equal(t, want, got, stored)
		require.Equal(t, want != "", ok, stored)
	}
}

// A single wrong digit is always found: that is what the check character is for.
func FuzzIDNo(f *testing.F) {
	f.Add("11010519491231002X", byte(3), byte(1))
	f.Add("110105491231002", byte(0), byte(0))
	f.Fuzz(func(t *testing.T, no string, at, by byte) {
		if len(no) != 18 || checkIDNo(no) != "" {
			return
		}
		wrong := []byte(no)
		i := int(at) % 17
		wrong[i] = '0' + (wrong[i]-'0'+1+by%9)%10
		require.NotEmpty(t, checkIDNo(string(wrong)))
	})
}

func FuzzPhoneAndRegistryNo(f *testing.F) {
	for _, s := range []string{"+86 138-0013-8000", "8613800138000", "'13800138000", "G11010519491231002X", "１３８００１３８０００"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		phone := tidyPhone(s)
		if isMobile(phone) {
			require.Len(t, phone, 11)
			require.Equal(t, phone, tidyPhone(phone), "tidying twice is tidying once")
		}
		if no := tidyNumber(s); isRegistryNo(no) {
			require.Contains(t, []int{16, 19}, len(no))
		}
		require.Equal(t, tidy(s), tidy(tidy(s)))
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte("姓名,学号\n张三,1\n"))
	f.Add([]byte("\xEF\xBB\xBF姓名;学号\n\"张\n三\";1\n"))
	f.Add([]byte("\xD0\xD5\xC3\xFB,\xD1\xA7\xBA\xC5\n\xD5\xC5\xC8\xFD,1\n")) // GBK
	f.Add([]byte("\xFF\xFE\x59\x00\x0D\x54"))
	f.Fuzz(func(t *testing.T, content []byte) {
		sheet, err := Read(strings.NewReader(string(content)), "f")
		if err != nil {
			var where *FileError
			require.ErrorAs(t, err, &where)
			return
		}
		report := sheet.Check()
		require.Equal(t, len(sheet.rows), report.Total())
		before := sheet.header.row
		for _, r := range sheet.rows {
			require.Greater(t, r.number, before, "rows are numbered upwards")
			before = r.number
		}
	})
}
