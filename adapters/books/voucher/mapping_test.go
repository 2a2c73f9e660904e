package voucher_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/campusledger/campusledger/adapters/books/voucher"
)

const headings = "账户,来源,总账科目,科目编码,科目名称,性质,往来单位,项目,部门,预算科目编码,预算科目名称,说明\n"

// poolLine lets a mapping have accounts of the school's own.
const poolLine = ",,,8001,,资金结存,,,,,,\n"

func parse(t *testing.T, file string) (*voucher.Mapping, error) {
	t.Helper()
	return voucher.ParseMapping(strings.NewReader(file))
}

func mustParse(t *testing.T, lines string) *voucher.Mapping {
	t.Helper()
	mapping, err := parse(t, headings+lines)
	require.NoError(t, err)
	return mapping
}

func TestParseMappingReadsRules(t *testing.T) {
	t.Parallel()
	file := "科目编码 ,科目名称,性质,账户,预算科目编码,来源\n\n" +
		" 230701,学生预存款,代管, wallet ,,\n,,,,,\n1212,,预算内,fee,6101,income/meals\n8001,,资金结存,,,\n"
	want := []voucher.Rule{
		{Line: 3, Path: "wallet", Code: "230701", Name: "学生预存款", Nature: voucher.Held},
		{Line: 5, Path: "fee", Origin: "income/meals", Code: "1212", Name: "应收账款", Nature: voucher.Own, BudgetCode: "6101", BudgetName: "事业预算收入"},
		{Line: 6, Code: "8001", Name: "资金结存", Nature: voucher.Pool},
	}
	gbk, err := simplifiedchinese.GB18030.NewEncoder().String(file)
	require.NoError(t, err)
	for name, content := range map[string]string{"UTF-8": file, "UTF-8 with a byte order mark": "\uFEFF" + file, "GB18030": gbk} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mapping, err := parse(t, content)
			require.NoError(t, err)
			require.Equal(t, want, mapping.Rules())
		})
	}
}

func TestParseMappingSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		lines string // after the headings, which are line 1
		want  []voucher.MappingError
	}{
		"a code that no chart has": {
			"wallet,,,101201,零余额,代管,,,,,,\n",
			[]voucher.MappingError{{2, "科目编码", "101201: no subject of the government chart begins so"}},
		},
		"a code with a point": {
			"wallet,,,2307.01,学生预存款,代管,,,,,,\n",
			[]voucher.MappingError{{2, "科目编码", `"2307.01" is not a code of at most 15 digits`}},
		},
		"a code too long for U8": {
			"wallet,,,2307010203040506,学生预存款,代管,,,,,,\n",
			[]voucher.MappingError{{2, "科目编码", `"2307010203040506" is not a code of at most 15 digits`}},
		},
		"no code": {
			"wallet,,,,学生预存款,代管,,,,,,\n",
			[]voucher.MappingError{{2, "科目编码", "is missing"}},
		},
		"a subject with others below it": {
			"wallet,,,230701,学生预存款,代管,,,,,,\nfund,,,2307,其他应付款,代管,,,,,,\n",
			[]voucher.MappingError{{3, "科目编码", "2307 takes no postings: line 2 has 230701 below it"}},
		},
		"a pool with others below it, through a budget code": {
			"income,,,4101,,预算内,,,,610101,饭费,\nexpense,,,5001,,预算内,,,,6101,,\n" + poolLine,
			[]voucher.MappingError{{3, "预算科目编码", "6101 takes no postings: line 2 has 610101 below it"}},
		},
		"a sub-subject without a name": {
			"wallet,,,230701,,代管,,,,,,\n",
			[]voucher.MappingError{{2, "科目名称", "230701 has no name"}},
		},
		"a name that is not the chart's": {
			"bank,,,1002,银行,资金,,,,,,\n",
			[]voucher.MappingError{{2, "科目名称", "1002 is 银行存款 in the government chart, not 银行"}},
		},
		"two names of a subject": {
			"wallet,,,230701,学生预存款,代管,,,,,,\nfund,,,230701,补助资金,代管,,,,,,\n",
			[]voucher.MappingError{{3, "科目名称", "230701 is 学生预存款 in line 2"}},
		},
		"two rules for the same accounts": {
			"wallet,,2307,230701,学生预存款,代管,,,,,,\nwallet,,2307,230702,学生补助,代管,,,,,,\n",
			[]voucher.MappingError{{3, "", "is for the same accounts as line 2"}},
		},
		"a rule for no accounts": {
			",,,230701,学生预存款,代管,,,,,,\n",
			[]voucher.MappingError{{2, "账户", "neither 账户 nor 总账科目 is given"}},
		},
		"an origin of no account": {
			",income,1212,1212,,代管,,,,,,\n",
			[]voucher.MappingError{{2, "来源", "is given without 账户"}},
		},
		"a path that accounts cannot have": {
			"wallet/,,,230701,学生预存款,代管,,,,,,\n",
			[]voucher.MappingError{{2, "账户", `"wallet/" is not the path of accounts`}},
		},
		"a nature that is none": {
			"wallet,,,230701,学生预存款,借,,,,,,\n",
			[]voucher.MappingError{{2, "性质", `"借" is none of 资金, 代管, 预算内 and, once, 资金结存`}},
		},
		"cash that is held": {
			"bank,,,100299,受托代理资产,代管,,,,,,\n",
			[]voucher.MappingError{{2, "性质", "资金 is for the subjects of cash, and no other is for them: 100299 is 代管"}},
		},
		"a liability that is cash": {
			"wallet,,,2307,,资金,,,,,,\n",
			[]voucher.MappingError{{2, "性质", "资金 is for the subjects of cash, and no other is for them: 2307 is 资金"}},
		},
		"income that is held": {
			"income,,,4101,,代管,,,,,,\n",
			[]voucher.MappingError{{2, "性质", "4101 is income or an expense, which nobody holds for others"}},
		},
		"an account of the ledger in a budget subject": {
			"income,,,6101,,预算内,,,,6101,,\n" + poolLine,
			[]voucher.MappingError{{2, "科目编码", "6101 is a budget subject: it belongs into 预算科目编码"}},
		},
		"own money without a budget subject": {
			"income,,,4101,,预算内,,,,,,\n" + poolLine,
			[]voucher.MappingError{{2, "预算科目编码", "is missing"}},
		},
		"own money in a financial subject of the budget": {
			"income,,,4101,,预算内,,,,4101,,\n" + poolLine,
			[]voucher.MappingError{{2, "预算科目编码", "4101 is neither budget income nor budget spending"}},
		},
		"held money with a budget subject": {
			"wallet,,,2307,,代管,,,,6101,,\n",
			[]voucher.MappingError{{2, "预算科目编码", "only 预算内 has a budget subject"}},
		},
		"own money without a pool": {
			"income,,,4101,,预算内,,,,6101,,\n",
			[]voucher.MappingError{{0, "性质", "no line is 资金结存"}},
		},
		"a pool that is none": {
			",,,8101,,资金结存,,,,,,\n",
			[]voucher.MappingError{{2, "科目编码", "8101 is not 8001 and not below it"}},
		},
		"a pool with an account": {
			"bank,,,8001,,资金结存,,,,,,\n",
			[]voucher.MappingError{{2, "", "the line of 资金结存 has a subject and nothing else"}},
		},
		"two pools": {
			poolLine + poolLine,
			[]voucher.MappingError{{3, "账户", "neither"}, {3, "性质", `"资金结存" is none of`}},
		},
		"a comma in a name": {
			"wallet,,,230701,\"学生,预存款\",代管,,,,,,\n",
			[]voucher.MappingError{{2, "科目名称", "\"学生,预存款\" has a comma, a quotation mark or a control character"}},
		},
		"a segment with an unknown number": {
			"wallet,,,230701,学生预存款,代管,{0},x{1},{n},,,\n",
			[]voucher.MappingError{
				{2, "往来单位", `"{0}" is neither a text nor {1} to {9}`},
				{2, "项目", `"x{1}" is neither a text nor {1} to {9}`},
				{2, "部门", `"{n}" is neither a text nor {1} to {9}`},
			},
		},
		"a cell without a heading": {
			"wallet,,,230701,学生预存款,代管,,,,,,,more\n",
			[]voucher.MappingError{{2, "", "cell 13 has no heading"}},
		},
		"a quotation mark that does not end": {
			"wallet,,,\"230701,学生预存款,代管\n",
			[]voucher.MappingError{{2, "", `extraneous or missing " in quoted-field`}},
		},
		"several faults, all of them": {
			"wallet,,,9999,学生预存款,代管,,,,,,\nfund,,,230702,补助资金,借,,,,,,\n",
			[]voucher.MappingError{{2, "科目编码", "9999"}, {3, "性质", `"借"`}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := parse(t, headings+c.lines)
			require.ErrorIs(t, err, voucher.ErrMapping)
			requireFaults(t, c.want, err)
		})
	}
}

