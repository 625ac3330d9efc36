package daemon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"usher/internal/config"
	"usher/internal/outbound"
	"usher/internal/store"
	"usher/internal/usher"
	"usher/internal/web"
	"usher/sso"
	"usher/sso/oidc"
	"usher/sso/saml"
)

// newDesk makes the desk at which people sign in, as the configuration says.
func (d *Daemon) newDesk(c *config.Config) (*sso.Desk, error) {
	o := sso.Options{
		BaseURL: d.URL(), Flows: d.store, People: d.ledger, Sessions: d.store, Attempts: d.store, Copies: metadataCopies{d.store, sources(c)}, Key: d.key,
		Idle: c.SignIn.Idle, Longest: c.SignIn.Longest, Rate: c.SignIn.Rate, Client: proxies(c.TrustedProxies).client, Now: d.options.Clock, Failed: d.requestFailed,
		Warn: func(err error) { d.log.Warn().Err(err).Msg("signing in") }, LinkUsed: d.linkUsed,
	}
	for _, one := range c.SignIn.Connections {
		made, err := d.connection(one, c)
		if err != nil {
			return nil, fmt.Errorf("signin.connections.%s: %w", one.Name, err)
		}
		o.Connections = append(o.Connections, made)
	}
	return sso.New(o)
}

func (d *Daemon) connection(c config.Connection, all *config.Config) (sso.Connection, error) {
	made := sso.Connection{Name: c.Name, Label: c.Label, Plain: c.AllowPrivate}
	rule := usher.LinkRule{Domains: c.Domains, Trusted: c.Trusted, Newcomers: c.Newcomers == "keep"}
	if c.Directory != "" {
		dir, err := d.store.Look().DirectoryNamed(context.Background(), c.Directory)
		if err != nil {
			return made, err
		}
		rule.Directory = dir.ID
	}
	made.Rule = func() usher.LinkRule {
		now := rule
		now.RoleAddresses = roleAddresses(d.config.Load())
		return now
	}
	var err error
	if c.Kind == "oidc" {
		made.OIDC, err = oidc.New(d.oidcSettings(c))
	} else {
		made.SAML, err = d.samlSettings(c, all)
	}
	return made, err
}

// below is the address of a connection's part of ours.
func (d *Daemon) below(connection, what string) string {
	return d.URL() + "/sso/" + connection + "/" + what
}

func (d *Daemon) oidcSettings(c config.Connection) oidc.Settings {
	return oidc.Settings{
		Name: c.Name, Preset: presetOf(c.Provider), Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), Keys: []byte(c.ClientKey.Reveal()),
		RedirectURL: d.below(c.Name, "callback"), PostLogoutURL: d.URL() + "/signin", Scopes: c.Scopes, Tenant: c.Tenant,
		Trusted: c.Trusted, UserInfo: c.UserInfo, Outbound: outbound.Options{Version: Version(), AllowPrivate: c.AllowPrivate},
	}
}

func presetOf(provider string) oidc.Preset {
	switch provider {
	case "okta":
		return oidc.Okta
	case "entra":
		return oidc.Entra
	}
	return oidc.Generic
}

func (d *Daemon) samlSettings(c config.Connection, all *config.Config) (*sso.SAML, error) {
	keys, err := samlKeys(all, d.options.Clock())
	if err != nil {
		return nil, err
	}
	s := saml.Settings{
		Name: c.Name, EntityID: d.below(c.Name, "metadata"), ACS: d.below(c.Name, "acs"), SLO: d.below(c.Name, "slo"), Keys: keys,
		SignRequests: c.SignedRequests, Unsolicited: c.IdPInitiated, AddressTrusted: c.Trusted, Subject: subjectOf(c),
	}
	if c.EntityID != "" {
		s.EntityID = c.EntityID
	}
	made := &sso.SAML{Settings: s, Source: saml.Source{EntityID: c.ProviderID}}
	if isURL(c.Metadata) {
		made.Source.URL = c.Metadata
		made.Source.Client = outbound.New(outbound.Options{Version: Version(), AllowPrivate: c.AllowPrivate, Timeout: 10 * time.Second, BodyLimit: saml.MetadataLimit})
		return made, nil
	}
	made.Document, err = os.ReadFile(c.Metadata)
	return made, err
}

