package daemon

import (
	"context"
	"net/url"
	"path"
	"slices"
	"strings"

	"usher/internal/config"
	"usher/internal/web"
	"usher/sync/ledger"
)

// settingsPage is what the running usher works with.
type settingsPage struct {
	*ledger.Ledger

	d *Daemon
}

// Settings implements web.SettingsReads.
func (s settingsPage) Settings(context.Context) (web.Settings, error) {
	c := s.d.Config()
	shown := web.Settings{Version: Version(), Engine: s.d.store.Engine(), File: s.d.options.ConfigFile, Groups: s.groups(c), Feeds: map[string]web.FeedSetting{}}
	for _, d := range c.Directories {
		if d.Kind == "file" {
			shown.Feeds[d.Name] = feedSetting(d)
		}
	}
	for _, k := range c.SignIn.Connections {
		speaker := k.Issuer
		if k.Kind == "saml" {
			speaker = withoutSecrets(k.Metadata)
		}
		shown.Connections = append(shown.Connections, web.ConnectionSetting{Name: k.Name, Label: k.Label, Kind: k.Kind, Provider: k.Provider, Speaker: speaker,
			Directory: k.Directory, Domains: k.Domains, Newcomers: k.Newcomers == "keep"})
	}
	return shown, nil
}

// shownElsewhere are the parts of the configuration that the page shows in a form of their own; roles are for owners alone.
func shownElsewhere() []string {
	return []string{"directories", "subscriptions", "teams", "guards", "signin.connections", "signin.roles"}
}

func (s settingsPage) groups(c *config.Config) (groups []web.SettingGroup) {
	for _, one := range config.Describe(c) {
		if below(one.Path, shownElsewhere()) {
			continue
		}
		name := strings.SplitN(one.Path, ".", 2)[0]
		if name == one.Path {
			name = "general"
		}
		at := slices.IndexFunc(groups, func(g web.SettingGroup) bool { return g.Name == name })
		if at < 0 {
			at, groups = len(groups), append(groups, web.SettingGroup{Name: name})
		}
		groups[at].Settings = append(groups[at].Settings, web.Setting{Path: one.Path, Value: withoutSecrets(one.Value), From: s.from(one)})
	}
	return groups
}

func below(path string, keys []string) bool {
	for _, key := range keys {
		if path == key || strings.HasPrefix(path, key+".") || strings.HasPrefix(path, key+"[") {
			return true
		}
	}
	return false
}

// from says where a value comes from.
func (s settingsPage) from(one config.Setting) string {
	switch {
	case one.Path == "data" && s.d.options.Data != "", one.Path == "listen" && s.d.options.Listen != "":
		return "the command line"
	case one.Default:
		return "default"
	}
	return "the configuration"
}

// withoutSecrets is a text in which no address shows a password or what follows its path.
func withoutSecrets(text string) string {
	u, err := url.Parse(text)
	if err != nil || u.Scheme == "" || u.Host == "" {
		return text
	}
	u.RawQuery, u.Fragment = "", ""
	u.User = nil
	return u.String()
}

// feedSetting says in words where files come from, without whatever opens the place.
func feedSetting(d config.Directory) (f web.FeedSetting) {
	f.Schedule, f.ExpectedBy = d.Schedule.Cron, d.Schedule.ExpectedBy
	switch s := d.Source; {
	case s.Folder.Path != "":
		f.Source = "the folder " + s.Folder.Path
	case s.SFTP.Host != "":
		f.Source = "SFTP, " + s.SFTP.Host + " " + s.SFTP.Path
	case s.HTTPS.URL != "":
		f.Source = withoutSecrets(s.HTTPS.URL)
	case s.S3.Bucket != "":
		f.Source = "object storage, " + path.Join(s.S3.Bucket, s.S3.Prefix)
	default:
		f.Source = "uploads, and files by hand"
	}
	return f
}
