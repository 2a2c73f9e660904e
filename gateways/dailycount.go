package gateways

import (
	"sync"
	"time"
)

// dailyCount lets so many through a day, by the clock of UTC.
type dailyCount struct {
	most int

	mu    sync.Mutex
	day   time.Time
	taken int
}

// take reports whether one more is let through.
func (c *dailyCount) take(now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if day := now.UTC().Truncate(24 * time.Hour); !day.Equal(c.day) {
		c.day, c.taken = day, 0
	}
	if c.taken >= c.most {
		return false
	}
	c.taken++
	return true
}
