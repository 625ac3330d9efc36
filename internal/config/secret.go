package config

import (
	"fmt"
	"io"
)

const redacted = "[redacted]"

// Secret is text that must not be shown. Every way of printing or encoding it
// gives "[redacted]"; only [Secret.Reveal] gives the text. It must not be the
// key of a map: encoding/json writes keys of a string type as they are.
type Secret string

// Reveal gives the secret text.
func (s Secret) Reveal() string { return string(s) }

// String hides the secret.
func (Secret) String() string { return redacted }

// GoString hides the secret from %#v.
func (Secret) GoString() string { return redacted }

// Format hides the secret from every verb of package fmt, %x and %q included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// MarshalText hides the secret from encoders of text.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON hides the secret from JSON.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
