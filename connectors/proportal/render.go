package proportal

import (
	"bytes"
	"fmt"
	"slices"

	"usher/connectors"
	"usher/internal/table"
	"usher/internal/usher"
)

// rendering is one call of Render: the changes and what is known around them.
type rendering struct {
	*Connector
	connectors.Handover
	codes map[string]string // of subscriptions, by name
	teams teamNames
	taken addresses
}

// Render implements [connectors.Whole]. It takes no template. A change that asks for nothing
// that the portal keeps, such as a new title, is Done and has no row.
func (p *Connector) Render(h connectors.Handover) ([]connectors.File, []usher.Outcome, error) {
	r := &rendering{Connector: p, Handover: h, codes: p.codes(h.Pools), teams: teamsOf(h.Changes, h.Teams), taken: addressesOf(h)}
	mine := make([][]step, len(h.Changes))
	outcomes := make([]usher.Outcome, len(h.Changes))
	for i, c := range h.Changes {
		var refusal string
		mine[i], refusal = r.steps(c)
		outcomes[i] = outcome(c, mine[i], refusal)
	}
	for i, name := range r.withoutSeat(mine) {
		mine[i], outcomes[i] = nil, r.noSeat(h.Changes[i], name)
	}
	steps := slices.Concat(mine...)
	if len(steps) == 0 {
		return nil, outcomes, nil
	}
	file, err := r.file(steps)
	if err != nil {
		return nil, nil, err
	}
	return []connectors.File{file}, outcomes, nil
}

// steps are those that bring an account in line, or why there can be none.
func (r *rendering) steps(c usher.AccountChange) ([]step, string) {
	if c.Kind == usher.AccountTeam {
		if refusal := r.refuseTeam(c); refusal != "" {
			return nil, refusal
		}
		return teamSteps(c), ""
	}
	if refusal := r.refusePerson(c); refusal != "" {
		return nil, refusal
	}
	return r.kind.person(r, c), ""
}

func outcome(c usher.AccountChange, steps []step, refusal string) usher.Outcome {
	switch {
	case refusal != "":
		return usher.Outcome{Result: usher.Refused, Reason: refusal, RemoteID: c.RemoteID}
	case len(steps) == 0:
		return usher.Outcome{Result: usher.Done, RemoteID: c.RemoteID, Seen: c.Seen}
	case c.Kind == usher.AccountTeam && c.RemoteID == "":
		return usher.Outcome{Result: usher.Awaiting, RemoteID: clean(c.Desired.DisplayName), Wrote: true}
	case c.Kind == usher.AccountTeam:
		return usher.Outcome{Result: usher.Awaiting, RemoteID: c.RemoteID, Wrote: true}
	}
	return usher.Outcome{Result: usher.Awaiting, RemoteID: known(c), Wrote: true}
}

// file writes the list: CSV that Excel opens as it is, with cells that no program runs.
func (r *rendering) file(steps []step) (connectors.File, error) {
	cells := make([][]string, len(steps))
	rows := make([]usher.BatchRow, len(steps))
	for i, s := range sorted(steps) {
		cells[i], rows[i] = s.cells(i+1), s.row(i+1)
	}
	var content bytes.Buffer
	err := table.WriteCSV(&content, header, cells, table.Options{Separator: r.options.Separator, BOM: true, CRLF: true, ForPeople: true})
	if err != nil {
		return connectors.File{}, fmt.Errorf("%s: list of tasks: %w", r.kind.name, err)
	}
	return connectors.File{Name: "worklist.csv", Kind: usher.BatchTasks, Content: content.Bytes(), Rows: rows, Notes: r.notes(steps)}, nil
}

// codes maps names of subscriptions to what the portal calls them.
func (p *Connector) codes(pools []connectors.Pool) map[string]string {
	codes := map[string]string{}
	for code, name := range p.options.Subscriptions {
		codes[name] = code
	}
	for _, pool := range pools {
		codes[pool.Subscription] = pool.Code
	}
	return codes
}
