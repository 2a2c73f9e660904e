// Package qrcode is the code on a campus card: what it says, how it is sealed
// against forgery, how it is told from everything else that a canteen's scanner
// reads, and how it is drawn as a QR symbol.
//
//	key, err := qrcode.GenerateKey(1)
//	ring, err := qrcode.NewKeyring(key)
//	sealed, err := qrcode.NewSealed(ring)
//	text, err := sealed.Seal(qrcode.Payload{School: 1, Holder: 102938, Expires: day})
//
//	reader, err := qrcode.NewReader(sealed)
//	if scan := qrcode.Classify(scanned); scan.Kind == qrcode.KindStudent {
//		payload, err := reader.Open(scan.Text)   // genuine?
//		err = payload.Check(school, time.Now())  // ours, and not expired?
//	}
//
// A [Payload] is ten bytes: school, holder, random, expiry, issue serial. A
// [Codec] turns it into text and back; a [Reader] picks the codec by the first
// characters. [Sealed] is the default codec. A code is a bearer token: whoever
// holds a picture of it holds the card. So a genuine code is not yet a good
// one; the server also compares the issue serial and the state of the card.
//
// Errors: a scanned code fails with one of [ErrUnknownFormat], [ErrMalformed],
// [ErrTruncated], [ErrVersion], [ErrUnknownKey], [ErrForged], [ErrOtherSchool]
// and [ErrExpired]; branch on them with errors.Is. Values that do not fit are a
// [RangeError]. No message holds a holder number, a code or a key.
//
// Concurrency: all types are immutable and safe for concurrent use.
//
// Limits: schools to 99999, holder numbers to 9999999999, 256 issues a holder,
// expiry from 2020-01-01 to 2064-11-08, 16 key ids.
package qrcode
