package daemon

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"usher/internal/table"
	"usher/internal/usher"
)

// lately is how many of a portal's last files an export is compared with: they stand for all, because
// a portal's files have few headers.
const lately = 20

// keyColumns tell which sheet of a workbook has people, in a template and in an export alike.
var keyColumns = []string{"Email", "Email Address", "E-mail", "E-mail Address", "address", "address there"}

// notAsked refuses as a portal's export a file that has the header of a template that was learned, or of a
// file that usher wrote for it. Filled and saved anew by a spreadsheet program it is not the same bytes any
// more, and would confirm itself. usher.ErrInvalid: it is such a file.
func (d *Daemon) notAsked(ctx context.Context, portal string, content []byte) error {
	header := headerOf(content)
	p, err := d.store.Look().PortalNamed(ctx, portal)
	if header == nil || errors.Is(err, usher.ErrNotFound) {
		return nil // whoever reads it says what is wrong
	}
	if err != nil {
		return err
	}
	what, err := d.asked(ctx, p.ID, header)
	if err != nil || what == "" {
		return err
	}
	return fmt.Errorf("this is no export of portal %s: its columns are those of %s, whoever saved it last: it says what is asked for, not what is there; "+
		"export the list of accounts at the portal, with another column where the two cannot be told apart: nothing was changed: %w", portal, what, usher.ErrInvalid)
}

// asked is the template or file of a portal that has a header; empty for none.
func (d *Daemon) asked(ctx context.Context, portal usher.ID, header []string) (string, error) {
	templates, err := d.store.Look().Templates(ctx, portal)
	if err != nil {
		return "", err
	}
	for _, t := range templates {
		if slices.Equal(headerOf(t.Content), header) {
			return fmt.Sprintf("the template %q (%s)", t.Name, t.Key), nil
		}
	}
	batches, err := d.store.Look().LastBatches(ctx, portal, lately)
	for _, b := range batches {
		if slices.Equal(headerOf(b.Content), header) {
			return fmt.Sprintf("%s, which usher wrote", b.Name), nil
		}
	}
	return "", err
}

// headerOf are the names of a table's columns as they are compared; nil where there is none.
func headerOf(content []byte) []string {
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{KeyColumns: keyColumns, HeaderOnly: true})
	if err != nil {
		return nil
	}
	var names []string
	for _, name := range sheet.Header {
		names = append(names, table.FoldHeader(name))
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	return names
}
