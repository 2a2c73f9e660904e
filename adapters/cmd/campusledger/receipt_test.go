package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/campusledger/campusledger/adapters/school"
	"github.com/campusledger/campusledger/adapters/slip"
	"github.com/campusledger/campusledger/ledger"
	"github.com/campusledger/campusledger/ledger/seal"
)

// scanned reads a QR code as a telephone does.
func scanned(t *testing.T, picture string) string {
	t.Helper()
	zbarimg, err := exec.LookPath("zbarimg")
	if err != nil {
		missing(t, "zbar-tools")
	}
	// QR codes alone: in the modules of a large one it now and then sees a bar code.
	text, err := exec.CommandContext(t.Context(), zbarimg, "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", picture).Output()
	require.NoError(t, err)
	return strings.TrimSuffix(string(text), "\n")
}

// missing skips on a laptop and fails in CI.
func missing(t *testing.T, packageName string) {
	t.Helper()
	if os.Getenv("CI") != "" {
		t.Fatalf("install Debian's %s", packageName)
	}
	t.Skipf("Debian's %s is not installed", packageName)
}

func TestAPrintedReceiptIsScannedAndProven(t *testing.T) {
	t.Parallel()
	if _, err := slip.OpenFont(slip.FontPath); err != nil {
		missing(t, "fonts-wqy-microhei")
	}
	s := newSealed(t, "")
	for _, kind := range []string{"sale", "topup", "fee.paid", ledger.KindDayClose} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			record, picture := s.record(t, kind), s.file(kind+".slip.png")
			require.Contains(t, s.do(t, exitDone, "receipt", "print", record.ID.String(), "--out", picture), record.ID.String())
			words := s.verify(t, exitDone, s.give(t, kind+".scanned", scanned(t, picture)))
			require.Contains(t, words, "PROVEN")
			require.Contains(t, words, record.ID.String())
		})
	}
}

func TestAReceiptIsPrintedWithoutAFont(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	out := s.file("slip.escpos")
	words := s.do(t, exitDone, "receipt", "print", s.record(t, "sale").ID.String(), "--out", out)
	require.Contains(t, words, "业务  消费")
	file, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Equal(t, "\x1b@\x1c&", string(file[:4]))

	none := s.file("none.ttf")
	refused := s.do(t, exitFailed, "receipt", "print", "2", "--out", s.file("slip.png"), "--font", none)
	require.Contains(t, refused, "fonts-wqy-microhei")
	require.Contains(t, refused, ".escpos")
	require.NoFileExists(t, s.file("slip.png"))
	require.Contains(t, s.do(t, exitFailed, "receipt", "print", "2", "--out", s.file("slip.txt")), "want a .png or an .escpos")
	require.Contains(t, s.do(t, exitFailed, "receipt", "print", "1000000", "--out", out), "unknown record")
}

func TestAReceiptIsSealedFirstUnlessAServerHasTheBook(t *testing.T) {
	t.Parallel()
	s := newSealed(t, "")
	s.do(t, exitDone, "merchant", "canteen2", "Canteen")
	fresh := s.record(t, ledger.KindOpening).ID.String()
	print := []string{"receipt", "print", fresh, "--out", s.file("slip.escpos")}

	server, err := school.Open(t.Context(), s.where, nil)
	require.NoError(t, err)
	for what, instead := range map[string][2]string{
		"receipt": {"POST /v1/checkpoint", "not sealed yet"},
		"seal":    {"POST /v1/checkpoint", "in use"},
		"cosign":  {"/cosignatures", "in use"},
		"rotate":  {"stop the server", "in use"},
	} {
		args := map[string][]string{"receipt": print, "seal": {"seal"}, "cosign": {"cosign", s.give(t, "note", s.checkpoint(t))}, "rotate": {"key", "rotate"}}[what]
		words := s.do(t, exitFailed, args...)
		require.Contains(t, words, instead[0], what)
		require.Contains(t, words, instead[1], what)
	}
	require.NoError(t, server.Close())

	before, err := seal.ParseCheckpoint(s.checkpoint(t))
	require.NoError(t, err)
	s.do(t, exitDone, print...)
	after, err := seal.ParseCheckpoint(s.checkpoint(t))
	require.NoError(t, err)
	require.Greater(t, after.Size, before.Size)
	s.do(t, exitDone, print...)
	require.Equal(t, after.Note, s.checkpoint(t), "what is sealed is not sealed again")
}
