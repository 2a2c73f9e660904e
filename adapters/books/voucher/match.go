package voucher

import (
	"strings"
)

// rulesOf returns the rules for an account: those with the longest path, and of
// these the ones that name its control account if there are any. They differ by
// the origin only.
func (m *Mapping) rulesOf(path, control string) []*Rule {
	var best []*Rule
	for i := range m.rules {
		r := &m.rules[i]
		if r.Path != "" && !within(path, r.Path) || r.Control != "" && r.Control != control {
			continue
		}
		switch {
		case len(best) == 0 || r.closerThan(best[0]):
			best = []*Rule{r}
		case !best[0].closerThan(r):
			best = append(best, r)
		}
	}
	return best
}

// within reports whether a path is that of a family or below it.
func within(path, family string) bool {
	rest, found := strings.CutPrefix(path, family)
	return found && (rest == "" || rest[0] == '/')
}

// closerThan reports whether the rule fits an account better than another that
// fits too.
func (r *Rule) closerThan(other *Rule) bool {
	if len(r.Path) != len(other.Path) {
		return len(r.Path) > len(other.Path)
	}
	return r.Control != "" && other.Control == ""
}

// needOrigin reports whether the rules can only be told apart by the origin.
func needOrigin(rules []*Rule) bool {
	for _, r := range rules {
		if r.Origin != "" {
			return true
		}
	}
	return false
}

// pick returns the rule for an origin, the one that names it most exactly; nil
// if there is none. The origin "" is not known yet.
func pick(rules []*Rule, origin string) *Rule {
	var best *Rule
	for _, r := range rules {
		fits := r.Origin == "" || origin != "" && within(origin, r.Origin)
		if fits && (best == nil || len(r.Origin) > len(best.Origin)) {
			best = r
		}
	}
	return best
}

// fill returns an auxiliary item for an account, and false if its path has no
// such segment.
func fill(template, path string) (string, bool) {
	if !strings.HasPrefix(template, "{") {
		return template, true
	}
	segments := strings.Split(path, "/")
	n := int(template[1] - '0')
	if n > len(segments) {
		return "", false
	}
	return segments[n-1], true
}
