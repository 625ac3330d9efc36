package config

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Revision is the part of the configuration that all replicas must share: it is
// kept in the store, numbered, and a change of it is planned before it counts.
// It has no field of type [Secret].
type Revision struct {
	Subscriptions []Subscription `json:"subscriptions"` // by name
	Teams         Teams          `json:"teams"`
	Guards        Guards         `json:"guards"`
}

// Revision gives the revision part as canonical JSON: equal parts give equal
// bytes, whatever the order, layout and comments of the file.
func (c *Config) Revision() []byte {
	r := Revision{Subscriptions: append([]Subscription{}, c.Subscriptions...), Teams: c.Teams, Guards: c.Guards}
	r.Teams.Groups = append([]string{}, c.Teams.Groups...) // [] and never null
	slices.SortFunc(r.Subscriptions, func(a, b Subscription) int { return cmp.Compare(a.Name, b.Name) })
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // rules are read by people
	if err := encoder.Encode(r); err != nil {
		panic(fmt.Sprintf("config: encode revision: %v", err)) // no type in it can fail
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// Fingerprint gives the SHA-256 of [Config.Revision] in hexadecimal.
func (c *Config) Fingerprint() string {
	sum := sha256.Sum256(c.Revision())
	return hex.EncodeToString(sum[:])
}

// ParseRevision reads what [Config.Revision] gives. It refuses keys that this
// version does not know: half a revision would compute other seats.
func ParseRevision(data []byte) (Revision, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	var r Revision
	if err := decoder.Decode(&r); err != nil {
		return Revision{}, fmt.Errorf("configuration revision: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Revision{}, errors.New("configuration revision: data after its end")
	}
	return r, nil
}
