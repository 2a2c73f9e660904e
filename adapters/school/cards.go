package school

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/campus"
	"github.com/campusledger/campusledger/qrcode"
	"github.com/campusledger/campusledger/qrcode/identity"
)

// OpenHolders opens the ledger accounts of holders, given as "h102938". Those
// that are open already stay as they are, so it may be repeated. It is the
// port that a roster import asks.
func (s *School) OpenHolders(ctx context.Context, refs []string) error {
	return concurrently(refs, func(ref string) error {
		return campus.Ensure(ctx, s.Book, "roster", s.Chart.Holder(ref)...)
	})
}

// IssueCards gives each holder its first card, or keeps the one it has, and
// returns the codes to print, in order.
func (s *School) IssueCards(ctx context.Context, numbers []identity.Number, by string) ([]string, error) {
	cards, err := s.Directory.IssueCards(ctx, s.number, numbers, by)
	if err != nil {
		return nil, err
	}
	codes := make([]string, len(cards))
	for i, card := range cards {
		if codes[i], err = s.code(numbers[i], card.Serial); err != nil {
			return nil, err
		}
	}
	return codes, nil
}

// ReissueCard voids the holder's card and returns the code of the next one.
func (s *School) ReissueCard(ctx context.Context, number identity.Number, by string) (string, error) {
	card, err := s.Directory.Reissue(ctx, s.number, number, by)
	if err != nil {
		return "", err
	}
	return s.code(number, card.Serial)
}

// cardYears is how many school years a card is good for.
const cardYears = 6

// code seals a card's code. The same card gives the same code for a whole
// school year.
func (s *School) code(number identity.Number, serial uint8) (string, error) {
	today := ledger.DateIn(s.now(), China).Time()
	year := today.Year() + cardYears
	if today.Month() >= time.September {
		year++
	}
	expires, err := qrcode.NewDay(year, time.August, 31)
	if err != nil {
		return "", err
	}
	digest := fnv.New32a()
	_, _ = fmt.Fprintf(digest, "%d.%d", number, serial)
	return s.codec.Seal(qrcode.Payload{
		School: uint32(s.number), Holder: uint64(number), Random: uint8(digest.Sum32()) & qrcode.MaxRandom,
		Expires: expires, Serial: serial,
	})
}
