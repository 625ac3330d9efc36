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
	look := d.daemon.Store().Look()
	directories, err := look.Directories(d.ctx)
	if err != nil {
		return err
	}
	rows := []directoryRow{}
	for _, dir := range directories {
		last := look.LastHeard
		if dir.Kind == usher.DirectoryFile {
			last = look.LastFiled
		}
		heard, err := last(d.ctx, dir.ID)
		if err != nil {
			return err
		}
		rows = append(rows, directoryRow{dir.Name, string(dir.Kind), dir.Rank, lifecycleOf(dir), directoryState(dir, directories), heard.RFC3339(), heard})
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

func lifecycleOf(d usher.Directory) string {
	if d.Owner {
		return "owner"
	}
	return "follower"
}

// directoryState says who decides for whom.
func directoryState(d usher.Directory, all []usher.Directory) string {
	for _, other := range all {
		switch {
		case d.StandsInFor(other.Name):
			return "stands in for " + other.Name + " since " + stamp(d.StandIn.Since) + " UTC"
		case other.StandsInFor(d.Name):
			return "silent, " + other.Name + " stands in since " + stamp(other.StandIn.Since) + " UTC"
		}
	}
	return "speaks for itself"
}
