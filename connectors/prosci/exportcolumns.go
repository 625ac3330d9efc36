package prosci

import (
	"fmt"
	"maps"
	"slices"

	"usher/internal/table"
)

// exportKeys are the columns of the report that the settings can name, beside those of tools.
var exportKeys = []string{"email", "firstName", "lastName", "access", "lastLogin"}

// exportNames are how the columns are called where the settings say nothing. The vendor does
// not publish them: ours are those of the upload, and what reports commonly say.
var exportNames = map[string][]string{
	"email":     {"Email Address", "E-mail Address", "Email", "E-mail"},
	"firstName": {"First Name"},
	"lastName":  {"Last Name"},
	"access":    {"Customer Type"},
	"lastLogin": {"Last Login", "Last Login Date", "Last Logged In"},
}

// exportColumns is where a report has what, from 0; -1 for none.
type exportColumns struct {
	known  map[string]int // by key
	tools  []exportTool
	values map[string]int // of the portal's own columns that are filled
}

type exportTool struct {
	at   int
	name string // of the subscription; empty for none
}

func (p *Portal) exportColumns(header []string) (exportColumns, error) {
	c := exportColumns{known: map[string]int{}, values: map[string]int{}}
	for _, key := range exportKeys {
		names, given := exportNames[key], p.options.Export[key] != ""
		if given {
			names = []string{p.options.Export[key]}
		}
		at, err := find(header, names)
		if err == nil && at < 0 && (given || key == "email") {
			err = fmt.Errorf("no column %q (%s): this is not the portal's report of users, or the setting `exports.columns` has to say how the column is called", names[0], key)
		}
		if err != nil {
			return c, err
		}
		c.known[key] = at
	}
	for _, name := range p.options.Columns {
		if at, err := find(header, []string{name}); err == nil && at >= 0 {
			c.values[name] = at
		}
	}
	return c, p.exportTools(header, &c)
}

// exportTools finds the tools' columns. Every subscription has to be shown: what is left out
// of a report would look as if it had been taken from everybody.
func (p *Portal) exportTools(header []string, c *exportColumns) error {
	byCode := map[string]int{}
	for i, heading := range header {
		code := codeIn(heading)
		if code == "" {
			continue
		}
		if other, twice := byCode[code]; twice {
			return fmt.Errorf("columns %d and %d are both of tool %s; export the report again", other+1, i+1, code)
		}
		byCode[code] = i
	}
	for key, heading := range p.options.Export {
		if code := codeIn(key); code != "" {
			at, err := find(header, []string{heading})
			if err != nil {
				return err
			}
			if delete(byCode, code); at >= 0 {
				byCode[code] = at
			}
		}
	}
	names := maps.Clone(p.names)
	if len(p.options.Subscriptions) == 1 && len(names) == 0 && len(byCode) == 1 {
		for code := range byCode {
			names[code] = slices.Collect(maps.Keys(p.options.Subscriptions))[0]
		}
	}
	for _, code := range slices.SortedFunc(maps.Keys(names), byNumber) {
		if _, shown := byCode[code]; !shown {
			return fmt.Errorf("no column of tool [%s], which is subscription %q: export the report with all tools, or say in the setting `exports.columns` how the column is called", code, names[code])
		}
	}
	for _, code := range slices.SortedFunc(maps.Keys(byCode), byNumber) {
		c.tools = append(c.tools, exportTool{byCode[code], names[code]})
	}
	return nil
}

// find is the only column that has one of the names; -1 for none.
func find(header, names []string) (int, error) {
	at := -1
	for i, heading := range header {
		if !slices.ContainsFunc(names, func(name string) bool { return table.FoldHeader(name) == table.FoldHeader(heading) }) {
			continue
		}
		if at >= 0 {
			return -1, fmt.Errorf("columns %d and %d can both be %q; take one out of the report, or say in the setting `exports.columns` which is meant", at+1, i+1, names[0])
		}
		at = i
	}
	return at, nil
}
