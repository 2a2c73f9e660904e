package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"

	"github.com/campusledger/campusledger/ledger/money"
)

// numberPattern is WeChat Pay's rule for out_trade_no.
var numberPattern = regexp.MustCompile(`^[0-9A-Za-z_\-|*]{6,32}$`)

// call is a request that was authenticated.
type call struct {
	merchant Merchant
	nonce    string
	body     []byte
	request  *http.Request
}

func (s *Server) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("POST /v1/orders", s.authenticated(s.handleCreate))
	mux.Handle("GET /v1/orders/{number}", s.authenticated(s.handleQuery))
	mux.Handle("POST /v1/orders/{number}/close", s.authenticated(s.handleClose))
	mux.Handle("GET /v1/settlements/{date}", s.authenticated(s.handleSettlement))
	mux.HandleFunc("GET /pay", s.showPay)
	mux.HandleFunc("POST /pay", s.handlePay)
	return mux
}

// authenticated lets a request through whose signature covers its exact bytes,
// whose time is in the window and whose nonce is new.
func (s *Server) authenticated(handle func(w http.ResponseWriter, c call)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			writeError(w, http.StatusBadRequest, codeParameter, "body cannot be read or is too large")
			return
		}
		merchant, nonce, err := s.authenticate(r, body)
		if err != nil {
			writeError(w, http.StatusUnauthorized, codeSignature, err.Error())
			return
		}
		handle(w, call{merchant: merchant, nonce: nonce, body: body, request: r})
	})
}

func (s *Server) authenticate(r *http.Request, body []byte) (Merchant, string, error) {
	a, err := parseAuthorization(r.Header.Get("Authorization"))
	if err != nil {
		return Merchant{}, "", err
	}
	merchant, ok := s.merchants[a.merchant]
	if !ok || !matches(signRequest(merchant.Key, r.Method, r.URL.RequestURI(), a, body), a.signature) {
		return Merchant{}, "", errors.New("signature does not match")
	}
	now := s.now()
	if !inWindow(now, a.timestamp) {
		return Merchant{}, "", errors.New("timestamp is more than 5 minutes off")
	}
	if !s.nonces.use(merchant.ID, a.nonce, now) {
		return Merchant{}, "", errors.New("nonce was used before")
	}
	return merchant, a.nonce, nil
}

func (s *Server) handleCreate(w http.ResponseWriter, c call) {
	content, amount, problem := s.readCreate(c.body)
	if problem != "" {
		s.refuse(w, c, http.StatusBadRequest, codeParameter, problem)
		return
	}
	if code := s.create(c.merchant, content, amount); code != "" {
		s.refuse(w, c, http.StatusConflict, code, "order "+content.Number)
		return
	}
	page := "http://" + c.request.Host + "/pay?order=" + url.QueryEscape(content.Number)
	s.answer(w, c, http.StatusOK, checkoutWire{PayURL: page, CodeURL: page})
}

// readCreate returns what is wrong as a text for the caller, or nothing.
func (s *Server) readCreate(body []byte) (createWire, money.Amount, string) {
	var content createWire
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&content); err != nil {
		return createWire{}, money.Amount{}, "body is not an order"
	}
	target, err := url.Parse(content.NotifyURL)
	switch {
	case !numberPattern.MatchString(content.Number):
		return createWire{}, money.Amount{}, "out_trade_no"
	case content.Description == "" || len(content.Description) > 127:
		return createWire{}, money.Amount{}, "description"
	case err != nil || (target.Scheme != "http" && target.Scheme != "https") || target.Host == "":
		return createWire{}, money.Amount{}, "notify_url"
	case !content.Expires.After(s.now()):
		return createWire{}, money.Amount{}, "time_expire"
	case content.Amount.Total <= 0 || content.Amount.Currency != s.currency.Code():
		return createWire{}, money.Amount{}, "amount"
	}
	return content, money.Of(content.Amount.Total, s.currency), ""
}

func (s *Server) handleQuery(w http.ResponseWriter, c call) {
	transaction, ok := s.query(c.merchant.ID, c.request.PathValue("number"))
	if !ok {
		s.refuse(w, c, http.StatusNotFound, codeNoOrder, "no such order")
		return
	}
	s.answer(w, c, http.StatusOK, transaction)
}

func (s *Server) handleClose(w http.ResponseWriter, c call) {
	switch code := s.closeOrder(c.merchant.ID, c.request.PathValue("number")); code {
	case "":
		s.answer(w, c, http.StatusOK, struct{}{})
	case codeNoOrder:
		s.refuse(w, c, http.StatusNotFound, code, "no such order")
	default:
		s.refuse(w, c, http.StatusConflict, code, "order cannot be closed")
	}
}

func (s *Server) handleSettlement(w http.ResponseWriter, c call) {
	t, err := s.Settlement(c.merchant.ID, c.request.PathValue("date"))
	if err != nil {
		s.refuse(w, c, http.StatusBadRequest, codeParameter, "date")
		return
	}
	s.answer(w, c, http.StatusOK, settlementWire{
		Merchant: t.Merchant, Date: t.Date, Orders: t.Orders,
		Gross: wireAmount(t.Gross), Fee: wireAmount(t.Fee), Net: wireAmount(t.Net),
	})
}

func (s *Server) refuse(w http.ResponseWriter, c call, status int, code, message string) {
	s.answer(w, c, status, errorWire{Code: code, Message: message})
}

// answer signs and writes a response to an authenticated request.
func (s *Server) answer(w http.ResponseWriter, c call, status int, content any) {
	body, err := json.Marshal(content)
	if err != nil {
		writeError(w, http.StatusInternalServerError, "SYSTEM_ERROR", "")
		return
	}
	now := s.now().Unix()
	setSignature(w.Header(), now, c.nonce, signResponse(c.merchant.Key, status, now, c.nonce, body))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that went away asks again
}

// writeError answers somebody who proved nothing: unsigned.
func writeError(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(errorWire{Code: code, Message: message})
}
