package books

import "github.com/campusledger/campusledger/ledger"

// particular is what an export says of a record beside its lines.
type particular struct{ key, value string }

// keys are those of all particulars, in their order.
func keys() []string { return []string{"id", "by", "for", "of"} }

// particulars are those that a record has.
func particulars(r *ledger.Record) []particular {
	list := []particular{{"id", r.ID.String()}}
	if r.By != "" {
		list = append(list, particular{"by", oneLine(r.By)})
	}
	if r.For != "" {
		list = append(list, particular{"for", r.For})
	}
	if r.Of != [16]byte{} {
		list = append(list, particular{"of", r.Of.String()})
	}
	return list
}

// comment writes a record that moved nothing. A line that begins with ';' is a
// comment to all programs.
func (x *plain) comment(r *ledger.Record) {
	x.printf("\n; %s (%d) %s", r.Date, r.Seq, r.Kind)
	for _, p := range particulars(r) {
		x.printf("  %s: %s", p.key, p.value)
	}
	x.printf("\n")
}
