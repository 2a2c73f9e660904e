// Package slip is the receipt on paper: what a record says in plain words, and
// the QR code of the proof that it is in the sealed journal.
//
//	receipt, err := prover.Receipt(ctx, id)
//	printed, err := slip.New("实验小学", &receipt)
//	font, err := slip.OpenFont(slip.FontPath)
//	err = printed.WritePNG(file, font)    // for a printer with a driver
//	err = printed.WriteESCPOS(device)     // for a printer that takes bytes
//
// A slip is for paper of 80 mm, of which printers of 203 dpi print 576 dots. It is
// made from the proof alone, so it says nothing that the QR code does not prove,
// except the school's name: whoever reads the code with `campusledger verify`
// has the record that is printed above it. Signs are those of each account: what
// it has more of is +, what it has less of is -.
//
// Errors: [ErrTooLong], [ErrFont], those of a proof that cannot be read, and the
// writer's.
//
// Concurrency: a [Slip] and a [Font] are immutable and safe for concurrent use.
//
// Limits: Chinese only. It is neither a fiscal bill (财政票据) nor an invoice. A picture needs a font with Chinese that is not part of
// the program. In ESC/POS the printer's own font is used: a character that is not
// in GBK is printed as a question mark. Paper of 58 mm is too narrow for the QR
// code.
package slip
