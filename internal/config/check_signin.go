package config

import (
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// domainName is a domain as it stands behind the @ of an address, in small letters.
var domainName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)

func (d *decoder) checkConnection(path string, c Connection, all *Config) {
	if !d.failed[path+".kind"] {
		checkKind[Connection](d, path, "connection", c.Kind)
	}
	if c.Name == "link" {
		d.fault(path, "is the name of login links", "another name")
	}
	if c.Directory != "" && !slices.ContainsFunc(all.Directories, func(dir Directory) bool { return dir.Name == c.Directory }) {
		d.fault(path+".directory", "names a directory that is not declared", "it says whose people sign in over the connection")
	}
	for i, domain := range c.Domains {
		if !domainName.MatchString(domain) {
			d.fault(item(path+".domains", i), "is no domain", "such as example.com, in small letters")
		}
	}
	if c.Trusted && len(c.Domains) == 0 && c.Directory == "" {
		d.fault(path+".trusted", "trusts addresses of every company", "give the connection's domains, or its directory")
	}
	if c.Newcomers == "keep" && len(c.Domains) == 0 {
		d.fault(path+".newcomers", "keeps people of every company", "give the connection's domains: only who has an address there becomes a person")
	}
	if !c.AllowPrivate && !strings.HasPrefix(all.PublicURL, "https://") && all.TLS.CertFile == "" {
		d.fault(path, "needs https, and browsers call usher over http", "set public_url to what they call it, or tls; http only with allow_private, to try it out")
	}
	switch c.Kind {
	case "saml":
		d.checkSAML(path, c)
	case "oidc":
		d.checkOIDC(path, c)
	}
}

func (d *decoder) checkSAML(path string, c Connection) {
	switch {
	case c.Metadata == "":
		d.fault(path+".metadata", "is missing", "the https address or the file of the provider's metadata")
	case strings.Contains(c.Metadata, "://"):
		d.checkProviderURL(path+".metadata", c.Metadata, c.AllowPrivate)
	case !filepath.IsAbs(c.Metadata):
		d.fault(path+".metadata", "is no absolute path and no address", "such as https://login.example.com/metadata or /etc/usher/okta.xml")
	}
	if c.Subject != "" && c.Unspecified {
		d.fault(path+".name_id_stays", "has no meaning beside subject", "people are known by an attribute or by the NameID")
	}
	if c.Provider == "entra" && c.Tenant == "" {
		d.fault(path+".tenant", "is missing", "one Entra tenant is one connection: its id, from the overview of the tenant")
	}
}

func (d *decoder) checkOIDC(path string, c Connection) {
	if c.Issuer == "" {
		d.fault(path+".issuer", "is missing", "as the provider writes it in its discovery document, to the last slash")
	} else {
		d.checkProviderURL(path+".issuer", c.Issuer, c.AllowPrivate)
	}
	if c.ClientID == "" {
		d.fault(path+".client_id", "is missing", "the provider gives it to the application")
	}
	if (c.ClientSecret.Reveal() == "") == (c.ClientKey.Reveal() == "") {
		d.fault(path+".client_secret", "or client_key has to be given, and not both", "one of them shows the provider who usher is")
	}
}

// checkProviderURL wants https; http only where private addresses are allowed, for a provider inside the house.
func (d *decoder) checkProviderURL(path, text string, private bool) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.User != nil || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !private) {
		d.fault(path, "is no https address", "http only with allow_private, for a provider inside the house")
	}
}

func (d *decoder) checkSAMLKey(k SAMLKey) {
	for _, pair := range [][4]string{
		{"cert_file", k.CertFile, "key_file", k.KeyFile},
		{"previous_cert_file", k.PreviousCertFile, "previous_key_file", k.PreviousKeyFile},
	} {
		switch {
		case pair[1] != "" && pair[3] == "":
			d.fault("signin.saml_key."+pair[2], "is missing", "a key is a certificate and its private key")
		case pair[3] != "" && pair[1] == "":
			d.fault("signin.saml_key."+pair[0], "is missing", "a key is a certificate and its private key")
		}
	}
}
