package notify_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usher/internal/notify"
	"usher/internal/usher"
)

const base = "https://usher.example.com"

// receiver takes posts, and answers with a status.
type receiver struct {
	*httptest.Server
	status int
	header http.Header
	body   []byte
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.header = q.Header
		r.body, _ = io.ReadAll(q.Body)
		w.Header().Set("Retry-After", "120")
		w.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func message() notify.Message {
	return notify.Message{At: noon, Base: base, Opened: []notify.Item{{ID: "i1", Kind: usher.IncidentHold, Subject: "4", Title: "Hold 4 stops <releases> & more", Detail: "9 seats are held.", Path: "/holds", OpenedAt: noon, Times: 1}},
		Over: []notify.Item{{ID: "i2", Kind: usher.IncidentPortal, Subject: "p", Title: "Portal p fails", OpenedAt: noon, ResolvedAt: noon.Add(time.Hour), Times: 2}}}
}

func TestSlack(t *testing.T) {
	r := newReceiver(t)
	if err := (notify.Slack{URL: r.URL, Client: r.Client()}).Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	var got map[string]string
	if err := json.Unmarshal(r.body, &got); err != nil {
		t.Fatal(err)
	}
	want := "*usher: 1 new, 1 over*\n• <https://usher.example.com/holds|Hold 4 stops &lt;releases&gt; &amp; more> (since 2026-03-02 12:00 UTC)\n   9 seats are held.\n" +
		"Over:\n• Portal p fails (2026-03-02 12:00 UTC to 2026-03-02 13:00 UTC, 2 times)"
	if len(got) != 1 || got["text"] != want || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("%s was posted:\n%s\nwant\n%s", r.header.Get("Content-Type"), got["text"], want)
	}
}

// verified checks a webhook as the specification has it, apart from the code that signs.
func verified(r *receiver, secret string) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", r.header.Get("webhook-id"), r.header.Get("webhook-timestamp"), r.body)
	for signature := range strings.FieldsSeq(r.header.Get("webhook-signature")) {
		given, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(signature, "v1,"))
		if err == nil && hmac.Equal(given, mac.Sum(nil)) {
			return nil
		}
	}
	return errors.New("no signature fits")
}

func TestWebhookIsSigned(t *testing.T) {
	const present, before, other = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_HwECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_HxECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	var secrets []notify.Secret
	for _, text := range []string{present, before} {
		s, err := notify.ParseSecret(text)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, s)
	}
	r := newReceiver(t)
	at := noon.Add(time.Hour).Std()
	if err := (notify.Webhook{URL: r.URL, Client: r.Client(), Secrets: secrets}).Send(t.Context(), "n1", message(), at); err != nil {
		t.Fatal(err)
	}
	for secret, fits := range map[string]bool{present: true, before: true, other: false} {
		if err := verified(r, secret); (err == nil) != fits {
			t.Errorf("with %s: %v", secret, err)
		}
	}
	if id, stamp := r.header.Get("webhook-id"), r.header.Get("webhook-timestamp"); id != "msg_n1" || stamp != fmt.Sprint(at.Unix()) {
		t.Errorf("id %s at %s", id, stamp)
	}
	want := `{"type":"incidents.changed","timestamp":"2026-03-02T12:00:00Z","data":{"opened":[{"id":"i1","kind":"hold","subject":"4","level":0,"title":"Hold 4 stops \u003creleases\u003e \u0026 more","detail":"9 seats are held.","url":"https://usher.example.com/holds","openedAt":"2026-03-02T12:00:00Z","times":1}],` +
		`"resolved":[{"id":"i2","kind":"portal","subject":"p","level":0,"title":"Portal p fails","detail":"","url":"https://usher.example.com","openedAt":"2026-03-02T12:00:00Z","resolvedAt":"2026-03-02T13:00:00Z","times":2}],"open":[],"passed":[]}}`
	if string(r.body) != want {
		t.Errorf("body\n%s\nwant\n%s", r.body, want)
	}
	r.body[10]++
	if verified(r, present) == nil {
		t.Error("a body that was changed is taken for ours")
	}
}

// TestSignatureOfTheSpecification is the example that the libraries of Standard Webhooks are tested with.
func TestSignatureOfTheSpecification(t *testing.T) {
	s, err := notify.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := notify.Sign(s, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestParseSecret(t *testing.T) {
	for text, fits := range map[string]bool{
		"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": true, "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw": false, "whsec_c2hvcnQ=": false, "whsec_" + strings.Repeat("A", 88): false, "whsec_!": false, "": false,
	} {
		if _, err := notify.ParseSecret(text); (err == nil) != fits || err != nil && text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestARefusalSaysNoAddress(t *testing.T) {
	r := newReceiver(t)
	r.status = http.StatusTooManyRequests
	slack := notify.Slack{URL: r.URL + "/services/secret", Client: r.Client()}
	err := slack.Send(t.Context(), message())
	if refused, ok := errors.AsType[*notify.RefusedError](err); !ok || refused.Status != 429 || refused.After != 2*time.Minute {
		t.Errorf("refused: %v", err)
	}
	r.Close()
	for _, err := range []error{err, slack.Send(t.Context(), message()), notify.Slack{URL: "://secret", Client: r.Client()}.Send(t.Context(), message())} {
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	}
}

func TestMessageIsKeptAsItIs(t *testing.T) {
	body, err := message().Encode()
	if err != nil {
		t.Fatal(err)
	}
	m, err := notify.Decode(body)
	if err != nil || m.Text() != message().Text() || m.Subject() != "usher: 1 new, 1 over" {
		t.Errorf("%+v, %v", m, err)
	}
	if _, err := notify.Decode([]byte("{")); err == nil {
		t.Error("half a message is read")
	}
}
