package main

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/campusledger/campusledger/ledger/seal"
)

// reason says why a file proves nothing and, if the fault is in who signed its
// checkpoint, what there is to do.
func (c *verifyCmd) reason(note string, err error) string {
	checkpoint, unread := seal.ParseCheckpoint(note)
	if unread != nil || !errors.Is(err, seal.ErrSignature) {
		return err.Error()
	}
	where := fmt.Sprintf("The checkpoint of %s at %s", checkpoint.Origin, counted(checkpoint.Size, "record"))
	for count := c.witnessesMin() - 1; count >= 0; count-- {
		fewer, err := c.witnessed(count)
		if err == nil {
			_, err = fewer.Checkpoint(note)
		}
		if err == nil {
			return fmt.Sprintf("%s has the school's signature, but %d of %d witnesses have cosigned it.", where, count, c.witnessesMin())
		}
	}
	if len(c.trustedSigners(note, checkpoint.Origin)) > 0 { // and yet it is not valid
		return err.Error()
	}
	signers := strings.Join(keysOf(note, checkpoint.Origin), ", ")
	if signers == "" {
		return where + " has no signature of the school's."
	}
	said := fmt.Sprintf("%s has no valid signature of a trusted key.\nIt says that it is signed by %s, which is not among your keys:\n", where, signers)
	for _, key := range c.Key {
		if strings.HasPrefix(key, checkpoint.Origin+"+") {
			return said + "the school may have a new key. Ask the school itself for its 'key list', not whoever gave you the file."
		}
	}
	return said + "they are of " + strings.Join(namesOf(c.Key), ", ") + ", another journal."
}

// trustedSigners returns which of the trusted keys a checkpoint of a journal names
// as its signers.
func (c *verifyCmd) trustedSigners(note, origin string) []string {
	return slices.DeleteFunc(keysOf(note, origin), func(signer string) bool {
		return !slices.ContainsFunc(c.Key, func(key string) bool { return strings.HasPrefix(key, signer+"+") })
	})
}

// keysOf returns the keys of a journal's name, as name+hash, that a checkpoint
// names in its signature lines. It believes what it reads.
func keysOf(note, origin string) (keys []string) {
	for line := range strings.Lines(note[strings.LastIndex(note, "\n\n")+1:]) {
		cells := strings.Fields(line)
		if len(cells) != 3 || cells[1] != origin {
			continue
		}
		signature, err := base64.StdEncoding.DecodeString(cells[2])
		if err == nil && len(signature) > 4 {
			keys = append(keys, fmt.Sprintf("%s+%x", origin, signature[:4]))
		}
	}
	return keys
}

// namesOf returns the names of public keys, each once.
func namesOf(keys []string) (names []string) {
	for _, key := range keys {
		name, _, _ := strings.Cut(key, "+")
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// otherFile says what a file is that is none that can be verified, or "" if it
// may be one.
func otherFile(file []byte) string {
	begins := func(with string) bool { return bytes.HasPrefix(file, []byte(with)) }
	switch {
	case begins("\x89PNG"), begins("\xff\xd8\xff"):
		return "It is a picture: scan the QR code in it, and verify the text that the code holds."
	case begins("PK\x03\x04"):
		return "It is a ZIP file: 'archive verify' checks an archive."
	case begins("{"):
		return "It is no proof and no checkpoint: 'audit --journal' checks a journal."
	case !utf8.Valid(file), bytes.ContainsRune(file, 0):
		return "It is no text: proofs, checkpoints and what a QR code holds are."
	}
	return ""
}
