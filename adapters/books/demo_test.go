package books_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/demo"
	"github.com/campusledger/campusledger/adapters/school"
)

// The demo's day has the chart, the documents and the accounts of a real school.
func TestProgramsAgreeWithASchoolsDay(t *testing.T) {
	t.Parallel()
	requirePrograms(t)
	gateway, err := demo.StartGateway(11)
	require.NoError(t, err)
	defer func() { require.NoError(t, gateway.Close(t.Context())) }()
	s, err := school.Open(t.Context(), school.Location{Dir: t.TempDir()}, &school.Options{Name: demo.SchoolName, Gateway: gateway.Client})
	require.NoError(t, err)
	defer func() { require.NoError(t, s.Close()) }()
	_, err = demo.Play(t.Context(), s, gateway, &demo.Options{Pupils: 20, Scans: 60, Seed: 11})
	require.NoError(t, err)
	requireAgreement(t, t.TempDir(), s.Store(), s.Book.ID())
}
