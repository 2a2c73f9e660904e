package simulator

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/campusledger/campusledger/ledger/money"
)

var merchantPattern = regexp.MustCompile(`^[0-9A-Za-z]{1,32}$`)

// keyLeast is how many bytes a merchant's key must have.
const keyLeast = 16

func (o *Options) withDefaults() (Options, error) {
	var c Options
	if o != nil {
		c = *o
	}
	if c.Retries == nil {
		c.Retries = wechatRetries()
	}
	c.DelayMax = orDefault(c.DelayMax, 5*time.Second)
	c.AnswerWithin = orDefault(c.AnswerWithin, 5*time.Second)
	if c.Deliveries == 0 {
		c.Deliveries = 16
	}
	if c.FeePercent == "" {
		c.FeePercent = "0.6"
	}
	if c.OrdersMax == 0 {
		c.OrdersMax = 1_000_000
	}
	if !c.Currency.IsValid() {
		c.Currency = money.CNY
	}
	if c.Place == nil {
		c.Place = time.FixedZone("UTC+8", 8*60*60)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	err := c.validate()
	return c, err
}

func (o *Options) validate() error {
	if o.DelayMax < 0 || o.AnswerWithin < 0 || o.Deliveries < 0 || o.OrdersMax < 0 {
		return errors.New("options: negative delay, timeout, or number of deliveries or orders")
	}
	fee, err := money.Of(10_000, o.Currency).Percent(o.FeePercent, money.HalfUp)
	if err != nil {
		return fmt.Errorf("options: fee: %w", err)
	}
	if fee.Sign() < 0 || fee.Minor() > 10_000 {
		return fmt.Errorf("options: fee of %s percent", o.FeePercent)
	}
	return o.Odds.validate()
}

// wechatRetries is the schedule that WeChat Pay publishes: 24 h 4 min in all.
func wechatRetries() []time.Duration {
	const s, m, h = time.Second, time.Minute, time.Hour
	return []time.Duration{
		15 * s, 15 * s, 30 * s, 3 * m, 10 * m, 20 * m, 30 * m, 30 * m, 30 * m, 60 * m, 3 * h, 3 * h, 3 * h, 6 * h, 6 * h,
	}
}

func orDefault(value, fallback time.Duration) time.Duration {
	if value == 0 {
		return fallback
	}
	return value
}

func index(merchants []Merchant) (map[string]Merchant, error) {
	byID := make(map[string]Merchant, len(merchants))
	for _, m := range merchants {
		if err := m.validate(); err != nil {
			return nil, err
		}
		if _, twice := byID[m.ID]; twice {
			return nil, fmt.Errorf("merchant %s is there twice", m.ID)
		}
		byID[m.ID] = m
	}
	return byID, nil
}

func (m Merchant) validate() error {
	if !merchantPattern.MatchString(m.ID) {
		return fmt.Errorf("merchant %.40q: want 1 to 32 letters and digits", m.ID)
	}
	if len(m.Key) < keyLeast {
		return fmt.Errorf("merchant %s: key of %d bytes, want at least %d", m.ID, len(m.Key), keyLeast)
	}
	return nil
}
