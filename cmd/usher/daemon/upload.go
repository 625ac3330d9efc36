package daemon

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"

	"usher/internal/api"
	"usher/internal/config"
	"usher/internal/usher"
)

// uploads takes files of people that are sent, whichever door they come through.
type uploads struct {
	*Daemon

	pace *uploadPace
}

// shownFindings are sent back with an upload; usher plans show has all of them.
const shownFindings = 100

// Upload implements api.Rosters.
func (u uploads) Upload(ctx context.Context, by usher.Principal, directory, name string, content io.Reader) (api.Report, error) {
	p, err := u.take(ctx, by, directory, name, "upload", content, Planning{})
	if err != nil {
		return api.Report{}, err
	}
	findings, err := u.store.Look().Findings(ctx, p.ID, shownFindings)
	return api.Report{Plan: p.Number, State: p.State, SHA256: p.File.SHA256, Counts: p.Counts, Reasons: p.Reasons, Findings: findings}, err
}

// take keeps a copy of a file that is sent and plans it. The directory is looked up before its name becomes part of any path. What has begun
// is finished although the client may have gone: the whole file is here.
func (u uploads) take(ctx context.Context, by usher.Principal, directory, name, origin string, content io.Reader, how Planning) (usher.Plan, error) {
	if _, err := u.feed(directory); err != nil {
		return usher.Plan{}, err
	}
	if err := u.pace.take(directory); err != nil {
		return usher.Plan{}, err
	}
	file, err := u.Archive(ctx, directory, name, origin, content)
	if err != nil {
		return usher.Plan{}, err
	}
	by.Reason = "upload of " + file.Name
	return u.PlanRoster(context.WithoutCancel(ctx), by, directory, file, how)
}

// authenticateKind is authenticate for one kind of directories: a SCIM client's token
// uploads no rosters, and that of a file directory opens no SCIM.
func (d *Daemon) authenticateKind(kind usher.DirectoryKind) func(*http.Request) (usher.Principal, error) {
	return func(r *http.Request) (usher.Principal, error) {
		who, err := d.authenticate(r)
		if err != nil {
			return who, err
		}
		configured := slices.ContainsFunc(d.config.Load().Directories, func(dir config.Directory) bool {
			return dir.Name == who.Name && usher.DirectoryKind(dir.Kind) == kind
		})
		if !configured {
			return usher.Principal{}, fmt.Errorf("a token for this: %w", usher.ErrNotFound)
		}
		return who, nil
	}
}
