package notify

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// Webhook is a receiver that knows by a signature who calls, in the way of Standard Webhooks 1.0 (standardwebhooks.com).
type Webhook struct {
	URL    string
	Client *http.Client
	// Secrets are the present one and, while receivers change over, the one before: each signs.
	Secrets []Secret
}

// Secret is the key of signatures.
type Secret []byte

// secretPrefix begins a written secret.
const secretPrefix = "whsec_"

// ParseSecret reads a secret as Standard Webhooks writes it: whsec_ and the base64 of 24 to 64 bytes.
func ParseSecret(text string) (Secret, error) {
	wrong := &usher.InvalidError{Attribute: "secret", Problem: "it is not whsec_ and 24 to 64 bytes in base64"}
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, wrong
	}
	return key, nil
}

// sign is the signature of a message, with its version.
func (s Secret) sign(id, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, s)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// Send posts a message. Its id stays the same when it is sent again, and at is the time of this try: receivers refuse old ones.
func (w Webhook) Send(ctx context.Context, id usher.ID, m Message, at time.Time) error {
	body, err := json.Marshal(payloadOf(m))
	if err != nil {
		return err
	}
	message, timestamp := "msg_"+string(id), strconv.FormatInt(at.Unix(), 10)
	var signatures []string
	for _, s := range w.Secrets {
		signatures = append(signatures, s.sign(message, timestamp, body))
	}
	return post(ctx, w.Client, w.URL, body, map[string]string{
		"webhook-id": message, "webhook-timestamp": timestamp, "webhook-signature": strings.Join(signatures, " "),
	})
}

// payload is the body of a webhook.
type payload struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"` // when the message was made
	Data      data   `json:"data"`
}

type data struct {
	Opened   []told `json:"opened"`
	Resolved []told `json:"resolved"`
	Open     []told `json:"open"`
	Passed   []told `json:"passed"`
}

// told is an incident as receivers see it.
type told struct {
	ID         usher.ID           `json:"id"`
	Kind       usher.IncidentKind `json:"kind"`
	Subject    string             `json:"subject"`
	Level      int64              `json:"level"`
	Title      string             `json:"title"`
	Detail     string             `json:"detail"`
	URL        string             `json:"url"`
	OpenedAt   string             `json:"openedAt"`
	ResolvedAt string             `json:"resolvedAt,omitempty"`
	Times      int                `json:"times"`
}

func payloadOf(m Message) payload {
	p := payload{Type: "incidents.changed", Timestamp: stamp(m.At), Data: data{toldOf(m.Opened, m.Base), toldOf(m.Over, m.Base), toldOf(m.Open, m.Base), toldOf(m.Passed, m.Base)}}
	switch {
	case m.Test:
		p.Type = "test"
	case m.Digest:
		p.Type = "incidents.digest"
	}
	return p
}

func toldOf(items []Item, base string) []told {
	list := []told{}
	for _, i := range items {
		list = append(list, told{ID: i.ID, Kind: i.Kind, Subject: i.Subject, Level: i.Level, Title: i.Title, Detail: i.Detail, URL: base + i.Path,
			OpenedAt: stamp(i.OpenedAt), ResolvedAt: stamp(i.ResolvedAt), Times: i.Times})
	}
	return list
}
