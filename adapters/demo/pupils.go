package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
)

// pupil is a made-up pupil. No such person exists: the area code of the
// identity numbers is not in use.
type pupil struct {
	name, studentNo, idNo, grade, class, guardian, phone string
}

var (
	surnames = []string{"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "林", "郭", "何", "高", "欧阳"}
	givens   = []string{"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "涛", "明", "超", "霞", "平", "刚", "桂", "子", "雨", "思", "浩", "梓", "欣"}
	grades   = []string{"初一", "初二", "初三", "高一", "高二", "高三"}
)

// pupils makes up n pupils.
func pupils(random *rand.Rand, n int) []pupil {
	made := make([]pupil, n)
	for i := range made {
		surname := pick(random, surnames)
		grade := i % len(grades)
		made[i] = pupil{
			name:      surname + pick(random, givens) + pick(random, givens),
			studentNo: fmt.Sprintf("2026%06d", i+1),
			idNo:      identityNumber(random, 2014-grade),
			grade:     grades[grade],
			class:     fmt.Sprintf("%d班", i/len(grades)%20+1),
			guardian:  surname + pick(random, givens),
			phone:     fmt.Sprintf("13%09d", random.IntN(1_000_000_000)),
		}
	}
	return made
}

func pick[T any](random *rand.Rand, from []T) T { return from[random.IntN(len(from))] }

// identityNumber makes an 18-character number with a right check character
// (GB 11643) and an area code, 999999, that is given to nobody.
func identityNumber(random *rand.Rand, year int) string {
	number := fmt.Sprintf("999999%04d%02d%02d%03d", year, random.IntN(12)+1, random.IntN(28)+1, random.IntN(1000))
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, weight := range weights {
		sum += weight * int(number[i]-'0')
	}
	return number + string("10X98765432"[sum%11])
}

// rosterCSV is the roster as a school would send it.
func rosterCSV(made []pupil) (*bytes.Buffer, error) {
	var file bytes.Buffer
	w := csv.NewWriter(&file)
	if err := w.Write([]string{"姓名", "学号", "身份证号", "年级", "班级", "家长姓名", "家长手机"}); err != nil {
		return nil, err
	}
	for _, p := range made {
		if err := w.Write([]string{p.name, p.studentNo, p.idNo, p.grade, p.class, p.guardian, p.phone}); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return &file, w.Error()
}
