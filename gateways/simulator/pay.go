package simulator

import (
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
)

// payPage is what a person sees who opened an order's pay URL.
var payPage = template.Must(template.New("pay").Parse(`<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>模拟支付</title></head>
<body><h1>模拟支付</h1><p>{{.Description}}</p><p><strong>{{.Amount}}</strong></p><p>{{.State}}</p>
<form method="post"><button name="result" value="success">付款</button>
<button name="result" value="failure">付款失败</button></form></body></html>
`))

type payView struct {
	Description string
	Amount      string
	State       tradeState
}

func (s *Server) showPay(w http.ResponseWriter, r *http.Request) {
	view, ok := s.payView(r.URL.Query().Get("order"))
	if !ok {
		writeError(w, http.StatusNotFound, codeNoOrder, "no such order")
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = payPage.Execute(w, view) // fails only when the browser went away
}

func (s *Server) payView(number string) (payView, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[number]
	if !ok {
		return payView{}, false
	}
	o.expire(s.now())
	return payView{Description: o.content.Description, Amount: o.amount.String(), State: o.state}, true
}

func (s *Server) handlePay(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	number, attempt := r.URL.Query().Get("order"), s.Pay
	if r.FormValue("result") == "failure" {
		attempt = s.Fail
	}
	switch err := attempt(number); {
	case errors.Is(err, ErrNoOrder):
		writeError(w, http.StatusNotFound, codeNoOrder, "no such order")
	case err != nil:
		writeError(w, http.StatusConflict, codeOrderClosed, err.Error())
	default:
		view, _ := s.payView(number)
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]tradeState{"trade_state": view.State})
	}
}
