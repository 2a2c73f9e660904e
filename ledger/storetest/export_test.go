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
