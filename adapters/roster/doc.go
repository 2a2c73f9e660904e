// Package roster imports a school's roster, the spreadsheet of its pupils, into
// the identity directory and opens their accounts.
//
//	sheet, err := roster.Read(file, "roster.xlsx") // the file as a whole: a FileError says what and where
//	report := sheet.Check()                        // a dry run: rows, codes, counts
//	result, err := sheet.Import(ctx, roster.Target{School: 102, Directory: directory, Accounts: accounts}, nil)
//
// Files come from many hands. Headings are recognised by their usual names in
// Chinese and English, below titles and notes, on whichever sheet has them first.
// 姓名 and 学号 are required; 身份证号, 证件类型, 学籍号, 年级, 班级, 是否住宿,
// 监护人, 关系, 家长手机 and the father's and mother's columns are read where they
// are; other columns are left alone. A column that is absent empties the field of
// a holder who had it: the file is the truth.
//
// What Excel does to numbers is found where it can be: identity numbers cut to
// 15 digits, E-notation, lost leading zeros, classes turned into dates. What
// people type is tidied: full-width forms, spaces, apostrophes. A row is imported
// whole or not at all. Empty rows are skipped, hidden rows are not.
//
// Identity numbers follow GB 11643-1999, registry numbers (学籍号) the national
// coding G, J and L with 19 characters or the older 16 digits.
//
// # Errors
//
// [Read] returns a [FileError] around one of the sentinels in errors.go. Errors
// of single rows are not Go errors but [Finding] values in the [Report]. Neither
// holds a cell's content.
//
// # Concurrency
//
// A [Sheet] is read-only and safe for concurrent use. Two imports of one school
// take turns batch by batch.
//
// # Limits
//
// Files of 32 MiB, unpacked to at most 256 MiB in memory, 100,000 rows. Password
// protected workbooks and the .xls format are refused with a hint.
package roster
