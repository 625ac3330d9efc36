package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// Portals are what is known of portals (the ledger).
type Portals interface {
	PortalRows(ctx context.Context) ([]usher.PortalRow, error)
	// PortalPage is a portal by name; usher.ErrNotFound: none is called so.
	PortalPage(ctx context.Context, name string) (usher.PortalPage, error)
	// PortalDrift lists differences of one sort by address and id, PortalBehind accounts that are not in line by their next try,
	// PortalBatches batches from the newest on.
	PortalDrift(ctx context.Context, portal string, code usher.DriftCode, address string, id usher.ID, limit int) (usher.Listed[usher.DriftView], error)
	PortalBehind(ctx context.Context, portal string, after usher.Mark, limit int) (usher.Listed[usher.BehindView], error)
	PortalBatches(ctx context.Context, portal string, before int64, limit int) (usher.Listed[usher.BatchView], error)
	// BatchFile is a batch with its content.
	BatchFile(ctx context.Context, name string) (usher.Batch, error)
}

// PortalWays are the ways to portals, as the configuration has them.
type PortalWays interface {
	// NextVisit says in words when more is carried to a portal, and when that is where it is a time; empty: nothing is collected.
	NextVisit(ctx context.Context, portal string) (words string, at usher.Time, err error)
	PortalFiles(ctx context.Context, portal string) (PortalFiles, error)
	// RetryRefused has refused accounts tried again, and says how many.
	RetryRefused(ctx context.Context, by usher.Principal, portal string) (int, error)
	// LearnTemplate keeps a template that was downloaded from the portal. *usher.InvalidError: it is none.
	LearnTemplate(ctx context.Context, by usher.Principal, portal, name string, content []byte) error
	// ClearCorrection has the directories decide again about a column of somebody.
	ClearCorrection(ctx context.Context, by usher.Principal, portal string, person usher.ID, column string) error
}

// PortalFiles are a portal's own matters, as far as it takes files.
type PortalFiles struct {
	// Configured is false for one that the configuration names no longer.
	Configured bool
	// Place is where its files are put; empty for a portal that takes none.
	Place string
	// ExportFolder is where its lists are taken from by themselves, and ExportTrouble why they are not; both can be empty.
	ExportFolder, ExportTrouble string
	// Learns says that it fills templates.
	Learns      bool
	Templates   []PortalTemplate
	Corrections []PortalCorrection
}

// PortalTemplate is a template that was learned, with what is filled of it.
type PortalTemplate struct {
	Key, Name, SHA256 string
	LearnedAt         usher.Time
	LearnedBy         string
	Filled, Empty     []string
	// Trouble says that it cannot be read any more; empty: it can.
	Trouble string
}

// PortalCorrection is what was decided of one person's column, to be mended at its source.
type PortalCorrection struct {
	Person                                                usher.ID
	Address, Column, Source, Value, Owner, Reason, Portal string
	Since                                                 usher.Time
	// Mended says that the directories say the same by now.
	Mended bool
}

// templateBytes bounds a template that is sent.
const templateBytes = 8 << 20

var portalRoutes = []Route{
	{Method: "GET", Path: "/portals", Access: usher.AccessOverseers, serve: listPortals},
	{Method: "GET", Path: "/portals/{name}", Access: usher.AccessOverseers, serve: showPortal},
	{Method: "GET", Path: "/portals/{name}/drift/{code}", Access: usher.AccessOverseers, serve: showDrift},
	{Method: "GET", Path: "/portals/{name}/batches/{batch}", Access: usher.AccessOverseers, serve: sendBatch},
	{Method: "POST", Path: "/portals/{name}/retry", Access: usher.AccessDeciders, Fresh: true, serve: retryRefused},
	{Method: "POST", Path: "/portals/{name}/templates", Access: usher.AccessDeciders, Fresh: true, Body: templateBytes, serve: learnTemplate},
	{Method: "POST", Path: "/portals/{name}/corrections/clear", Access: usher.AccessDeciders, Fresh: true, serve: clearCorrection},
}

// portalLine is a portal in the list.
type portalLine struct {
	usher.PortalRow

	Words, Tag string
	Next       string
	NextAt     usher.Time
}

