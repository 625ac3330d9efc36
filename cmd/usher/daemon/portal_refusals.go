package daemon

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// ReadRefusals reads what a portal refused of an upload, as its connector does; where the layout is
// another one than it knows, rows are found by address. usher.ErrInvalid: it names nobody of the batch.
func (d *Daemon) ReadRefusals(ctx context.Context, portal string, content []byte, b usher.Batch) ([]connectors.Refusal, error) {
	c, err := d.Connector(portal)
	if err != nil {
		return nil, err
	}
	if reader, ok := c.Whole.(connectors.RefusalReader); ok {
		var found []connectors.Refusal
		if found, err = reader.ReadRefusals(content, b); err == nil {
			return found, nil
		}
	}
	addresses, readErr := d.addressesOf(ctx, b)
	if readErr != nil {
		return nil, readErr
	}
	found, tableErr := refusalsByAddress(content, addresses)
	if tableErr != nil || !slices.ContainsFunc(found, func(r connectors.Refusal) bool { return r.Row > 0 }) {
		return nil, notThis(cmp.Or(errors.Join(err, tableErr), errNobody), "this is no answer of portal "+portal+" to "+b.Name)
	}
	return found, nil
}

var errNobody = errors.New("it names nobody of the batch")

// addressesOf are the rows of a batch by the folded addresses under which a portal may name them.
func (d *Daemon) addressesOf(ctx context.Context, b usher.Batch) (map[string]int, error) {
	rows := map[string]int{}
	for _, r := range b.Rows {
		a, err := d.store.Look().Account(ctx, r.Account)
		if err != nil {
			return nil, err
		}
		names := []string{a.RemoteID}
		if r.Told != nil {
			names = append(names, r.Told.Address, r.Told.UserName)
		}
		for _, name := range names {
			if key, err := usher.FoldAddress(name); err == nil && rows[key] == 0 {
				rows[key] = r.Row
			}
		}
	}
	return rows, nil
}

// refusalsByAddress takes a table of whatever layout: a row that holds an address of the batch and a
// message is a refusal; one with a message alone is about nobody known.
func refusalsByAddress(content []byte, addresses map[string]int) ([]connectors.Refusal, error) {
	sheet, err := table.Open(bytes.NewReader(content), int64(len(content)), table.ReadOptions{})
	if err != nil {
		return nil, err
	}
	message := messageColumn(sheet.Header)
	if message < 0 {
		return nil, fmt.Errorf("none of its columns is known to hold messages; call one Error")
	}
	var found []connectors.Refusal
	for row, err := range sheet.Rows {
		if _, bad := errors.AsType[*table.RowError](err); bad {
			continue
		}
		if err != nil {
			return nil, err
		}
		if text := strings.TrimSpace(row.Cells[message]); text != "" {
			found = append(found, connectors.Refusal{Row: rowNamed(row.Cells, addresses), Message: text})
		}
	}
	return found, nil
}

// messageColumn is the column that says what is wrong.
func messageColumn(header []string) int {
	for _, word := range []string{"error", "message", "reason", "problem", "comment", "note"} {
		if i := slices.IndexFunc(header, func(h string) bool { return strings.Contains(table.FoldHeader(h), word) }); i >= 0 {
			return i
		}
	}
	return -1
}

// rowNamed is the row of a batch that one of the cells names by address; 0 for none.
func rowNamed(cells []string, addresses map[string]int) int {
	for _, cell := range cells {
		if key, err := usher.FoldAddress(strings.TrimSpace(cell)); err == nil && addresses[key] > 0 {
			return addresses[key]
		}
	}
	return 0
}
