package simulator

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/campusledger/campusledger/gateways"
	"github.com/campusledger/campusledger/ledger/money"
)

// ClientOptions of a [Client].
type ClientOptions struct {
	// NotifyURL is where the gateway shall call back, see
	// [gateways.NotificationHandler]; default none, then no order can be
	// created.
	NotifyURL string
	// Name is the gateway's name; default "simulator".
	Name string
	// HTTP makes the calls; default a client of its own with a timeout of 10 s
	// and 64 kept connections.
	HTTP *http.Client
	// Now is the clock; default time.Now.
	Now func() time.Time
}

// Client is a merchant's side of a [Server]. It may be used concurrently.
type Client struct {
	base      string
	merchant  Merchant
	notifyURL string
	name      string
	http      *http.Client
	now       func() time.Time
}

var _ gateways.Gateway = (*Client)(nil)

// NewClient returns a client of the gateway at the base URL.
func NewClient(base string, merchant Merchant, options *ClientOptions) (*Client, error) {
	parsed, err := url.Parse(base)
	if err != nil || parsed.Host == "" {
		return nil, fmt.Errorf("new simulator client: base URL %q", base)
	}
	if err := merchant.validate(); err != nil {
		return nil, fmt.Errorf("new simulator client: %w", err)
	}
	c := &Client{base: strings.TrimSuffix(base, "/"), merchant: merchant, name: "simulator", http: newHTTPClient(64), now: time.Now}
	c.http.Timeout = 10 * time.Second
	if options == nil {
		return c, nil
	}
	c.notifyURL = options.NotifyURL
	if options.Name != "" {
		c.name = options.Name
	}
	if options.HTTP != nil {
		c.http = options.HTTP
	}
	if options.Now != nil {
		c.now = options.Now
	}
	return c, nil
}

// Name returns the gateway's name.
func (c *Client) Name() string { return c.name }

// Merchant returns the merchant number.
func (c *Client) Merchant() string { return c.merchant.ID }

// CloseIdleConnections gives the kept connections back.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// Create announces an order, see [gateways.Gateway].
func (c *Client) Create(ctx context.Context, order gateways.Order) (gateways.Checkout, error) {
	var checkout checkoutWire
	err := c.call(ctx, http.MethodPost, "/v1/orders", createWire{
		Number: order.Number(), Description: order.Description, NotifyURL: c.notifyURL,
		Expires: order.ExpiresAt, Amount: wireAmount(order.Amount),
	}, &checkout)
	if err != nil {
		return gateways.Checkout{}, c.translate(err)
	}
	return gateways.Checkout{URL: checkout.PayURL, Code: checkout.CodeURL}, nil
}

// Query asks what became of an order, see [gateways.Gateway].
func (c *Client) Query(ctx context.Context, number string) (gateways.Payment, error) {
	var transaction transactionWire
	err := c.call(ctx, http.MethodGet, "/v1/orders/"+url.PathEscape(number), nil, &transaction)
	if refused := (*codeError)(nil); errors.As(err, &refused) && refused.code == codeNoOrder {
		return gateways.Payment{State: gateways.PaymentUnknown}, nil
	}
	if err != nil {
		return gateways.Payment{}, c.translate(err)
	}
	payment, err := transaction.payment()
	if err == nil && transaction.Number != number {
		err = errors.New("answer is about another order")
	}
	if err != nil {
		return gateways.Payment{}, fmt.Errorf("%s: %w: %w", c.name, gateways.ErrUnavailable, err)
	}
	return payment, nil
}

// Close closes an order, see [gateways.Gateway].
func (c *Client) Close(ctx context.Context, number string) error {
	err := c.call(ctx, http.MethodPost, "/v1/orders/"+url.PathEscape(number)+"/close", nil, &struct{}{})
	if refused := (*codeError)(nil); errors.As(err, &refused) && refused.code == codeNoOrder {
		return nil
	}
	return c.translate(err)
}

// Settlement asks what the gateway owes for a day, given as yyyy-mm-dd.
func (c *Client) Settlement(ctx context.Context, date string) (Settlement, error) {
	var t settlementWire
	if err := c.call(ctx, http.MethodGet, "/v1/settlements/"+url.PathEscape(date), nil, &t); err != nil {
		return Settlement{}, c.translate(err)
	}
	currency, err := money.ParseCurrency(t.Gross.Currency)
	if err != nil {
		return Settlement{}, fmt.Errorf("%s: %w: %w", c.name, gateways.ErrUnavailable, err)
	}
	return Settlement{
		Merchant: t.Merchant, Date: t.Date, Orders: t.Orders, Gross: money.Of(t.Gross.Total, currency),
		Fee: money.Of(t.Fee.Total, currency), Net: money.Of(t.Net.Total, currency),
	}, nil
}

// Pay plays the payer, who opened the checkout's page and pays.
func (c *Client) Pay(ctx context.Context, checkout gateways.Checkout) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, checkout.URL, http.NoBody)
	if err != nil {
		return fmt.Errorf("pay: %w", err)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return fmt.Errorf("pay: %w: %w", gateways.ErrUnavailable, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
	if err != nil {
		return fmt.Errorf("pay: %w: %w", gateways.ErrUnavailable, err)
	}
	if response.StatusCode != http.StatusOK {
		return c.translate(readCode(response.StatusCode, body))
	}
	return nil
}

// call makes a signed request and reads the answer only if its signature
// belongs to this request.
func (c *Client) call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	a := authorization{merchant: c.merchant.ID, nonce: newNonce(), timestamp: c.now().Unix()}
	a.signature = signRequest(c.merchant.Key, method, request.URL.RequestURI(), a, body)
	request.Header.Set("Authorization", a.String())
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxBody+1))
	if err != nil {
		return err
	}
	if err := c.verifyResponse(response, a.nonce, answer); err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return readCode(response.StatusCode, answer)
	}
	return json.Unmarshal(answer, out)
}

func (c *Client) verifyResponse(response *http.Response, nonce string, body []byte) error {
	timestamp, err := parseTimestamp(response.Header.Get(headerTimestamp))
	want := signResponse(c.merchant.Key, response.StatusCode, timestamp, nonce, body)
	if err != nil || !matches(want, response.Header.Get(headerSignature)) {
		return fmt.Errorf("answer with status %d: %w", response.StatusCode, gateways.ErrBadSignature)
	}
	if !inWindow(c.now(), timestamp) {
		return fmt.Errorf("answer with status %d: %w", response.StatusCode, gateways.ErrStale)
	}
	return nil
}
