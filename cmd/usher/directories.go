package main

import (
	"strconv"

	"usher/internal/usher"
)

// directoriesCmd lists directories.
type directoriesCmd struct {
	listing
}

// directoryRow is a directory as listed.
type directoryRow struct {
	Name      string `json:"name"`
	Kind      string `json:"kind"`
	Rank      int    `json:"rank"`
	Lifecycle string `json:"lifecycle"`
	State     string `json:"state"`
	Heard     string `json:"lastHeardAt,omitempty"`
	heard     usher.Time
}

// Run implements storeCommand.
func (c *directoriesCmd) Run(d *desk) error {
	directories, err := d.daemon.Ledger().Directories(d.ctx)
	if err != nil {
		return err
	}
	rows := []directoryRow{}
	for _, dir := range directories {
		heard := usher.TimeOf(dir.LastHeard)
		rows = append(rows, directoryRow{dir.Name, string(dir.Kind), dir.Rank, dir.Lifecycle, directoryState(dir), heard.RFC3339(), heard})
	}
	return show(c.listing, d.stdout, rows, []column[directoryRow]{
		{"DIRECTORY", func(r directoryRow) string { return r.Name }},
		{"KIND", func(r directoryRow) string { return r.Kind }},
		{"RANK", func(r directoryRow) string { return strconv.Itoa(r.Rank) }},
		{"LIFECYCLE", func(r directoryRow) string { return r.Lifecycle }},
		{"LAST HEARD (UTC)", func(r directoryRow) string { return stamp(r.heard) }},
		{"STATE", func(r directoryRow) string { return r.State }},
	})
}

// directoryState says who decides for whom.
func directoryState(d usher.DirectoryView) string {
	since := stamp(usher.TimeOf(d.Since))
	switch {
	case d.StandsInFor != "":
		return "stands in for " + d.StandsInFor + " since " + since + " UTC"
	case d.StoodInBy != "":
		return "silent, " + d.StoodInBy + " stands in since " + since + " UTC"
	}
	return "speaks for itself"
}
