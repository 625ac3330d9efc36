package saml

import (
	"strings"
	"testing"
)

// BenchmarkSignIn is one sign-in, from the form value to who it is; make bench says what it may cost.
func BenchmarkSignIn(b *testing.B) {
	for name, set := range map[string]func(*letter){
		"assertion": func(*letter) {},
		"both":      func(l *letter) { l.signResponse = true },
		"encrypted": encrypted(nsXEnc11+"aes256-gcm", "aes-256", "ours"),
		"400groups": func(l *letter) { l.attributes = attributeOf("groups", values(400)...) },
	} {
		b.Run(name, func(b *testing.B) {
			l := newLetter()
			set(&l)
			value := []byte(encoded(l.write(b)))
			c := connect(b, settings(b))
			b.ResetTimer()
			for b.Loop() {
				if _, err := c.Judge(value, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFlood is what a message costs that is thrown at us to cost something.
func BenchmarkFlood(b *testing.B) {
	for name, doc := range map[string]string{
		"elements":   strings.Repeat("<a>", 200_000),
		"attributes": "<a " + strings.Repeat(`b="c" `, 100_000) + "/>",
		"text":       "<a>" + strings.Repeat("x", 700<<10) + "</a>",
		"namespaces": strings.Repeat(`<a xmlns:b="urn:c">`, 24),
	} {
		b.Run(name, func(b *testing.B) {
			value := []byte(encoded(doc))
			c := connect(b, settings(b))
			b.ResetTimer()
			for b.Loop() {
				if _, err := c.Judge(value, now); err == nil {
					b.Fatal("let in")
				}
			}
		})
	}
}
