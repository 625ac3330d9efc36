package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"usher/cmd/usher/daemon"
	"usher/connectors/proportal/fakeportal"
	"usher/internal/usher"
	"usher/sync/ledger"
)

// learnTemplate brings the upload template of Prosci, as an admin downloads it.
func learnTemplate(ctx context.Context, h *history) error {
	content, err := h.portals.prosci.Template(adkarCode)
	if err != nil {
		return err
	}
	path := h.file("template.csv")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		return err
	}
	return h.learn(ctx, "prosci", path)
}

// learn takes up a portal's template.
func (h *history) learn(ctx context.Context, portal, path string) error {
	file, err := daemon.OpenPortalFile(path)
	if err != nil {
		return err
	}
	learned, err := h.LearnTemplate(portal, file.Content)
	if err != nil {
		return err
	}
	p, err := h.look().PortalNamed(ctx, portal)
	if err != nil {
		return err
	}
	return h.Ledger().Learn(ctx, admin("downloaded today"), usher.Template{Portal: p.ID, Key: learned.Key, Name: file.Name, SHA256: file.SHA256, Content: file.Content})
}

// errands has somebody go to each portal of files with what is ready, and bring its export.
func errands(ctx context.Context, h *history) error {
	if err := h.pass(ctx, walkTime); err != nil {
		return err
	}
	for _, p := range h.files {
		if err := h.carryTo(ctx, p); err != nil {
			return fmt.Errorf("portal %s: %w", p.Name, err)
		}
	}
	if err := h.pass(ctx, walkTime); err != nil {
		return err
	}
	h.studyAtProsci()
	return h.bringExports(ctx)
}

// carryTo works the open visits of a portal through and says so.
func (h *history) carryTo(ctx context.Context, p usher.Portal) error {
	visits, err := h.look().VisitsToCarry(ctx, p.ID)
	if err != nil {
		return err
	}
	handing, err := h.Handing(p.Name)
	if err != nil {
		return err
	}
	for _, v := range visits {
		batches, err := h.look().BatchesOf(ctx, v.ID)
		if err != nil {
			return err
		}
		for _, b := range batches {
			if err := h.carry(p.Name, filepath.Join(handing.Place, b.Name), b); err != nil {
				return fmt.Errorf("batch %s: %w", b.Name, err)
			}
		}
		if _, err := h.Ledger().CarryVisit(ctx, admin(""), v.ID, ""); err != nil {
			return err
		}
	}
	return nil
}

// carry does at the portal what a file or list says.
func (h *history) carry(portal, path string, b usher.Batch) error {
	content, err := os.ReadFile(path)
	switch {
	case err != nil:
		return err
	case portal == "itpro":
		return h.workAtITPro(content)
	case b.Kind == usher.BatchUpload:
		_, err := h.portals.prosci.Upload(b.Name, content)
		return err
	}
	for row := range strings.Count(strings.TrimSpace(string(content)), "\n") {
		if err := h.portals.prosci.Do(content, row+1); err != nil {
			return err
		}
	}
	return nil
}

// workAtITPro works a list through. Most of those who are invited come at once.
func (h *history) workAtITPro(list []byte) error {
	at := h.clock.now()
	answers, err := h.portals.itpro.Work(list, at)
	if err = errors.Join(append(answers, err)...); err != nil {
		return err
	}
	for i, p := range h.portals.itpro.People() {
		if p.Status == "Pending" && i%neverComes != 0 {
			if err := h.portals.itpro.Accept(p.Email, at); err != nil {
				return err
			}
		}
	}
	return nil
}

// studyAtProsci has most of those with a profile there sign in, some of them longer ago.
func (h *history) studyAtProsci() {
	for i, e := range h.staff.all {
		if i%idles != 0 {
			at := h.clock.now().Add(-time.Duration(7*i%120) * time.Hour)
			_ = h.portals.prosci.Login(e.address(), usher.TimeOf(at)) // an error says that they have no profile
		}
	}
}

// neverComes: one of so many who are invited to ITPro does not come.
const neverComes = 11

// bringExports takes the list of accounts of each portal of files by its folder.
func (h *history) bringExports(ctx context.Context) error {
	now := h.clock.now()
	for _, p := range h.files {
		content := h.portals.itpro.Users()
		if p.Name == "prosci" {
			content = h.portals.prosci.Export()
		}
		c := h.config(p.Name)
		path := h.file(c.Exports.Folder, "users-"+now.UTC().Format("2006-01-02-1504")+".csv")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := dropFile(path, content, now); err != nil {
			return err
		}
		if err := h.FetchExport(ctx, c); err != nil {
			return fmt.Errorf("export of portal %s: %w", p.Name, err)
		}
	}
	return nil
}

// learns has those watch something who do, and takes the list of what was done.
func learns(ctx context.Context, h *history) error {
	for i, p := range h.portals.itpro.People() {
		if p.Status != "Active" || i%idles == 0 || !slices.Contains(p.Pools, fakeportal.Subscription) {
			continue
		}
		at := h.clock.now().Add(-time.Duration(5+31*i%150) * time.Hour)
		if err := h.portals.itpro.View(p.Email, "Networking", fmt.Sprintf("Episode %d", 1+i%24), at); err != nil {
			return err
		}
	}
	list, err := h.portals.itpro.Activity(fakeportal.Viewings)
	if err != nil {
		return err
	}
	return h.takeActivity(ctx, "itpro", list)
}

// idles: one of so many with a seat does nothing there.
const idles = 5

func (h *history) takeActivity(ctx context.Context, portal string, list []byte) error {
	last := map[string]usher.Time{}
	_, err := h.ReadActivity(portal, list, func(address string, at usher.Time) error {
		last[address] = max(last[address], at)
		return nil
	})
	if err != nil {
		return err
	}
	p, err := h.look().PortalNamed(ctx, portal)
	if err != nil {
		return err
	}
	var done []ledger.Activity
	for address, at := range last {
		done = append(done, ledger.Activity{Address: address, At: at})
	}
	slices.SortFunc(done, func(a, b ledger.Activity) int { return strings.Compare(a.Address, b.Address) })
	_, _, err = h.Ledger().TakeActivity(ctx, admin("list of viewings"), p.ID, done)
	return err
}

// byHand has the admin of ITPro do things there of which nobody told usher.
func byHand(_ context.Context, h *history) error {
	at := h.clock.now()
	for _, t := range []fakeportal.Task{
		{Action: "Invite", First: "Dónal", Last: "Quirke", Email: "donal.quirke@partner.example", Access: "ITProTV Subscription"},
		{Action: "Invite", First: "Trainer", Last: "Account", Email: "trainer@meridian.example", Access: "ProPortal Admin"},
	} {
		if err := h.portals.itpro.Do(t, at); err != nil {
			return err
		}
	}
	return nil
}
