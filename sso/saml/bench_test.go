package saml

import (
	"strings"
	"syscall"
	"testing"
	"time"
)

// onOneCore runs work b.N times and tells what one costs in time of a processor, which does not depend on who else is busy.
func onOneCore(b *testing.B, work func()) {
	b.Helper()
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		work()
	}
	b.ReportMetric(float64((processorTime(b)-before).Microseconds())/1000/float64(b.N), "cpu-ms/op")
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

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
			onOneCore(b, func() {
				if _, err := c.Judge(value, now); err != nil {
					b.Fatal(err)
				}
			})
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
			onOneCore(b, func() {
				if _, err := c.Judge(value, now); err == nil {
					b.Fatal("let in")
				}
			})
		})
	}
}