func subjectOf(c config.Connection) saml.Subject {
	switch {
	case c.Provider == "entra":
		return saml.Subject{Attribute: saml.EntraObjectID, Tenant: c.Tenant, TenantAttribute: saml.EntraTenantID}
	case c.Subject != "":
		return saml.Subject{Attribute: c.Subject}
	case c.Unspecified:
		return saml.Subject{NameIDFormat: saml.FormatUnspecified}
	}
	return saml.Subject{NameIDFormat: saml.FormatPersistent}
}

func isURL(text string) bool { return len(text) > 4 && text[:4] == "http" }

// metadataCopies keeps metadata among the settings of the store, where all replicas see it.
type metadataCopies struct {
	store *store.Store
	from  map[string]string // the address for each connection
}

// keptMetadata is metadata with the address that it came from: with another address in the configuration it is of no
// account, or whoever was trusted before would be for ever.
type keptMetadata struct {
	From string
	saml.Copy
}

// sources are the addresses of metadata by connection.
func sources(c *config.Config) map[string]string {
	from := map[string]string{}
	for _, one := range c.SignIn.Connections {
		from[one.Name] = one.Metadata
	}
	return from
}

func metadataSetting(connection string) string { return "saml metadata " + connection }

// Copy implements sso.Copies.
func (m metadataCopies) Copy(ctx context.Context, connection string) (saml.Copy, error) {
	text, err := m.store.Look().Setting(ctx, metadataSetting(connection))
	if err != nil || text == "" {
		return saml.Copy{}, err
	}
	var kept keptMetadata
	if err := json.Unmarshal([]byte(text), &kept); err != nil || kept.From != m.from[connection] {
		return saml.Copy{}, err
	}
	return kept.Copy, nil
}

// KeepCopy implements sso.Copies.
func (m metadataCopies) KeepCopy(ctx context.Context, connection string, c saml.Copy) error {
	text, err := json.Marshal(keptMetadata{m.from[connection], c})
	if err != nil {
		return err
	}
	return m.store.Write(ctx, func(tx *store.Tx) error { return tx.SetSetting(ctx, metadataSetting(connection), string(text)) })
}

// pages are what people see who are signed in.
func (d *Daemon) pages(files uploads) http.Handler {
	own, teams := selfService{d, &preflights{d: d, of: map[usher.ID]*kept[web.Mismatches]{}}}, d.newTeamsPage()
	return web.New(web.Options{
		Seats: own, Asking: d.ledger, Joining: own, Requests: own, Answers: d.ledger, Reports: own, Preflight: own, Roles: webRoles{d}, Sessions: d.ledger,
		Plans: planPages{d.ledger, d, files}, Revisions: d.ledger, Holds: d.ledger, Conflicts: d.ledger, Reshaping: d.ledger,
		Portals: d.ledger, PortalWays: portalsPage{d}, PortalLists: portalsPage{d}, GoingLive: portalsPage{d}, Visits: d.ledger, VisitWays: portalsPage{d},
		People: d.ledger, Person: d.ledger, PersonWrites: d.ledger,
		Today: todayPage{d.ledger, d}, Subscriptions: d.ledger, Queueing: d.ledger, Teams: teams, Tree: teams, Events: eventsPage{d.ledger, d},
		Settings: settingsPage{d.ledger, d}, Uses: d.newActivityPage(teams),
		Who: d.visitor, FormTargets: d.desk.FormTargets(), Now: d.options.Clock, Failed: d.requestFailed,
	})
}

// visitor is who a browser's request is from.
func (d *Daemon) visitor(r *http.Request) (web.Visitor, error) {
	s, p, err := d.desk.Who(r)
	if errors.Is(err, sso.ErrSignedOut) {
		err = web.ErrSignedOut
	}
	if err != nil {
		return web.Visitor{}, err
	}
	rights, err := d.rights(r.Context(), s, p)
	return web.Visitor{Person: p, Connection: s.Connection, AuthenticatedAt: s.AuthenticatedAt,
		By: usher.Principal{Kind: usher.PrincipalPerson, Name: p.Address, Person: p.ID, Rights: rights}}, err
}
