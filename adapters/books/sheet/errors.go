package sheet

import "errors"

// ErrTooLong means that a workbook cannot hold all rows: a sheet has 1,048,576.
// Write CSV, or a shorter period.
var ErrTooLong = errors.New("the sheet is too long")
