package storetest

// Quotes returns what every clause quotes.
func Quotes() []string {
	var quotes []string
	for _, theme := range themes() {
		for _, clause := range theme.clauses {
			quotes = append(quotes, clause.quote)
		}
	}
	for _, clause := range callerClauses() {
		quotes = append(quotes, clause.quote)
	}
	return quotes
}

var (
	// NaiveRoot is the root of a tree, by its definition.
	NaiveRoot = naiveRoot
	// NaiveNodes are the nodes of a tree that a store keeps.
	NaiveNodes = naiveNodes
)
