package demo

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"usher/cmd/usher/daemon"
	"usher/internal/usher"
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

// neverComes: one of so many who are invited to ITPro does not come.
const neverComes = 11
