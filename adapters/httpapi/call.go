package httpapi

import "context"

// call is what is known about a request while it is served. One is made for
// each request before anything else, and filled on the way.
type call struct {
	operation *operation // nil until routed
	caller    caller     // zero until authenticated
	code      string     // of the problem that was answered
}

type callKey struct{}

func withCall(ctx context.Context, c *call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

func callOf(ctx context.Context) *call {
	if c, ok := ctx.Value(callKey{}).(*call); ok {
		return c
	}
	return &call{}
}

// callerOf returns who sent the request that is served with the context.
func callerOf(ctx context.Context) caller { return callOf(ctx).caller }
