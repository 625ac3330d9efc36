package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/usher"
)

// tokenCmd is about the tokens with which directories and programs reach usher.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print it, once."`
	List   tokenListCmd   `cmd:"" default:"withargs" help:"List tokens, never their secrets."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a token; it is refused at once."`
}

type tokenCreateCmd struct {
	Directory string        `xor:"for" placeholder:"NAME" help:"The directory that the token opens: this or --api."`
	API       string        `name:"api" xor:"for" placeholder:"NAME" help:"The program that reaches /api/v1 with the token; events call it so."`
	Scope     []usher.Scope `placeholder:"SCOPE" help:"With --api: what of the API the token opens; repeatable."`
	Days      int           `default:"365" help:"Days until it expires."`
}

// Help implements kong.HelpProvider.
func (tokenCreateCmd) Help() string {
	return `The token alone goes to standard output. A directory can have two live tokens: make the new one, give it to the identity provider, revoke the old one.

The scopes are ` + scopeNames() + `.

Examples:
  usher token create --directory okta > okta.token
  usher token create --api dashboard --scope people:read --scope seats:read --days 90 > dashboard.token`
}

func scopeNames() string {
	var names []string
	for _, s := range usher.Scopes() {
		names = append(names, string(s))
	}
	return strings.Join(names, ", ")
}

// Run implements storeCommand.
func (c *tokenCreateCmd) Run(d *desk) error {
	key, err := d.daemon.Key()
	if err != nil {
		return err
	}
	if c.Directory == "" && c.API == "" {
		return &usher.InvalidError{Attribute: "--directory or --api", Problem: "is missing: say what the token is to open"}
	}
	if c.Days < 1 || c.Days > 3650 {
		return &usher.InvalidError{Attribute: "--days", Problem: "is not between 1 and 3650"}
	}
	ttl := time.Duration(c.Days) * 24 * time.Hour
	if c.API != "" {
		return c.forAPI(d, ttl, key)
	}
	if len(c.Scope) > 0 {
		return &usher.InvalidError{Attribute: "--scope", Problem: "is for a token of the API; a directory's token opens that directory and nothing else"}
	}
	if err := d.knowsDirectory(c.Directory); err != nil {
		return err
	}
	text, t, err := d.daemon.Ledger().CreateToken(d.ctx, d.by, c.Directory, ttl, key)
	if err != nil {
		return err
	}
	return d.handOut(text, t.Credential, "the directory "+c.Directory)
}

func (c *tokenCreateCmd) forAPI(d *desk, ttl time.Duration, key []byte) error {
	text, t, err := d.daemon.Ledger().CreateAPIToken(d.ctx, d.by, c.API, c.Scope, ttl, key)
	if err != nil {
		return err
	}
	return d.handOut(text, t.Credential, inScopes(t.Scopes)+" of the API to "+t.Name)
}

// handOut prints a token, once.
func (d *desk) handOut(text string, t usher.Credential, opens string) error {
	if _, err := fmt.Fprintln(d.stdout, text); err != nil {
		return err
	}
	d.remark("Token %s opens %s until %s (UTC). It is shown this once.", t.ID, opens, stamp(t.ExpiresAt))
	return nil
}

func inScopes(scopes []usher.Scope) string {
	names := make([]string, len(scopes))
	for i, s := range scopes {
		names[i] = string(s)
	}
	return strings.Join(names, " ")
}

// knowsDirectory says which directories there are, when there is none of that name.
func (d *desk) knowsDirectory(name string) error {
	directories, err := d.daemon.Store().Look().Directories(d.ctx)
	if err != nil {
		return err
	}
	var names []string
	for _, dir := range directories {
		names = append(names, dir.Name)
	}
	if slices.Contains(names, name) {
		return nil
	}
	return noSuch("directory", name, names)
}

type tokenListCmd struct {
	listing

	All bool `help:"Also those that were revoked or have expired."`
}

// tokenRow is a token as it is listed.
type tokenRow struct {
	ID        string        `json:"id"`
	Kind      string        `json:"kind"` // directory or api
	Directory string        `json:"directory,omitempty"`
	Name      string        `json:"name,omitempty"`
	Scopes    []usher.Scope `json:"scopes,omitempty"`
	State     string        `json:"state"`
	CreatedAt string        `json:"createdAt"`
	CreatedBy string        `json:"createdBy"`
	ExpiresAt string        `json:"expiresAt"`
	LastUsed  string        `json:"lastUsedAt,omitempty"`
	token     usher.Credential
}

func newTokenRow(kind string, t usher.TokenView, now usher.Time) tokenRow {
	return tokenRow{ID: t.ID, Kind: kind, State: t.State(now), CreatedAt: t.CreatedAt.RFC3339(), CreatedBy: t.CreatedBy, ExpiresAt: t.ExpiresAt.RFC3339(), LastUsed: t.LastUsedAt.RFC3339(), token: t.Credential}
}

// Run implements storeCommand.
func (c *tokenListCmd) Run(d *desk) error {
	rows, err := d.tokenRows()
	if err != nil {
		return err
	}
	if !c.All {
		rows = slices.DeleteFunc(rows, func(r tokenRow) bool { return r.State != "live" })
	}
	return show(c.listing, d.stdout, rows, []column[tokenRow]{
		{"TOKEN", func(r tokenRow) string { return r.ID }},
		{"KIND", func(r tokenRow) string { return r.Kind }},
		{"OF", func(r tokenRow) string { return firstOf(r.Directory, r.Name) }},
		{"OPENS", func(r tokenRow) string { return firstOf(inScopes(r.Scopes), "the directory") }},
		{"STATE", func(r tokenRow) string { return r.State }},
		{"CREATED (UTC)", func(r tokenRow) string { return stamp(r.token.CreatedAt) }},
		{"BY", func(r tokenRow) string { return r.CreatedBy }},
		{"EXPIRES (UTC)", func(r tokenRow) string { return stamp(r.token.ExpiresAt) }},
		{"LAST USED (UTC)", func(r tokenRow) string { return stamp(r.token.LastUsedAt) }},
	})
}

// tokenRows are the tokens of directories, then those of the API, newest first.
func (d *desk) tokenRows() (rows []tokenRow, err error) {
	tokens, err := d.daemon.Ledger().TokenViews(d.ctx)
	for _, t := range tokens {
		kind := "directory"
		if t.Name != "" {
			kind = "api"
		}
		row := newTokenRow(kind, t, d.daemon.Store().Now())
		row.Directory, row.Name, row.Scopes = t.Directory, t.Name, t.Scopes
		rows = append(rows, row)
	}
	return rows, err
}

type tokenRevokeCmd struct {
	Token string `arg:"" help:"The token's public id, as 'usher token list' shows it."`
}

// Run implements storeCommand.
func (c *tokenRevokeCmd) Run(d *desk) error {
	err := d.daemon.Ledger().RevokeToken(d.ctx, d.by, c.Token)
	if errors.Is(err, usher.ErrNotFound) {
		return fmt.Errorf("there is no token %q; `usher token list --all` lists them", c.Token)
	}
	if err != nil {
		return err
	}
	d.remark("Token %s is revoked.", c.Token)
	return nil
}
