package simulator

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// What is read is what was written: no two headers mean the same but for the
// order of their parameters.
func FuzzParseAuthorization(f *testing.F) {
	f.Add(authorization{merchant: "1900000001", nonce: "n", timestamp: 1790000000, signature: "c2ln"}.String())
	f.Add(`SIMPAY-HMAC-SHA256 merchant="1",nonce="2",timestamp="3"`)
	f.Add(`SIMPAY-HMAC-SHA256 =",="`)
	f.Fuzz(func(t *testing.T, value string) {
		a, err := parseAuthorization(value)
		if err != nil {
			require.ErrorIs(t, err, errAuthorization)
			return
		}
		again, err := parseAuthorization(a.String())
		require.NoError(t, err)
		require.Equal(t, a, again)
		require.Len(t, a.String(), len(value))
	})
}

// Bodies that are signed but strange must be errors or sound payments.
func FuzzParseNotification(f *testing.F) {
	merchant := Merchant{ID: "1900000001", Key: []byte("sixteen bytes or more")}
	client, err := NewClient("http://127.0.0.1:1", merchant, nil)
	require.NoError(f, err)
	f.Add([]byte(`{"id":"1","event_type":"TRANSACTION.SUCCESS","resource":{"mchid":"1900000001","out_trade_no":"n",` +
		`"trade_state":"SUCCESS","transaction_id":"t","success_time":"2026-09-01T12:00:00+08:00","amount":{"total":1,"currency":"CNY"}}}`))
	f.Add([]byte(`{"resource":{"trade_state":"SUCCESS","amount":{"total":1,"currency":"CNY"}}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		header := http.Header{}
		setSignature(header, 1790000000, "n", signNotification(merchant.Key, 1790000000, "n", body))
		notification, err := client.ParseNotification(header, body)
		if err != nil {
			return
		}
		require.True(t, notification.Payment.Amount.IsValid())
		if notification.Payment.State == "paid" {
			require.NotEmpty(t, notification.Payment.TransactionID)
			require.False(t, notification.Payment.PaidAt.IsZero())
		}
	})
}
