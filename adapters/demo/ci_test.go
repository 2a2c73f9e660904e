package demo_test

import (
	"os"
	"testing"
)

// requireInCI fails where CI is set: there nothing may be missing.
func requireInCI(t *testing.T, missing error) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("needed in CI: %v", missing)
	}
	t.Logf("left out: %v", missing)
}
