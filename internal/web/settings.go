package web

import (
	"context"
	"slices"
	"time"

	"usher/internal/usher"
)

// SettingsReads are what the running usher works with.
type SettingsReads interface {
	// Settings are what the configuration says, never a secret.
	Settings(ctx context.Context) (Settings, error)
	ActiveRevision(ctx context.Context) (usher.ActiveRevisionView, error)
	TokenViews(ctx context.Context) ([]usher.TokenView, error)
	Directories(ctx context.Context) ([]usher.DirectoryView, error)
	// SignInAttempts are the sign-ins that were refused last.
	SignInAttempts(ctx context.Context, connection, id string, limit int) ([]usher.AttemptView, error)
}

// Settings are what the running configuration says.
type Settings struct {
	// Version is usher's, Engine the database's, and File the configuration's; empty: built-in defaults.
	Version, Engine, File string
	Groups                []SettingGroup
	Feeds                 map[string]FeedSetting // of directories of files, by name
	Connections           []ConnectionSetting
}

// SettingGroup are settings below one key.
type SettingGroup struct {
	Name     string
	Settings []Setting
}

// Setting is one key, what it says, and where that comes from in words.
type Setting struct{ Path, Value, From string }

// FeedSetting is where a directory's files come from and when, in words; both can be empty.
type FeedSetting struct{ Source, Schedule, ExpectedBy string }

// ConnectionSetting is a way to sign in.
type ConnectionSetting struct {
	Name, Label, Kind, Provider string
	// Speaker is the identity provider: its issuer, or where its metadata is.
	Speaker   string
	Directory string
	Domains   []string
	Newcomers bool
}

var settingRoutes = []Route{{Method: "GET", Path: "/settings", Access: usher.AccessOverseers, serve: showSettings}}

// shownAttempts is how many refused sign-ins the page shows.
const shownAttempts = 20

type tokenLine struct {
	usher.TokenView

	Words, Tag string
}

type settingsPage struct {
	Settings

	Revision    usher.ActiveRevisionView
	Directories []usher.DirectoryView
	Tokens      []tokenLine
	Ended       int // tokens that open nothing any more
	Attempts    []usher.AttemptView
}

func showSettings(v *visit) error {
	ctx, reads := v.r.Context(), v.o.Settings
	var page settingsPage
	var err error
	if page.Settings, err = reads.Settings(ctx); err != nil {
		return err
	}
	if page.Revision, err = reads.ActiveRevision(ctx); err != nil {
		return err
	}
	if page.Directories, err = reads.Directories(ctx); err != nil {
		return err
	}
	tokens, err := reads.TokenViews(ctx)
	if err != nil {
		return err
	}
	page.Tokens, page.Ended = v.tokenLines(tokens)
	if page.Attempts, err = reads.SignInAttempts(ctx, "", "", shownAttempts); err != nil {
		return err
	}
	return v.show("settings", page)
}

// tokenLines are the tokens that open something, the one that expires first ahead, and how many others there are.
func (v *visit) tokenLines(tokens []usher.TokenView) (lines []tokenLine, ended int) {
	now := v.now()
	for _, t := range tokens {
		switch state := t.State(now); {
		case state != "live":
			ended++
		case t.ExpiresAt < now.Add(tokenSoon):
			lines = append(lines, tokenLine{t, "expires soon", "tag-warn"})
		default:
			lines = append(lines, tokenLine{t, state, "tag-good"})
		}
	}
	slices.SortStableFunc(lines, func(a, b tokenLine) int { return int(max(-1, min(1, a.ExpiresAt-b.ExpiresAt))) })
	return lines, ended
}

// tokenSoon is how long before its end a token is said to expire soon.
const tokenSoon = 30 * 24 * time.Hour

// Feed is where the files of a directory come from.
func (p settingsPage) Feed(directory string) FeedSetting { return p.Feeds[directory] }
