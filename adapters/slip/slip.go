package slip

import (
	"fmt"
	"image"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/campusledger/campusledger/canteen"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// beijing is the time on a slip.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// Slip is a receipt to be printed.
type Slip struct {
	rows   []row
	symbol *image.Paletted
}

// row is one thing to say: a text, and another at the right of it.
type row struct {
	left, right string
	center      bool
	rule        bool // a line across, and nothing else
}

// New makes the slip of a record from its proof, which it believes: verify what
// comes from others first. The school's name is printed as its head. A proof that
// is too long for a QR code is [ErrTooLong].
func New(school string, receipt *seal.Receipt) (*Slip, error) {
	record, err := ledger.ParseRecord(receipt.Record)
	if err != nil {
		return nil, fmt.Errorf("slip: %w", err)
	}
	checkpoint, err := seal.ParseCheckpoint(receipt.Checkpoint)
	if err != nil {
		return nil, fmt.Errorf("slip of record %d: %w", record.Seq, err)
	}
	symbol, err := newSymbol(receipt.Marshal())
	if err != nil {
		return nil, fmt.Errorf("slip of record %d: %w", record.Seq, err)
	}
	s := &Slip{symbol: symbol}
	s.head(school, &record)
	s.sold(&record)
	s.moved(&record)
	s.sealed(&record, &checkpoint)
	return s, nil
}

func (s *Slip) head(school string, record *ledger.Record) {
	s.rows = append(s.rows, row{left: printable(school), center: true}, row{left: "凭条", center: true}, row{rule: true})
	s.say("业务", wordsOf(record))
	s.say("时间", record.At.In(beijing).Format(time.DateTime)+" 北京时间")
	s.say("日期", record.Date.String())
	s.say("经办", record.By)
	s.say("事由", record.Why)
	s.rule()
}

// sold lists the dishes of a sale. Another record has none.
func (s *Slip) sold(record *ledger.Record) {
	sale, err := canteen.ReadSale(record)
	if err != nil {
		return
	}
	s.say("终端", sale.Terminal)
	for _, line := range sale.Lines {
		s.row(line.Name+" x"+strconv.Itoa(line.Quantity), line.Total.Decimal())
	}
	s.row("合计", sale.Total.String())
	s.rule()
}

// moved lists what each account has more or less of.
func (s *Slip) moved(record *ledger.Record) {
	lines := record.Lines
	if len(record.Held) > 0 { // reserved, but nothing moved yet
		lines = record.Held
	}
	said := 0
	for i := range lines {
		if line := &lines[i]; !line.Amount.IsZero() {
			words, change := accountWords(line.Account, line.Amount)
			s.row(words, change+" "+line.Amount.Currency().Code())
			said++
		}
	}
	if said > 0 {
		s.rule()
	}
}

func (s *Slip) sealed(record *ledger.Record, checkpoint *seal.Checkpoint) {
	s.say("记录", "第 "+strconv.FormatInt(record.Seq, 10)+" 条")
	s.say("编号", record.ID.String())
	s.say("账簿", checkpoint.Origin)
	s.say("封存", "前 "+strconv.FormatInt(checkpoint.Size, 10)+" 条记录")
	s.rule()
	s.rows = append(s.rows, row{left: "扫码取得证明，用学校公钥离线核验", center: true})
}

// say adds a row that begins with its name, if there is something to say.
func (s *Slip) say(name, text string) {
	if text != "" {
		s.row(name+"  "+text, "")
	}
}

func (s *Slip) row(left, right string) {
	s.rows = append(s.rows, row{left: printable(left), right: printable(right)})
}

func (s *Slip) rule() { s.rows = append(s.rows, row{rule: true}) }

// printable keeps a text on its line, and commands to a printer out of it.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}
