package plan_test

import (
	"fmt"
	"testing"

	"usher/internal/usher"
	"usher/sync/plan"
)

func TestMatchExport(t *testing.T) {
	accounts := []usher.Account{
		{ID: "a1", Subject: "ann", RemoteID: "Ann@old.example"}, {ID: "a2", Subject: "bob"}, {ID: "a3", RemoteID: "stranger@example.com"},
	}
	identifiers := []usher.Identifier{
		{Key: "ann@example.com", Kind: usher.KindEmail, Person: "ann"}, {Key: "bob@example.com", Kind: usher.KindEmail, Person: "bob"},
		{Key: "b.upn@example.com", Kind: usher.KindUPN, Person: "bob"}, {Key: "robert@example.com", Kind: usher.KindAlias, Person: "bob"},
		{Key: "bobby@example.com", Kind: usher.KindEmail, Person: "bob", RetiredAt: 7}, {Key: "cy+lms@example.com", Kind: usher.KindEmail, Person: "cy"},
	}
	people := map[usher.ID]usher.Person{"ann": {ID: "ann", Address: "ann@example.com"}, "bob": {ID: "bob", Address: "Bob@example.com"}, "cy": {ID: "cy", Address: "cy+lms@example.com"}}
	tests := []struct {
		name string
		rows []string
		want string
	}{
		{"exact", []string{"Ann@old.example"}, "a1 ann the portal's address"},
		{"another case", []string{"ann@OLD.example"}, "a1 ann the portal's address in another case"},
		{"address", []string{"BOB@example.com"}, "a2 bob their address"},
		{"UPN", []string{"b.upn@example.com"}, "a2 bob their UPN"},
		{"alias", []string{"robert@example.com"}, "a2 bob an alias"},
		{"retired", []string{"bobby@example.com"}, "a2 bob an address that they bear no more"},
		{"plus is another person", []string{"cy@example.com"}, "  nothing"},
		{"plus", []string{"cy+lms@example.com"}, " cy their address"},
		{"nobody's, known", []string{"stranger@example.com"}, "a3  nothing"},
		{"no address", []string{"4711"}, "  nothing"},
		{"twice", []string{"bob@example.com", "Bob@example.com"}, "a2 bob their address|a2 bob their address again"},
		{"the surer row counts, whatever its place", []string{"ann@example.com", "Ann@old.example"}, " ann their address second|a1 ann the portal's address"},
		{"nobody's twice", []string{"x@example.com", "X@example.com"}, "  nothing|  nothing again"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var seen []usher.Seen
			for _, r := range tt.rows {
				seen = append(seen, usher.Seen{RemoteID: r})
			}
			got := ""
			for i, m := range plan.NewRoll(accounts, identifiers, people).MatchExport(seen) {
				if i > 0 {
					got += "|"
				}
				got += fmt.Sprintf("%s %s %s", m.Account, m.Person, m.By)
				if m.Again {
					got += " again"
				}
				if m.Second {
					got += " second"
				}
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestKnownBy(t *testing.T) {
	bob := usher.Person{ID: "bob", Address: "bob@example.com"}
	identifiers := []usher.Identifier{
		{Space: usher.SpaceAddress, Key: "bob@example.com", Kind: usher.KindEmail, Person: "bob"},
		{Space: usher.SpaceAddress, Key: "robert@example.com", Kind: usher.KindAlias, Person: "bob"},
	}
	for address, want := range map[string]plan.MatchedBy{"BOB@example.com": plan.MatchAddress, "robert@example.com": plan.MatchAlias, "linked@elsewhere.example": plan.MatchNobody} {
		if got := plan.KnownBy(usher.Seen{RemoteID: address}, bob, identifiers); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
