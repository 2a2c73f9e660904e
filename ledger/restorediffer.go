package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// differs returns the first place in which two records differ, in the order of
// their keys but for the kind, which explains the others, and what stands there
// in each.
func differs(found, want []byte) (key, is, other string) {
	x, y := decoded(found), decoded(want)
	if xs, ys := x["kind"], y["kind"]; xs != ys {
		return "kind", excerpt(xs), excerpt(ys)
	}
	return differsAt("", x, y)
}

func decoded(body []byte) (object map[string]any) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	_ = decoder.Decode(&object) // it was parsed or made just now
	return object
}

// differsAt compares two values that stand at a key; "" for no difference.
func differsAt(key string, x, y any) (string, string, string) {
	switch xs := x.(type) {
	case map[string]any:
		ys, ok := y.(map[string]any)
		if !ok {
			break
		}
		both := maps.Clone(xs)
		maps.Copy(both, ys)
		for _, name := range slices.Sorted(maps.Keys(both)) {
			inner := name
			if key != "" {
				inner = key + "." + name
			}
			if at, is, other := differsAt(inner, xs[name], ys[name]); at != "" {
				return at, is, other
			}
		}
		return "", "", ""
	case []any:
		ys, ok := y.([]any)
		if !ok {
			break
		}
		for i := range max(len(xs), len(ys)) {
			if at, is, other := differsAt(fmt.Sprintf("%s[%d]", key, i), element(xs, i), element(ys, i)); at != "" {
				return at, is, other
			}
		}
		return "", "", ""
	case nil, bool, string, json.Number:
		if x == y {
			return "", "", ""
		}
	}
	return key, excerpt(x), excerpt(y)
}

func element(list []any, i int) any {
	if i < len(list) {
		return list[i]
	}
	return nil
}

// excerptMax is how many bytes of a value an error shows.
const excerptMax = 80

func excerpt(value any) string {
	if value == nil {
		return ""
	}
	text, _ := json.Marshal(value) // decoded before
	if len(text) > excerptMax {
		return string(bytes.ToValidUTF8(text[:excerptMax], nil)) + "…"
	}
	return string(text)
}
