package simulator

import (
	"sync"
	"time"
)

// nonces remembers what was used for as long as its timestamp could still be in
// the window. Two generations are kept and the older is dropped whole, so that
// forgetting costs nothing per request.
type nonces struct {
	mu       sync.Mutex
	current  map[string]struct{}
	previous map[string]struct{}
	turned   time.Time
}

// use reports whether the merchant's nonce is new, and takes it.
func (n *nonces) use(merchant, nonce string, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	// A timestamp is at most one skew ahead and valid until one skew after.
	if n.current == nil || now.Sub(n.turned) >= 2*clockSkewMax {
		n.previous, n.current, n.turned = n.current, map[string]struct{}{}, now
	}
	key := merchant + "\n" + nonce
	_, inCurrent := n.current[key]
	_, inPrevious := n.previous[key]
	if inCurrent || inPrevious {
		return false
	}
	n.current[key] = struct{}{}
	return true
}
