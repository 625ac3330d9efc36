package config

import (
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
)

// Notifications say who is told what is amiss or waits for somebody.
type Notifications struct {
	Channels  []Channel `yaml:"channels"`
	Digest    Visit     `yaml:"digest"`                    // when all that is open is told; empty: never
	SeatsLow  Guard     `yaml:"seats_low"`                 // fewer free seats are told: the larger of Min and Percent of those purchased
	Answerers bool      `yaml:"answerers" default:"false"` // mail to those who are to answer requests for seats
}

// Channel is one way by which people or programs are told.
type Channel struct {
	Name   string   `yaml:"-"`
	Pos    Pos      `yaml:"-"` // its name in the file
	Kind   string   `yaml:"kind" required:"true" oneof:"mail slack webhook"`
	To     []string `yaml:"to" kinds:"mail" needs:"mail"`                    // addresses; each gets a mail of its own
	URL    Secret   `yaml:"url" kinds:"slack webhook" needs:"slack webhook"` // whoever knows Slack's can write there
	Secret Secret   `yaml:"secret" kinds:"webhook" needs:"webhook"`          // whsec_ and base64
	// PreviousSecret signs as well, while receivers change over.
	PreviousSecret Secret   `yaml:"previous_secret" kinds:"webhook"`
	AllowPrivate   bool     `yaml:"allow_private" kinds:"slack webhook" default:"false"` // may reach loopback and private addresses
	Kinds          []string `yaml:"kinds" oneof:"plan revision hold conflict request seats term feed portal visit run expiry channel"`
	When           string   `yaml:"when" default:"always" oneof:"always at_once digest"`
}

// checkNotifications is about channels as a whole; what a schedule is the engine knows.
func (d *decoder) checkNotifications(c *Config) {
	n := c.Notifications
	for _, ch := range n.Channels {
		path := join("notifications.channels", ch.Name)
		if !d.failed[path+".kind"] {
			checkKind[Channel](d, path, "channel", ch.Kind)
		}
		d.checkChannel(path, ch)
		if ch.Kind == "mail" && c.Mail.From == "" {
			d.fault(path+".to", "gets no mail", "say below mail: by which server and from whom")
		}
		if ch.When == "digest" && n.Digest.Days == "" && n.Digest.Cron == "" {
			d.fault(path+".when", "waits for a digest that never comes", "say below notifications.digest: when it does")
		}
	}
	if n.Digest.Days != "" && n.Digest.Cron != "" {
		d.fault("notifications.digest.cron", "is a second time", "give days or cron")
	}
	if n.Digest.Zone != "" && n.Digest.Days == "" && n.Digest.Cron == "" {
		d.fault("notifications.digest.zone", "has no time", "give days or cron as well")
	}
	if n.Answerers && c.Mail.From == "" {
		d.fault("notifications.answerers", "get no mail", "say below mail: by which server and from whom")
	}
}

func (d *decoder) checkChannel(path string, ch Channel) {
	if d.given(path+".to") && len(ch.To) == 0 {
		d.fault(path+".to", "is empty", "such as [ann@example.com]")
	}
	for i, to := range ch.To {
		if !isAddress(to) {
			d.fault(item(path+".to", i), "is no address", "such as ann@example.com, and nothing else")
		}
		if slices.Contains(ch.To[:i], to) {
			d.fault(item(path+".to", i), "is named twice", "once is enough")
		}
	}
	if u, err := url.Parse(ch.URL.Reveal()); ch.URL != "" && (err != nil || !absolute(u) || u.User != nil || u.Scheme == "http" && !ch.AllowPrivate) {
		d.fault(path+".url", "is no https address", "http only with allow_private, for a receiver inside the house")
	}
	for key, secret := range map[string]Secret{"secret": ch.Secret, "previous_secret": ch.PreviousSecret} {
		if secret != "" && !isSigningSecret(secret.Reveal()) {
			d.fault(path+"."+key, "is no secret of Standard Webhooks", "whsec_ and the base64 of 24 to 64 random bytes: printf whsec_; openssl rand -base64 32")
		}
	}
}

func isSigningSecret(text string) bool {
	encoded, ok := strings.CutPrefix(text, "whsec_")
	key, err := base64.StdEncoding.DecodeString(encoded)
	return ok && err == nil && len(key) >= 24 && len(key) <= 64
}
