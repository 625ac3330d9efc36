package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"usher/internal/usher"
)

// tokenCmd is about the tokens with which directories reach usher.
type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Make a token and print it, once."`
	List   tokenListCmd   `cmd:"" default:"withargs" help:"List tokens, never their secrets."`
	Revoke tokenRevokeCmd `cmd:"" help:"Revoke a token; it is refused at once."`
}

type tokenCreateCmd struct {
	Directory string `required:"" placeholder:"NAME" help:"The directory that the token opens."`
	Days      int    `default:"365" help:"Days until it expires."`
}

// Help implements kong.HelpProvider.
func (tokenCreateCmd) Help() string {
	return `The token alone goes to standard output. A directory can have two live tokens: make the new one, give it to the identity provider, revoke the old one.

Example:
  usher token create --directory okta > okta.token`
}

// Run implements storeCommand.
func (c *tokenCreateCmd) Run(d *desk) error {
	key, err := d.daemon.Key()
	if err != nil {
		return err
	}
	if c.Days < 1 || c.Days > 3650 {
		return &usher.InvalidError{Attribute: "--days", Problem: "is not between 1 and 3650"}
	}
	if err := d.knowsDirectory(c.Directory); err != nil {
		return err
	}
	text, t, err := d.daemon.Ledger().CreateToken(d.ctx, d.by, c.Directory, time.Duration(c.Days)*24*time.Hour, key)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(d.stdout, text); err != nil {
		return err
	}
	d.remark("Token %s opens the directory %s until %s (UTC). It is shown this once.", t.ID, c.Directory, stamp(t.ExpiresAt))
	return nil
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
	ID        string `json:"id"`
	Directory string `json:"directory"`
	State     string `json:"state"`
	CreatedAt string `json:"createdAt"`
	CreatedBy string `json:"createdBy"`
	ExpiresAt string `json:"expiresAt"`
	LastUsed  string `json:"lastUsedAt,omitempty"`
	token     usher.Token
}

// Run implements storeCommand.
func (c *tokenListCmd) Run(d *desk) error {
	look := d.daemon.Store().Look()
	tokens, err := look.Tokens(d.ctx)
	if err != nil {
		return err
	}
	directories, err := look.Directories(d.ctx)
	if err != nil {
		return err
	}
	names := map[usher.ID]string{}
	for _, dir := range directories {
		names[dir.ID] = dir.Name
	}
	var rows []tokenRow
	for _, t := range tokens {
		if state := tokenState(t, look.Now()); c.All || state == "live" {
			rows = append(rows, tokenRow{t.ID, names[t.Directory], state, t.CreatedAt.RFC3339(), t.CreatedBy, t.ExpiresAt.RFC3339(), t.LastUsedAt.RFC3339(), t})
		}
	}
	return show(c.listing, d.stdout, rows, []column[tokenRow]{
		{"TOKEN", func(r tokenRow) string { return r.ID }},
		{"DIRECTORY", func(r tokenRow) string { return r.Directory }},
		{"STATE", func(r tokenRow) string { return r.State }},
		{"CREATED (UTC)", func(r tokenRow) string { return stamp(r.token.CreatedAt) }},
		{"BY", func(r tokenRow) string { return r.CreatedBy }},
		{"EXPIRES (UTC)", func(r tokenRow) string { return stamp(r.token.ExpiresAt) }},
		{"LAST USED (UTC)", func(r tokenRow) string { return stamp(r.token.LastUsedAt) }},
	})
}

func tokenState(t usher.Token, now usher.Time) string {
	switch {
	case t.RevokedAt != 0:
		return "revoked"
	case now >= t.ExpiresAt:
		return "expired"
	}
	return "live"
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
