package slip_test

import (
	"context"
	"fmt"

	"github.com/campusledger/campusledger/adapters/slip"
)

// A pupil's meal, as it is printed above the QR code.
func Example() {
	ctx := context.Background()
	b, err := newBooks(ctx)
	check(err)
	sale, err := b.sell(ctx, "香蕉")
	check(err)
	receipt, err := b.prove(ctx, sale)
	check(err)
	printed, err := slip.New("实验小学", &receipt)
	check(err)
	fmt.Print(printed.Text())
	// Output:
	// 实验小学
	//                       凭条
	// ------------------------------------------------
	// 业务  消费
	// 时间  2026-09-01 12:05:06 北京时间
	// 日期  2026-09-01
	// 经办  counter-1
	// ------------------------------------------------
	// 终端  t01
	// 米饭 x2                                     2.00
	// 香蕉 x1                                    12.50
	// 合计                                   14.50 CNY
	// ------------------------------------------------
	// 钱包 h102938                          -14.50 CNY
	// 商户 canteen1                         +14.50 CNY
	// ------------------------------------------------
	// 记录  第 4 条
	// 编号  5e0d4997-0f1e-5b23-8c1f-521f15ffb90e
	// 账簿  school.example/books/1
	// 封存  前 4 条记录
	// ------------------------------------------------
	//         扫码取得证明，用学校公钥离线核验
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