func listPortals(v *visit) error {
	rows, err := v.o.Portals.PortalRows(v.r.Context())
	if err != nil {
		return err
	}
	lines := make([]portalLine, 0, len(rows))
	for _, row := range rows {
		line, err := v.portalLine(row)
		if err != nil {
			return err
		}
		lines = append(lines, line)
	}
	return v.show("portals", struct{ Portals []portalLine }{lines})
}

func (v *visit) portalLine(row usher.PortalRow) (line portalLine, err error) {
	line = portalLine{PortalRow: row}
	line.Words, line.Tag = portalWords(row.State)
	line.Next, line.NextAt, err = v.o.PortalWays.NextVisit(v.r.Context(), row.Name)
	return line, err
}

// zone is what the zone is called in which days and times of forms are meant.
func (v *visit) zone() string {
	now := v.o.Now()
	if name := now.Location().String(); name != "Local" {
		return name
	}
	name, _ := now.Zone()
	return name
}

// portalState is how a portal does in words.
func portalState(s usher.PortalState) string {
	words, _ := portalWords(s)
	return words
}

// portalWords is how a portal does in words, and the class of its tag.
func portalWords(s usher.PortalState) (words, tag string) {
	switch s {
	case usher.PortalLive:
		return "live", "tag-good"
	case usher.PortalObserved:
		return "observed only: it is told nothing", "tag-warn"
	case usher.PortalRestored:
		return "told nothing before usher resume", "tag-warn"
	case usher.PortalPaused:
		return "failing, left alone for a while", "tag-bad"
	case usher.PortalFailing:
		return "failing", "tag-bad"
	case usher.PortalRetired:
		return "no longer in the configuration", ""
	}
	return string(s), ""
}

// How many rows the lists of a portal's page have, and how many names of one sort of difference.
const (
	portalPart = 25
	driftNamed = 5
	driftPart  = 50
)

type portalPage struct {
	portalLine

	Of      usher.PortalPage
	Drift   []namedDrift
	Behind  usher.Listed[usher.BehindView]
	Batches usher.Listed[usher.BatchView]
	Files   PortalFiles
	Zone    string
}

// namedDrift is a sort of differences with the first of them.
type namedDrift struct {
	usher.DriftSort

	Portal, Words string
	First         []usher.DriftView
}

func showPortal(v *visit) error {
	ctx, name := v.r.Context(), v.r.PathValue("name")
	page := portalPage{Zone: v.zone()}
	var err error
	if page.Of, err = v.o.Portals.PortalPage(ctx, name); err != nil {
		return err
	}
	if page.portalLine, err = v.portalLine(page.Of.PortalRow); err != nil {
		return err
	}
	if page.Drift, err = v.firstDrift(page.Of); err != nil {
		return err
	}
	behind, err := markOf(v.r.URL.Query().Get("behind"))
	if err != nil {
		return err
	}
	if page.Behind, err = v.o.Portals.PortalBehind(ctx, name, behind, portalPart); err != nil {
		return err
	}
	before, err := markOf(v.r.URL.Query().Get("before"))
	if err != nil {
		return err
	}
	if page.Batches, err = v.o.Portals.PortalBatches(ctx, name, int64(before.At), portalPart); err != nil {
		return err
	}
	if page.Files, err = v.o.PortalWays.PortalFiles(ctx, name); err != nil {
		return err
	}
	return v.showTitled("portal", name, page)
}

func (v *visit) firstDrift(page usher.PortalPage) (drift []namedDrift, err error) {
	for _, sort := range page.Drift {
		first, err := v.o.Portals.PortalDrift(v.r.Context(), page.Name, sort.Code, "", "", driftNamed)
		if err != nil {
			return nil, err
		}
		drift = append(drift, namedDrift{sort, page.Name, driftWords(sort.Code), first.Items})
	}
	return drift, nil
}

// markOf reads a place in a list as it stands in an address; empty: its beginning.
func markOf(text string) (usher.Mark, error) {
	if text == "" {
		return usher.Mark{}, nil
	}
	at, id, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil || !wellFormed(url.Values{"": {id}}) {
		return usher.Mark{}, usher.ErrNotFound
	}
	return usher.Mark{At: usher.Time(n), ID: usher.ID(id)}, nil
}

