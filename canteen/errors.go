package canteen

import (
	"errors"
	"fmt"

	"github.com/campusledger/campusledger/qrcode"
)

// The conditions a caller branches on with errors.Is. Texts carry no personal
// data and nothing that was scanned.
var (
	// ErrInvalid means that a value given by the caller is missing or out of
	// range. See [InvalidError].
	ErrInvalid = errors.New("canteen: invalid value")
	// ErrUnknownDish means that a barcode is on no dish of the menu. See
	// [LineError].
	ErrUnknownDish = errors.New("canteen: no dish has this barcode")
	// ErrDishInactive means that the dish is not sold at present. See
	// [LineError].
	ErrDishInactive = errors.New("canteen: dish is not sold at present")
	// ErrRefused means that a holder may not pay this sale. See [Refusal].
	ErrRefused = errors.New("canteen: sale refused")
	// ErrDishFile means that a file as a whole is no list of dishes: its
	// encoding, its header or its size is wrong. See [DishFileError].
	ErrDishFile = errors.New("canteen: not a list of dishes")
	// ErrDishRows means that rows of the file are wrong, so that nothing was
	// imported. The report names them.
	ErrDishRows = errors.New("canteen: rows of the dish list are wrong")
	// ErrNotSale means that a record of the journal is not a sale made by
	// this package.
	ErrNotSale = errors.New("canteen: record is not a sale")
	// ErrUnknownMerchant means that the school has no such merchant.
	ErrUnknownMerchant = errors.New("canteen: unknown merchant")
	// ErrNotSettled means that the merchant was not settled for the date.
	ErrNotSettled = errors.New("canteen: merchant is not settled for this date")
)

// InvalidError says which value is wrong and what it must be, never the value.
// It unwraps to [ErrInvalid].
type InvalidError struct {
	Field string // the Go field, such as "Lines" or "Lines[2].Quantity"
	Rule  string // what it must be
}

func (e *InvalidError) Error() string { return fmt.Sprintf("%v: %s %s", ErrInvalid, e.Field, e.Rule) }

// Unwrap returns [ErrInvalid].
func (*InvalidError) Unwrap() error { return ErrInvalid }

// LineError says which line of a sale cannot be priced. It unwraps to
// [ErrUnknownDish], [ErrDishInactive] or money.ErrOverflow.
type LineError struct {
	Line int         // from 1
	Kind qrcode.Kind // what the barcode looks like: a card or payment code may have been scanned by mistake
	Err  error
}

func (e *LineError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }

// Unwrap returns the condition.
func (e *LineError) Unwrap() error { return e.Err }

// DishFileError says why a file cannot be read as a list of dishes. It unwraps
// to [ErrDishFile].
type DishFileError struct {
	Line    int    // of the file, from 1; 0 if the file as a whole is meant
	Problem string // such as `no column "单价"`
}

func (e *DishFileError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("%v: %s", ErrDishFile, e.Problem)
	}
	return fmt.Sprintf("%v: line %d: %s", ErrDishFile, e.Line, e.Problem)
}

// Unwrap returns [ErrDishFile].
func (*DishFileError) Unwrap() error { return ErrDishFile }
