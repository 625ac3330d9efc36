package plan_test

import (
	"slices"
	"testing"
	"time"

	"usher/internal/usher"
	"usher/sync/plan"
)

// The directories of these tables: entra owns the lifecycle and ranks first until it falls
// silent; the file paper stands in for it.
func entra() usher.Directory {
	return usher.Directory{ID: "d-entra", Name: "entra", Rank: 1, Owner: true}
}

func paper(standsIn bool) usher.Directory {
	d := usher.Directory{ID: "d-paper", Name: "paper", Rank: 3, StandIn: usher.StandIn{For: "entra", After: 48 * time.Hour}}
	if standsIn {
		d.StandIn.Since = now - 1
	}
	return d
}

// missing is an observation of somebody whom the files do not name any longer.
func missing(o plan.Observation) plan.Observation {
	o.Record.AbsentSince = now - 1
	return o
}

func TestStandsIn(t *testing.T) {
	const after = 48 * time.Hour
	ago := func(d time.Duration) usher.Time { return now.Add(-d) }
	idle, stands := usher.StandIn{For: "entra", After: after}, usher.StandIn{For: "entra", After: after, Since: ago(time.Hour)}
	for _, c := range []struct {
		name string
		s    usher.StandIn
		plan.Silence
		want bool
	}{
		{"for nobody", usher.StandIn{}, plan.Silence{Filed: now}, false},
		{"heard just now", idle, plan.Silence{Heard: now, Filed: now}, false},
		{"heard a moment less than the time ago", idle, plan.Silence{Heard: ago(after) + 1, Filed: now}, false},
		{"heard just as long ago", idle, plan.Silence{Heard: ago(after), Filed: now}, true},
		{"never heard", idle, plan.Silence{Filed: now}, true},
		{"usher has not listened for so long", idle, plan.Silence{Heard: ago(2 * after), Listening: ago(after) + 1, Filed: now}, false},
		{"usher has listened for just so long", idle, plan.Silence{Heard: ago(2 * after), Listening: ago(after), Filed: now}, true},
		{"no file came", idle, plan.Silence{Heard: ago(after)}, false},
		{"the file is older than what was last heard", idle, plan.Silence{Heard: ago(after), Filed: ago(after) - 1}, false},
		{"the file is newer by a moment", idle, plan.Silence{Heard: ago(after), Filed: ago(after) + 1}, true},
		{"goes on", stands, plan.Silence{Heard: ago(after), Filed: now}, true},
		{"goes on when usher was away", stands, plan.Silence{Heard: ago(after), Listening: now, Filed: now}, true},
		{"goes on when the file's run is undone", stands, plan.Silence{Heard: ago(after)}, true},
		{"ends with the first word", stands, plan.Silence{Heard: now, Filed: now}, false},
		{"ends when a longer time is configured", stands, plan.Silence{Heard: ago(after) + 1, Filed: now}, false},
	} {
		if got := plan.StandsIn(c.s, c.Silence, now); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestMergeWhereAFileStandsIn(t *testing.T) {
	yes, no := usher.Attributes{Active: true}, usher.Attributes{}
	follower := entra()
	follower.Owner = false
	absent := missing(saw(paper(true), "2", no))
	ended := missing(saw(paper(true), "2", usher.Attributes{Ends: "2026-03-20"}))
	ending := missing(saw(paper(true), "2", usher.Attributes{Ends: "2027-03-20"}))
	for _, c := range []struct {
		name   string
		obs    []plan.Observation
		active bool
		by     usher.ID // who says that the person is not
		left   []usher.ID
	}{
		{"entra speaks, the file says left", []plan.Observation{saw(entra(), "1", yes), saw(paper(false), "2", no)}, true, "", []usher.ID{"d-paper"}},
		{"entra is silent, the file says left", []plan.Observation{saw(entra(), "1", yes), saw(paper(true), "2", no)}, false, "d-paper", nil},
		{"entra is silent, the file does not name them any longer", []plan.Observation{saw(entra(), "1", yes), absent}, true, "", []usher.ID{"d-paper"}},
		{"entra said left, and the file does not name them either", []plan.Observation{saw(entra(), "1", no), absent}, false, "d-entra", nil},
		{"the file names them no longer, whose last day is over", []plan.Observation{saw(entra(), "1", yes), ended}, false, "d-paper", nil},
		{"the file names them no longer, whose last day is to come", []plan.Observation{saw(entra(), "1", yes), ending}, true, "", []usher.ID{"d-paper"}},
		{"the file names them in another row", []plan.Observation{saw(entra(), "1", yes), absent, saw(paper(true), "3", usher.Attributes{Active: true, Starts: "2027-01-01"})}, false, "d-paper", nil},
		{"entra said left, the file says active", []plan.Observation{saw(entra(), "1", no), saw(paper(true), "2", yes)}, true, "", []usher.ID{"d-entra"}},
		{"entra deleted, the file says active", []plan.Observation{deleted(saw(entra(), "1", yes)), saw(paper(true), "2", yes)}, true, "", []usher.ID{"d-entra"}},
		{"both say left", []plan.Observation{saw(entra(), "1", no), saw(paper(true), "2", no)}, false, "d-paper", nil},
		{"entra alone knows them", []plan.Observation{saw(entra(), "1", yes)}, true, "", nil},
		{"entra alone knew them, and said left", []plan.Observation{saw(entra(), "1", no)}, false, "d-entra", nil},
		{"the file alone knows them", []plan.Observation{saw(paper(true), "2", yes)}, true, "", nil},
		{"the file's record is undone", []plan.Observation{saw(entra(), "1", yes), deleted(saw(paper(true), "2", no))}, true, "", []usher.ID{"d-paper"}},
		{"another owner says active", []plan.Observation{saw(entra(), "1", yes), saw(paper(true), "2", no), saw(hr(), "3", yes)}, true, "", nil},
		{"another owner says left", []plan.Observation{saw(entra(), "1", yes), saw(paper(true), "2", no), saw(hr(), "3", no)}, false, "d-paper", nil},
		{"for a follower: the owner says left", []plan.Observation{saw(follower, "1", yes), saw(paper(true), "2", yes), saw(hr(), "3", no)}, false, "d-hr", nil},
		{"for a follower: the owner says active", []plan.Observation{saw(follower, "1", no), saw(paper(true), "2", no), saw(hr(), "3", yes)}, true, "", []usher.ID{"d-entra", "d-paper"}},
		{"for a follower, no owner", []plan.Observation{saw(follower, "1", yes), saw(paper(true), "2", no)}, false, "d-paper", nil},
		{"one that follows says left", []plan.Observation{saw(entra(), "1", yes), saw(paper(true), "2", yes), saw(crm(), "3", no)}, true, "", []usher.ID{"d-crm"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for range 2 {
				got := plan.Merge(c.obs, now)
				if got.Active != c.active || got.InactiveBy != c.by || !slices.Equal(got.Left, c.left) {
					t.Errorf("got active %v by %q, left %v", got.Active, got.InactiveBy, got.Left)
				}
				slices.Reverse(c.obs)
			}
		})
	}
}

func TestMergeTakesAttributesFromTheFileThatStandsIn(t *testing.T) {
	known := func(name string) usher.Attributes {
		return usher.Attributes{Active: true, Title: name, Manager: name + "-boss", Emails: []usher.Email{{Value: name + "@x.com"}}}
	}
	silent, file, between := known("entra"), known("paper"), known("crm")
	silent.Department, between.Department, between.Country = "entra", "crm", "crm"
	ahead, early := entra(), paper(true)
	ahead.Rank, early.Rank = 5, 1
	for _, c := range []struct {
		name                                         string
		obs                                          []plan.Observation
		title, manager, department, country, address string
	}{
		{"entra speaks", []plan.Observation{saw(entra(), "1", silent), saw(paper(false), "2", file), saw(crm(), "3", between)}, "entra", "d-entra", "entra", "crm", "entra"},
		{"entra is silent", []plan.Observation{saw(entra(), "1", silent), saw(paper(true), "2", file), saw(crm(), "3", between)}, "paper", "d-paper", "entra", "crm", "entra"},
		{"the file does not know them", []plan.Observation{saw(entra(), "1", silent), saw(crm(), "3", between)}, "entra", "d-entra", "entra", "crm", "entra"},
		{"the file ranks first anyway", []plan.Observation{saw(ahead, "1", silent), saw(early, "2", file), saw(crm(), "3", between)}, "paper", "d-paper", "crm", "crm", "paper"},
	} {
		for range 2 {
			got := plan.Merge(c.obs, now)
			if a := got.Attributes; a.Title != c.title || string(got.ManagerDirectory) != c.manager || a.Department != c.department || a.Country != c.country || got.Address != c.address+"@x.com" {
				t.Errorf("%s: title %q, manager of %q, department %q, country %q, address %q", c.name, a.Title, got.ManagerDirectory, a.Department, a.Country, got.Address)
			}
			slices.Reverse(c.obs)
		}
	}
}

// TestMergeKeepsNamesWhereAFileStandsIn: that a directory is silent does not say that people
// are called otherwise.
func TestMergeKeepsNamesWhereAFileStandsIn(t *testing.T) {
	its := usher.Attributes{Active: true, UserName: "ann@corp.x", ExternalID: "o-1"}
	paperSays := usher.Attributes{Active: true, UserName: "a.lee", ExternalID: "77", Emails: []usher.Email{{Value: "ann@x.com"}}}
	for _, gone := range []bool{false, true} {
		o, want := saw(entra(), "1", its), usher.Attributes{UserName: "ann@corp.x", ExternalID: "o-1"}
		if gone {
			o.Record.DeletedAt, want = 5, usher.Attributes{UserName: "a.lee", ExternalID: "77"}
		}
		a := plan.Merge([]plan.Observation{o, saw(paper(true), "2", paperSays)}, now).Attributes
		if a.UserName != want.UserName || a.ExternalID != want.ExternalID || a.Address() != "ann@x.com" {
			t.Errorf("entra's record deleted %v: %q, %q, %q", gone, a.UserName, a.ExternalID, a.Address())
		}
	}
}

func TestMergeTakesNoLeaveFromASilentDirectory(t *testing.T) {
	away := usher.Attributes{Active: true, OnLeave: true}
	got := plan.Merge([]plan.Observation{saw(entra(), "1", away), saw(paper(true), "2", usher.Attributes{Active: true})}, now)
	if !got.Active || got.Attributes.OnLeave {
		t.Errorf("active %v, on leave %v", got.Active, got.Attributes.OnLeave)
	}
}
