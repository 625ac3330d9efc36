package daemon

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"usher/internal/api"
	"usher/internal/usher"
	"usher/internal/web"
	"usher/sync/ledger"
)

// listsOf is the archive's folder for lists of a portal, as that of what its folder of exports brings.
func listsOf(portal string) string { return "portal " + portal }

// KeepList implements web.PortalLists. The key is the file's SHA-256: whoever brings the same bytes again has the same key.
func (s portalsPage) KeepList(ctx context.Context, portal, name string, content io.Reader) (string, error) {
	if _, err := s.named(ctx, portal); err != nil {
		return "", err
	}
	if _, err := s.d.Connector(portal); err != nil {
		return "", mistakeOf(err)
	}
	file, err := s.d.Archive(ctx, listsOf(portal), name, "upload", content)
	if errors.Is(err, api.ErrTooLarge) {
		err = &usher.InvalidError{Attribute: "file", Problem: fmt.Sprintf("has more than %d MiB", maxRoster>>20)}
	}
	return file.SHA256, err
}

var listKey = regexp.MustCompile(`^[0-9a-f]{64}$`)

// kept finds a file that KeepList kept, the newest of those bytes. The folder is this machine's: another replica may not have it.
func (s portalsPage) kept(portal, key string) (name string, content []byte, err error) {
	if !listKey.MatchString(key) {
		return "", nil, fmt.Errorf("list of portal %s: %w", portal, usher.ErrNotFound)
	}
	found, err := filepath.Glob(filepath.Join(globbed(s.d.archiveOf(listsOf(portal))), "*-"+key[:8]+"-*"))
	if err != nil {
		return "", nil, fmt.Errorf("list of portal %s: %w", portal, err)
	}
	slices.Sort(found)
	for _, path := range slices.Backward(found) {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", nil, fmt.Errorf("list of portal %s: %w", portal, err)
		}
		if sum := sha256.Sum256(content); hex.EncodeToString(sum[:]) == key {
			_, name, _ = strings.Cut(filepath.Base(path), "-"+key[:8]+"-")
			return name, content, nil
		}
	}
	return "", nil, fmt.Errorf("list of portal %s: %w", portal, usher.ErrNotFound)
}

// globbed is a path in which nothing is a wildcard.
func globbed(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

// LookAtList implements web.PortalLists.
func (s portalsPage) LookAtList(ctx context.Context, by usher.Principal, list web.PortalList) (usher.ExportView, error) {
	v, err := s.takeList(ctx, by, list, true)
	if err != nil {
		return v, err
	}
	return v, s.nameIn(ctx, v.Drift)
}

// nameIn says in differences whom they are about.
func (s portalsPage) nameIn(ctx context.Context, drift []usher.DriftView) error {
	var ids []usher.ID
	for _, d := range drift {
		if d.Person != "" {
			ids = append(ids, d.Person)
		}
	}
	people, err := s.d.store.Look().PeopleByID(ctx, ids)
	for i, d := range drift {
		drift[i].Name = people[d.Person].Name()
	}
	return err
}

// TakeList implements web.PortalLists.
func (s portalsPage) TakeList(ctx context.Context, by usher.Principal, list web.PortalList) (usher.ExportView, error) {
	return s.takeList(context.WithoutCancel(ctx), by, list, false) // what has begun is finished
}

func (s portalsPage) takeList(ctx context.Context, by usher.Principal, list web.PortalList, preview bool) (v usher.ExportView, err error) {
	p, err := s.named(ctx, list.Portal)
	if err != nil {
		return v, err
	}
	file, err := s.exportFile(ctx, list)
	if err != nil {
		return v, mistakeOf(err)
	}
	if !list.Adopt || p.Live {
		take := s.d.ledger.TakeExport
		if preview {
			take = s.d.ledger.PreviewExport
		}
		report, err := take(ctx, by, p.ID, file)
		return exportView(report), mistakeOf(err)
	}
	report, err := s.d.ledger.Adopt(ctx, by, p.ID, file, preview)
	v = exportView(report.ExportReport)
	v.Adopted, v.LinesInAll = report.Adopted, len(report.Lines)
	for _, l := range firstOf(report.Lines, shownOfList) {
		v.Lines = append(v.Lines, usher.AdoptedLine{Person: l.Person, Class: string(l.Class), Name: l.Name, Address: l.Address, Note: l.Note, Subscriptions: l.Subscriptions})
	}
	return v, mistakeOf(err)
}

// exportFile reads a list as its connector does.
func (s portalsPage) exportFile(ctx context.Context, list web.PortalList) (file ledger.ExportFile, err error) {
	name, content, err := s.kept(list.Portal, list.Key)
	if err != nil {
		return file, err
	}
	file.Name, file.SHA256, file.AsOf, file.Complete, file.DespiteGuard = name, list.Key, list.AsOf, list.Complete, list.DespiteGuard
	if file.Seen, file.Findings, err = s.d.ReadExport(ctx, list.Portal, content); err != nil || list.Subscription == "" {
		return file, err
	}
	sub, err := s.d.store.Look().SubscriptionNamed(ctx, list.Subscription)
	if err != nil {
		return file, err
	}
	if p, err := s.named(ctx, list.Portal); err != nil || sub.Portal != p.ID {
		return file, cmp.Or[error](err, &usher.InvalidError{Attribute: "subscription", Problem: "is of another portal"})
	}
	for i := range file.Seen {
		file.Seen[i].Subscriptions = []string{sub.Name}
	}
	return file, nil
}

// shownOfList is how many differences, findings and people of a list are named on a page.
const shownOfList = 150

func exportView(r ledger.ExportReport) usher.ExportView {
	v := usher.ExportView{Export: r.Export, Again: r.Again, Matched: r.Matched, Strangers: r.Strangers, Absent: r.Absent, Confirmed: r.Confirmed, Open: r.Open,
		Findings: firstOf(r.Findings, shownOfList), FoundInAll: len(r.Findings), DriftInAll: len(r.Drift)}
	for _, p := range r.Pools {
		v.Seats = append(v.Seats, usher.PortalSeats{Subscription: p.Subscription, Bought: p.Purchased, There: p.There, Here: p.Here})
	}
	drift := slices.Clone(r.Drift)
	slices.SortStableFunc(drift, func(a, b usher.Drift) int {
		return cmp.Or(cmp.Compare(gravity(a.Severity), gravity(b.Severity)), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Address, b.Address))
	})
	for _, d := range firstOf(drift, shownOfList) {
		v.Drift = append(v.Drift, usher.DriftView{ID: d.ID, Code: d.Code, Severity: d.Severity, Person: d.Person, Address: d.Address, Text: d.Text, Since: d.SinceAt})
	}
	return v
}

// gravity has what is graver first.
func gravity(s usher.Severity) int {
	return slices.Index([]usher.Severity{usher.SeverityError, usher.SeverityWarning, usher.SeverityInfo}, s)
}