// markText is a place in a list for an address.
func markText(m *usher.Mark) string {
	return strconv.FormatInt(int64(m.At), 10) + "." + string(m.ID)
}

func showDrift(v *visit) error {
	name, code := v.r.PathValue("name"), usher.DriftCode(v.r.PathValue("code"))
	q := v.r.URL.Query()
	if !wellFormed(q) {
		return usher.ErrNotFound
	}
	list, err := v.o.Portals.PortalDrift(v.r.Context(), name, code, q.Get("address"), usher.ID(q.Get("id")), driftPart)
	if err != nil {
		return err
	}
	next := ""
	if list.Next != nil {
		last := list.Items[len(list.Items)-1]
		next = "?" + url.Values{"address": {last.Address}, "id": {string(last.ID)}}.Encode()
	}
	return v.showTitled("drift", driftWords(code)+": "+name, struct {
		Portal string
		List   []usher.DriftView
		Next   string
	}{name, list.Items, next})
}

// sendBatch sends the file of a batch.
func sendBatch(v *visit) error {
	b, err := v.batchOf(v.r.PathValue("name"), v.r.PathValue("batch"))
	if err != nil {
		return err
	}
	v.download(b.Name, kindBytes, len(b.Content))
	_, _ = v.w.Write(b.Content)
	return nil
}

// batchOf is a batch of a portal.
func (v *visit) batchOf(portal, name string) (usher.Batch, error) {
	b, err := v.o.Portals.BatchFile(v.r.Context(), name)
	if err != nil {
		return b, err
	}
	page, err := v.o.Portals.PortalPage(v.r.Context(), portal)
	if err == nil && b.Portal != page.ID {
		err = usher.ErrNotFound
	}
	return b, err
}

func retryRefused(v *visit) error {
	name := v.r.PathValue("name")
	if _, err := v.o.PortalWays.RetryRefused(v.r.Context(), v.withReason(), name); err != nil {
		return err
	}
	return v.done(portalPath(name), "retried")
}

func clearCorrection(v *visit) error {
	name := v.r.PathValue("name")
	err := v.o.PortalWays.ClearCorrection(v.r.Context(), v.withReason(), name, usher.ID(v.r.PostFormValue("person")), v.r.PostFormValue("column"))
	if err != nil {
		return err
	}
	return v.done(portalPath(name), "correction-cleared")
}

// portalPath is where a portal's page is.
func portalPath(name string) string { return "/portals/" + url.PathEscape(name) }

// driftWords is what a sort of difference is called.
func driftWords(code usher.DriftCode) string {
	switch code {
	case usher.DriftMissing:
		return "Not at the portal"
	case usher.DriftUnknown:
		return "Known to the portal alone"
	case usher.DriftUnreleased:
		return "Released here, still seated there"
	case usher.DriftReleased:
		return "The portal shows that they are out"
	case usher.DriftStatus:
		return "Another state there"
	case usher.DriftToolLess:
		return "A seat is missing there"
	case usher.DriftToolMore:
		return "A seat more there"
	case usher.DriftManager:
		return "Another manager there"
	case usher.DriftName:
		return "Another name there"
	case usher.DriftValue:
		return "A column says something else"
	case usher.DriftAlias:
		return "Known there by an older or second address"
	case usher.DriftCase:
		return "The address is written otherwise"
	case usher.DriftTransfer:
		return "A transfer is pending"
	case usher.DriftWaiting:
		return "Invited too long ago"
	case usher.DriftOver:
		return "More seats taken than bought"
	case usher.DriftCount:
		return "The portal's own count differs"
	case usher.DriftAdmin:
		return "An admin, left alone"
	case usher.DriftUnruled:
		return "Seated there, and nothing entitles them"
	case usher.DriftAdminLeft:
		return "An admin who left the company"
	case usher.DriftAdminSeat:
		return "An admin who is not declared takes a seat"
	case usher.DriftTeam:
		return "In other teams there"
	}
	return string(code)
}

// minutes is a time that something takes, in whole minutes, rounded up.
func minutes(d time.Duration) int { return int((d + time.Minute - 1) / time.Minute) }
