package saml

import (
	"crypto/rand"
	"sync"
	"testing"

	"usher/internal/usher"
)

// TestConnectionIsShared has many goroutines use one connection; make race looks on.
func TestConnectionIsShared(t *testing.T) {
	c := connect(t, settings(t), "idp", "idp next")
	l := newLetter()
	l.encryption = &encryption{nsXEnc11 + "aes256-gcm", oaep, "", "aes-256", "ours before"}
	value, query := []byte(encoded(l.write(t))), request().query(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 5 {
				if j, err := c.Judge(value, now); err != nil || j.SignedIn.Subject != persistent {
					t.Errorf("judged %+v, %v", j, err)
				}
				if _, err := c.JudgeLogout(query, now); err != nil {
					t.Error(err)
				}
				if _, err := c.Start(Ask{Relay: "token"}, now, rand.Reader); err != nil {
					t.Error(err)
				}
				if _, err := c.StartLogout(usher.ProviderSession{NameID: persistent}, "", now, rand.Reader); err != nil {
					t.Error(err)
				}
				c.Descriptor()
			}
		})
	}
	group.Wait()
}
