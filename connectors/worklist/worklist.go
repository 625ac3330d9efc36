// Package worklist turns changes into a numbered list that a person works through at a
// portal that has no interface at all.
//
// Its invariant: the list follows from the changes alone, whatever their order, byte for
// byte; seats are freed before they are given, and a manager comes before her reports.
package worklist

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// Options say how the file is written, for the spreadsheet program at hand.
type Options struct {
	// Separator is put between cells; 0 means a comma.
	Separator rune
	// BOM starts the file with a byte order mark and CRLF ends its lines with both
	// characters, as Excel likes them.
	BOM, CRLF bool
}

// List is the [connectors.Whole] of portals that are kept by hand. They know a person by
// address, so the address stands for the portal's id.
type List struct{ options Options }

// New makes the connector.
func New(o Options) *List { return &List{options: o} }

// header are the columns of the list.
var header = []string{
	"row", "action", "person", "address", "known there as", "user name", "given name", "family name",
	"title", "department", "manager", "subscriptions", "teams or members", "why",
}

// Render implements [connectors.Whole]. It takes no template.
func (l *List) Render(h connectors.Handover) ([]connectors.File, []usher.Outcome, error) {
	changes := slices.DeleteFunc(slices.Clone(h.Changes), unmapped)
	if len(changes) == 0 {
		return nil, outcomes(h.Changes), nil
	}
	names := known(changes)
	tasks := order(changes)
	rows := make([]usher.BatchRow, len(tasks))
	cells := make([][]string, len(tasks))
	for i, t := range tasks {
		cells[i] = append([]string{strconv.Itoa(i + 1)}, t.cells(names)...)
		rows[i] = usher.BatchRow{
			Row: i + 1, Account: t.change.Account, Generation: t.change.Generation,
			Action: string(t.action), Text: t.text(names), State: usher.RowOpen,
		}
		rows[i].Gives, rows[i].Takes = t.change.Moves()
	}
	var content bytes.Buffer
	err := table.WriteCSV(&content, header, cells, table.Options{
		Separator: l.options.Separator, BOM: l.options.BOM, CRLF: l.options.CRLF, ForPeople: true,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("worklist: %w", err)
	}
	return []connectors.File{{Name: "worklist.csv", Kind: usher.BatchTasks, Content: content.Bytes(), Rows: rows}}, outcomes(h.Changes), nil
}

// unmapped says that nobody knows yet what one of the portal's own columns is to say.
func unmapped(c usher.AccountChange) bool { return c.Desired.Active && len(c.Desired.Unmapped) > 0 }

// outcomes are the same for every change that is in the list: somebody has to do it.
func outcomes(changes []usher.AccountChange) []usher.Outcome {
	out := make([]usher.Outcome, len(changes))
	for i, c := range changes {
		if unmapped(c) {
			out[i] = usher.Outcome{Result: usher.Refused, Reason: strings.Join(c.Desired.Unmapped, "; ") +
				": add it to the values of the column, correct it for this person, or mend the directory"}
			continue
		}
		out[i] = usher.Outcome{Result: usher.Awaiting, RemoteID: c.RemoteID, Wrote: true}
		if c.RemoteID == "" {
			out[i].RemoteID = identity(c)
		}
	}
	return out
}

// identity is what a portal without ids knows an account by.
func identity(c usher.AccountChange) string {
	if c.Kind == usher.AccountTeam {
		return c.Desired.DisplayName
	}
	return c.Desired.Address
}

// order sorts the changes into the order in which they can be worked through: what frees
// seats, teams, what takes seats with managers first, and the rest.
func order(changes []usher.AccountChange) []task {
	depths := depths(changes)
	tasks := make([]task, len(changes))
	for i, c := range changes {
		tasks[i] = task{change: c, action: actionOf(c), depth: depths[c.Desired.Key]}
	}
	slices.SortFunc(tasks, func(a, b task) int {
		return cmp.Or(
			cmp.Compare(a.action.rank(), b.action.rank()),
			cmp.Compare(a.depth, b.depth),
			strings.Compare(identity(a.change), identity(b.change)),
			strings.Compare(string(a.change.Account), string(b.change.Account)),
		)
	})
	return tasks
}

// depths are how many managers of each person, by key, are among the changes. A circle
// ends where it closes.
func depths(changes []usher.AccountChange) map[string]int {
	managers := map[string]string{}
	for _, c := range changes {
		if c.Kind == usher.AccountPerson {
			managers[c.Desired.Key] = string(c.Desired.Manager)
		}
	}
	out := map[string]int{}
	for key := range managers {
		met := map[string]bool{key: true}
		for up := managers[key]; up != "" && !met[up]; up = managers[up] {
			if _, here := managers[up]; !here {
				break
			}
			met[up] = true
			out[key]++
		}
	}
	return out
}

var _ connectors.Whole = (*List)(nil)
