package roster_test

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/campusledger/campusledger/adapters/roster"
)

// A dry run: what would fail, and why, in words.
func ExampleSheet_Check() {
	file := strings.NewReader("2026学年花名册\n学生姓名,学籍辅号,身份证号\n张小三,2026000001,11010519491231002X\n李四,2026000002,110105194912310021\n")
	sheet, err := roster.Read(file, "roster.csv")
	if err != nil {
		log.Fatal(err)
	}
	report := sheet.Check()
	for _, finding := range report.Errors {
		fmt.Printf("row %d, %s: %s\n", finding.Row, finding.Column, finding.Code.English())
	}
	if err := json.NewEncoder(os.Stdout).Encode(report); err != nil {
		log.Fatal(err)
	}
	// Output:
	// row 4, 身份证号: the identity number's check digit is wrong
	// {"errors":[{"row":4,"code":"id_check_digit"}],"failed":1,"normalised":[],"ok":1}
}

// A file without the student numbers is refused as a whole.
func ExampleRead() {
	_, err := roster.Read(strings.NewReader("姓名,班级\n张小三,3班\n"), "roster.csv")
	fmt.Println(err)
	// Output:
	// roster.csv, row 1: heading row is not usable: missing column 学号
}
