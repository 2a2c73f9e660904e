package qrcode_test

import (
	"encoding/hex"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/campusledger/campusledger/qrcode"
)

func TestPack(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload qrcode.Payload
		packed  string
	}{
		"nothing":          {qrcode.Payload{}, "00000000000000000000"},
		"the largest":      {qrcode.Payload{School: 99999, Holder: 9999999999, Random: 127, Expires: qrcode.MaxDay, Serial: 255}, "c34fca817c7fffffffff"},
		"a card":           {alice(t), "0000800032434a8ad001"},
		"the school alone": {qrcode.Payload{School: 1}, "00008000000000000000"},
		"the holder alone": {qrcode.Payload{Holder: 1}, "00000000000020000000"},
		"the random alone": {qrcode.Payload{Random: 1}, "00000000000000400000"},
		"the expiry alone": {qrcode.Payload{Expires: 1}, "00000000000000000100"},
		"the serial alone": {qrcode.Payload{Serial: 1}, "00000000000000000001"},
	} {
		t.Run(name+" packs to its ten bytes and back", func(t *testing.T) {
			t.Parallel()
			packed, err := c.payload.Pack()
			require.NoError(t, err)
			require.Equal(t, c.packed, hex.EncodeToString(packed[:]))
			back, err := qrcode.Unpack(packed)
			require.NoError(t, err)
			require.Equal(t, c.payload, back)
		})
	}
}

func TestPackLosesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := qrcode.Payload{
			School:  rapid.Uint32Range(0, qrcode.MaxSchool).Draw(t, "school"),
			Holder:  rapid.Uint64Range(0, qrcode.MaxHolder).Draw(t, "holder"),
			Random:  rapid.Uint8Range(0, qrcode.MaxRandom).Draw(t, "random"),
			Expires: qrcode.Day(rapid.Uint16Range(0, uint16(qrcode.MaxDay)).Draw(t, "expires")),
			Serial:  rapid.Uint8().Draw(t, "serial"),
		}
		packed, err := p.Pack()
		require.NoError(t, err)
		back, err := qrcode.Unpack(packed)
		require.NoError(t, err)
		require.Equal(t, p, back)
	})
}

func TestPayloadRanges(t *testing.T) {
	t.Parallel()
	for field, c := range map[string]struct {
		payload qrcode.Payload
		value   int64
		limit   int64
	}{
		"school":  {qrcode.Payload{School: 100_000}, 100_000, 99_999},
		"holder":  {qrcode.Payload{Holder: 10_000_000_000}, 10_000_000_000, 9_999_999_999},
		"random":  {qrcode.Payload{Random: 128}, 128, 127},
		"expires": {qrcode.Payload{Expires: 16384}, 16384, 16383},
	} {
		t.Run("a "+field+" one too large is refused by name", func(t *testing.T) {
			t.Parallel()
			_, err := c.payload.Pack()
			require.ErrorIs(t, err, qrcode.ErrRange)
			var out *qrcode.RangeError
			require.ErrorAs(t, err, &out)
			require.Equal(t, qrcode.RangeError{Field: field, Value: c.value, Max: c.limit}, *out)
			require.Contains(t, err.Error(), field)
		})
	}
	t.Run("the message does not show the holder number", func(t *testing.T) {
		t.Parallel()
		err := qrcode.Payload{Holder: 76543210987}.Validate()
		require.ErrorIs(t, err, qrcode.ErrRange)
		require.NotContains(t, err.Error(), "76543210987")
	})
	t.Run("bytes that no payload packs to are refused", func(t *testing.T) {
		t.Parallel()
		_, err := qrcode.Unpack([qrcode.PayloadSize]byte{0xc3, 0x50, 0x00}) // school 100000
		require.ErrorIs(t, err, qrcode.ErrRange)
	})
}

func TestCheck(t *testing.T) {
	t.Parallel()
	p := alice(t)
	lastSecond := time.Date(2027, time.July, 31, 15, 59, 59, 999_999_999, time.UTC) // 23:59:59 in Shanghai
	t.Run("a code is valid to the end of its last day in Shanghai", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, p.Check(1, lastSecond))
		require.NoError(t, p.Check(1, lastSecond.In(time.FixedZone("", -11*60*60))))
	})
	t.Run("a code is expired from the next instant on", func(t *testing.T) {
		t.Parallel()
		err := p.Check(1, lastSecond.Add(1))
		require.ErrorIs(t, err, qrcode.ErrExpired)
		require.ErrorContains(t, err, "2027-07-31")
	})
	t.Run("a code of another school says so, even when it is expired too", func(t *testing.T) {
		t.Parallel()
		err := p.Check(2, lastSecond.Add(1))
		require.ErrorIs(t, err, qrcode.ErrOtherSchool)
		require.NotErrorIs(t, err, qrcode.ErrExpired)
	})
	t.Run("a forgotten expiry is expired", func(t *testing.T) {
		t.Parallel()
		require.ErrorIs(t, qrcode.Payload{School: 1}.Check(1, lastSecond), qrcode.ErrExpired)
	})
}

func TestDay(t *testing.T) {
	t.Parallel()
	t.Run("days count from 2020-01-01 to 2064-11-08", func(t *testing.T) {
		t.Parallel()
		require.Equal(t, qrcode.Day(0), day(t, 2020, time.January, 1))
		require.Equal(t, qrcode.MaxDay, day(t, 2064, time.November, 8))
		require.Equal(t, "2020-01-01", qrcode.Day(0).String())
		require.Equal(t, "2064-11-08", qrcode.MaxDay.String())
	})
	t.Run("the day changes at midnight in Shanghai", func(t *testing.T) {
		t.Parallel()
		midnight := time.Date(2026, time.August, 31, 16, 0, 0, 0, time.UTC)
		first, err := qrcode.DayOf(midnight)
		require.NoError(t, err)
		require.Equal(t, "2026-09-01", first.String())
		last, err := qrcode.DayOf(midnight.Add(-1))
		require.NoError(t, err)
		require.Equal(t, "2026-08-31", last.String())
		require.Equal(t, midnight, last.End())
	})
	t.Run("instants outside the range are refused", func(t *testing.T) {
		t.Parallel()
		for _, at := range []time.Time{
			qrcode.Day(0).End().AddDate(0, 0, -1).Add(-1), qrcode.MaxDay.End(),
			{}, time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0),
		} {
			_, err := qrcode.DayOf(at)
			require.ErrorIs(t, err, qrcode.ErrRange, "%v", at)
		}
	})
	t.Run("dates that do not exist are refused", func(t *testing.T) {
		t.Parallel()
		for _, month := range []time.Month{time.February, 0, 13} {
			_, err := qrcode.NewDay(2027, month, 30)
			require.ErrorIs(t, err, qrcode.ErrRange, "month %d", int(month))
		}
		_, err := qrcode.NewDay(2019, time.December, 31)
		require.ErrorIs(t, err, qrcode.ErrRange)
	})
}
