package prosci

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
)

// ReadExport implements [connectors.ExportReader] for the portal's report of users. An
// account is active when it has any tool, or administers the portal; tools that no
// subscription names are none of its subscriptions. Nothing is handed over before the whole
// file was read. A person whose tools cannot be read is handed over without: not shown.
func (p *Portal) ReadExport(export []byte, each func(usher.Seen) error) ([]usher.Finding, error) {
	sheet, err := openTable(export)
	if err != nil {
		return nil, fmt.Errorf("read export: %w", err)
	}
	if err := p.notAsked(sheet.Header); err != nil {
		return nil, fmt.Errorf("read export: %w", err)
	}
	columns, err := p.exportColumns(sheet.Header)
	if err != nil {
		return nil, fmt.Errorf("read export: %w", err)
	}
	in := exportReader{columns: columns, header: headings(sheet.Header), at: map[string]int{}}
	findings, err := readRows(sheet, export, in.row)
	if err != nil {
		return nil, fmt.Errorf("read export: %w", err)
	}
	if len(in.seen) == 0 && len(findings) == 0 {
		return nil, errors.New("read export: nobody is in it; a list without anybody is never taken for an empty portal")
	}
	for _, seen := range in.seen {
		if err := each(seen); err != nil {
			return findings, err
		}
	}
	return findings, nil
}

// exportReader reads rows of a report.
type exportReader struct {
	columns exportColumns
	header  headings
	seen    []usher.Seen
	at      map[string]int // in seen, by address
}

// row reads one account.
func (r *exportReader) row(number int, cells []string) []usher.Finding {
	cell := func(key string) string {
		if at := r.columns.known[key]; at >= 0 {
			return strings.Clone(cells[at])
		}
		return ""
	}
	address := cell("email")
	if trim(address) == "" {
		return []usher.Finding{r.header.finding(number, r.columns.known["email"], fieldRequired, usher.SeverityError, "", "no address: nobody knows who this is; look the person up at the portal")}
	}
	seen := usher.Seen{RemoteID: address, Address: address, GivenName: trim(cell("firstName")), FamilyName: trim(cell("lastName"))}
	findings := r.tools(number, cells, &seen)
	if word := table.FoldHeader(cell("access")); word != "" {
		admin := strings.Contains(word, "admin")
		seen.Admin = &admin
		seen.Active = seen.Active || admin
	}
	if word := strings.TrimSpace(cell("lastLogin")); word != "" {
		var ok bool
		if seen.LastActiveAt, ok = instant(word); !ok {
			findings = append(findings, r.header.finding(number, r.columns.known["lastLogin"], dateAmbiguous, usher.SeverityWarning, word, "no date such as 2026-03-31; the last login is left out"))
		}
	}
	for name, at := range r.columns.values {
		if seen.Values == nil {
			seen.Values = map[string]string{}
		}
		seen.Values[name] = strings.Clone(cells[at])
	}
	if _, err := usher.FoldAddress(address); err != nil {
		findings = append(findings, r.header.finding(number, r.columns.known["email"], emailSyntax, usher.SeverityWarning, address, err.Error()))
	}
	return append(findings, r.keep(number, seen)...)
}

// tools reads which subscriptions an account has.
func (r *exportReader) tools(number int, cells []string, seen *usher.Seen) []usher.Finding {
	var findings []usher.Finding
	seen.Subscriptions = []string{}
	for _, t := range r.columns.tools {
		has, known := yes(cells[t.at])
		switch {
		case !known && t.name != "":
			findings = append(findings, r.header.finding(number, t.at, toolValue, usher.SeverityError, cells[t.at], "neither Y nor N: the person's tools are taken as not shown"))
		case has && t.name != "":
			seen.Subscriptions = append(seen.Subscriptions, t.name)
		}
		seen.Active = seen.Active || has || !known
	}
	slices.Sort(seen.Subscriptions)
	if len(findings) > 0 {
		seen.Subscriptions = nil
	}
	return findings
}

// yes reads a tool's cell. The vendor shows Y and N; the rest is what reports commonly say.
func yes(cell string) (has, known bool) {
	switch table.FoldHeader(cell) {
	case "y", "yes", "true", "1", "x":
		return true, true
	case "n", "no", "false", "0", "":
		return false, true
	}
	return false, false
}

// keep adds an account. Of one that comes twice all tools count, as a seat that is shown
// anywhere is taken.
func (r *exportReader) keep(number int, seen usher.Seen) []usher.Finding {
	first, twice := r.at[sameAs(seen.RemoteID)]
	if !twice {
		r.at[sameAs(seen.RemoteID)] = len(r.seen)
		r.seen = append(r.seen, seen)
		return nil
	}
	kept := &r.seen[first]
	kept.Active = kept.Active || seen.Active
	if kept.Subscriptions != nil && seen.Subscriptions != nil {
		kept.Subscriptions = slices.Compact(slices.Sorted(slices.Values(slices.Concat(kept.Subscriptions, seen.Subscriptions))))
	} else {
		kept.Subscriptions = nil
	}
	return []usher.Finding{r.header.finding(number, r.columns.known["email"], rowDuplicate, usher.SeverityWarning, seen.RemoteID, "this address came before, ignoring case; the tools of both rows are taken as one person's")}
}

// instant reads ISO 8601; what names no zone is UTC.
func instant(word string) (usher.Time, bool) {
	for _, layout := range []string{time.DateOnly, time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02 15:04"} {
		if at, err := time.Parse(layout, word); err == nil {
			return usher.TimeOf(at), true
		}
	}
	return 0, false
}
