package config

import (
	"net/mail"
	"strings"
	"time"
)

// Visit says when somebody visits a portal that takes files: days and a time in words, or
// a cron expression. All empty: changes are handed over as they come.
type Visit struct {
	Days string `yaml:"days" short:"true"` // such as weekdays 09:00; visit: may be this text alone
	Cron string `yaml:"cron"`              // five fields
	Zone string `yaml:"zone"`              // IANA time zone; empty: the server's
}

// Dropoff is a folder on an SFTP server into which a portal's files are put.
type Dropoff struct {
	Host     string   `yaml:"host"`
	Port     int      `yaml:"port" default:"22" min:"1" max:"65535"`
	User     string   `yaml:"user"`
	Key      Secret   `yaml:"key"`       // private key in PEM
	HostKeys []string `yaml:"host_keys"` // fingerprints, SHA256:...
	Path     string   `yaml:"path"`      // empty: the folder that the server shows first
}

// Owner is who visits a portal.
type Owner struct {
	Name   string        `yaml:"name"`
	Mail   string        `yaml:"mail"`                                    // gets each visit's sheet; empty: nobody does
	Attach bool          `yaml:"attach" default:"false"`                  // with the files
	Remind time.Duration `yaml:"remind" default:"48h" min:"1h" max:"31d"` // after which a visit that is not done is named once more
}

// Mail is how usher sends mail.
type Mail struct {
	From string `yaml:"from"` // address; empty: no mail is sent
	SMTP SMTP   `yaml:"smtp"`
}

// SMTP is the server that takes mail.
type SMTP struct {
	Host       string `yaml:"host"`
	Port       int    `yaml:"port" default:"587" min:"1" max:"65535"`
	User       string `yaml:"user"` // empty: without signing in
	Password   Secret `yaml:"password"`
	TLS        string `yaml:"tls" default:"starttls" oneof:"starttls tls none"`
	AllowPlain bool   `yaml:"allow_plain" default:"false"` // none also to a server elsewhere
}

// checkHandover is about how a portal's files are handed over.
func (d *decoder) checkHandover(path string, p Portal, c *Config) {
	switch {
	case p.Visit.Days != "" && p.Visit.Cron != "":
		d.fault(path+".visit.cron", "is a second time", "give days or cron")
	case p.Visit.Zone != "" && p.Visit.Days == "" && p.Visit.Cron == "":
		d.fault(path+".visit.zone", "has no time", "give days or cron as well")
	}
	if d.given(path + ".sftp") {
		for _, key := range needed("sftp") {
			if child := path + ".sftp." + key; !d.given(child) {
				d.fault(child, "is missing", "handing over by SFTP needs it")
			}
		}
		if d.given(path + ".folder") {
			d.fault(path+".folder", "is a second place", "files go into folder or to sftp")
		}
	}
	if p.Owner.Mail == "" {
		return
	}
	if !isAddress(p.Owner.Mail) {
		d.fault(path+".owner.mail", "is no address", "such as ann@example.com, and nothing else")
	}
	if c.Mail.From == "" {
		d.fault(path+".owner.mail", "gets no mail", "say below mail: by which server and from whom")
	}
}

// checkMail wants all of it or nothing.
func (d *decoder) checkMail(m Mail) {
	if !d.given("mail") {
		return
	}
	for _, key := range []string{"mail.from", "mail.smtp.host"} {
		if !d.given(key) {
			d.fault(key, "is missing", "mail needs it")
		}
	}
	if m.From != "" && !isAddress(m.From) {
		d.fault("mail.from", "is no address", "such as usher@example.com, and nothing else")
	}
	if (m.SMTP.User == "") != (m.SMTP.Password.Reveal() == "") {
		d.fault("mail.smtp.user", "needs a password, and the other way round", "leave out both to send without signing in")
	}
	if m.SMTP.TLS == "none" && !m.SMTP.AllowPlain && m.SMTP.Host != "" && !loopback(m.SMTP.Host) {
		d.fault("mail.smtp.tls", "sends people's names in clear", "use starttls or tls, or allow_plain: true for a server in your own network")
	}
}

// isAddress says whether text is one mail address without a name.
func isAddress(text string) bool {
	a, err := mail.ParseAddress(text)
	return err == nil && a.Name == "" && a.Address == text && !strings.ContainsAny(text, "\r\n")
}