// requireFaults compares the faults of an error; of a problem, what is wanted is
// a part.
func requireFaults(t *testing.T, want []voucher.MappingError, err error) {
	t.Helper()
	var got []voucher.MappingError
	var collect func(error)
	collect = func(err error) {
		var joined interface{ Unwrap() []error }
		var fault *voucher.MappingError
		switch {
		case errors.As(err, &joined):
			for _, part := range joined.Unwrap() {
				collect(part)
			}
		case errors.As(err, &fault):
			got = append(got, *fault)
		}
	}
	collect(err)
	require.Len(t, got, len(want), "%v", err)
	for i := range want {
		require.Equal(t, want[i].Line, got[i].Line, "%v", err)
		require.Equal(t, want[i].Column, got[i].Column, "%v", err)
		require.Contains(t, got[i].Problem, want[i].Problem)
		require.ErrorContains(t, err, got[i].Error())
	}
}

func TestParseMappingChecksTheHeadings(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]string{
		"":               "mapping: is empty",
		"账户,科目编码,科目名称\n": "mapping line 1, 性质: is missing",
		"账户,科目编码,科目名称,性质,账户\n":          "mapping line 1, 账户: is there twice",
		"账户,科目编码,科目名称,性质,方向\n":          "mapping line 1, 方向: is no column of a mapping",
		"账户,科目编码,科目名称,性质\nw,\xff\xff\n": "mapping: is neither UTF-8 nor GB18030",
	} {
		_, err := parse(t, file)
		require.EqualError(t, err, want)
	}
}

func TestSumTellsMappingsApart(t *testing.T) {
	t.Parallel()
	file := voucher.DefaultMappingFile()
	again, err := voucher.ParseMapping(bytes.NewReader(file))
	require.NoError(t, err)
	require.Equal(t, voucher.DefaultMapping().Sum(), again.Sum())
	require.Len(t, again.Sum(), 64)
	other, err := voucher.ParseMapping(bytes.NewReader(bytes.Replace(file, []byte("230701"), []byte("230799"), 1)))
	require.NoError(t, err)
	require.NotEqual(t, again.Sum(), other.Sum())
	file[0] = 'x'
	require.NotEqual(t, file[0], voucher.DefaultMappingFile()[0], "the file is a copy")
}
