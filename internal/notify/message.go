package notify

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"usher/internal/usher"
)

// Message is what a target is told at one time. It is kept as JSON and sent as it was made.
type Message struct {
	At     usher.Time `json:"at"`
	Base   string     `json:"base"` // usher's address as people see it
	Digest bool       `json:"digest,omitempty"`
	Test   bool       `json:"test,omitempty"` // somebody tries out a channel
	Opened []Item     `json:"opened,omitempty"`
	Over   []Item     `json:"over,omitempty"`
	Open   []Item     `json:"open,omitempty"`   // of a digest: all that is open
	Passed []Item     `json:"passed,omitempty"` // what began and ended without being told
}

// Item is one incident in a message.
type Item struct {
	ID         usher.ID           `json:"id"`
	Kind       usher.IncidentKind `json:"kind"`
	Subject    string             `json:"subject"`
	Level      int64              `json:"level"`
	Title      string             `json:"title"`
	Detail     string             `json:"detail"`
	Path       string             `json:"path"`
	OpenedAt   usher.Time         `json:"openedAt"`
	ResolvedAt usher.Time         `json:"resolvedAt"`
	Times      int                `json:"times"`
}

func itemOf(i usher.Incident) Item {
	return Item{ID: i.ID, Kind: i.Kind, Subject: i.Subject, Level: i.Level, Title: i.Title, Detail: i.Detail, Path: i.Path, OpenedAt: i.OpenedAt, ResolvedAt: i.ResolvedAt, Times: i.Times}
}

// Encode is the message as it is kept.
func (m Message) Encode() ([]byte, error) { return json.Marshal(m) }

// Decode reads a message that was kept.
func Decode(body []byte) (m Message, err error) {
	if err := json.Unmarshal(body, &m); err != nil {
		return m, fmt.Errorf("notification: %w", err)
	}
	return m, nil
}

// Empty says that there is nothing to tell. What has passed is worth a line of a message, and alone only a digest.
func (m Message) Empty() bool {
	return !m.Test && len(m.Opened)+len(m.Over) == 0 && (!m.Digest || len(m.Open)+len(m.Passed) == 0)
}

// Subject is the message in one line.
func (m Message) Subject() string {
	switch {
	case m.Test:
		return "usher: a test of the notifications"
	case m.Digest && len(m.Open) == 0:
		return "usher: nothing is open any more"
	case m.Digest:
		return "usher: " + many(len(m.Open), "thing is open", "things are open")
	case len(m.Opened) == 1 && len(m.Over) == 0:
		return "usher: " + m.Opened[0].Title
	case len(m.Opened) == 0 && len(m.Over) == 1:
		return "usher: over: " + m.Over[0].Title
	case len(m.Opened) == 0:
		return "usher: " + many(len(m.Over), "thing is over", "things are over")
	case len(m.Over) == 0:
		return "usher: " + many(len(m.Opened), "thing is new", "things are new")
	}
	return fmt.Sprintf("usher: %d new, %d over", len(m.Opened), len(m.Over))
}

// part is one list of a message under its heading.
type part struct {
	heading string
	items   []Item
	whole   bool // with details and ways to go on
}

func (m Message) parts() []part {
	return []part{{"", m.Opened, true}, {"Open", m.Open, true}, {"Over", m.Over, false}}
}

// mostPassed is how many are named of what began and ended without being told: it is one line.
const mostPassed = 5

// passed is the line about them; empty where there are none.
func (m Message) passed() string {
	if len(m.Passed) == 0 {
		return ""
	}
	var titles []string
	for _, i := range m.Passed[:min(mostPassed, len(m.Passed))] {
		title := i.Title
		if i.Times > 1 {
			title += fmt.Sprintf(" (%d times)", i.Times)
		}
		titles = append(titles, title)
	}
	if more := len(m.Passed) - mostPassed; more > 0 {
		titles = append(titles, fmt.Sprintf("%d more", more))
	}
	return "Began and ended meanwhile: " + strings.Join(titles, "; ") + "."
}

// most is how many items of a part are named.
const most = 25

// shown are the items of a part that are named, and a line about the others.
func (p part) shown() ([]Item, string) {
	if len(p.items) <= most {
		return p.items, ""
	}
	return p.items[:most], fmt.Sprintf("... and %d more", len(p.items)-most)
}

// when says since when, and how often, something is or was open.
func (i Item) when() string {
	words := "since " + minute(i.OpenedAt)
	if i.ResolvedAt != 0 {
		words = minute(i.OpenedAt) + " to " + minute(i.ResolvedAt)
	}
	if i.Times > 1 {
		words += fmt.Sprintf(", %d times", i.Times)
	}
	return words
}

// testWords are what a test says.
const testWords = "Somebody tries out whether notifications of usher arrive here. They do."

// Text is the message for mail.
func (m Message) Text() string {
	var b strings.Builder
	if m.Test {
		b.WriteString(testWords + "\n" + m.Base + "\n")
	}
	for _, p := range m.parts() {
		if len(p.items) == 0 {
			continue
		}
		if p.heading != "" {
			fmt.Fprintf(&b, "%s:\n\n", p.heading)
		}
		items, more := p.shown()
		for _, i := range items {
			fmt.Fprintf(&b, "- %s (%s)\n", i.Title, i.when())
			if p.whole {
				fmt.Fprintf(&b, "  %s\n  %s\n", i.Detail, m.Base+i.Path)
			}
		}
		b.WriteString(more + "\n")
	}
	if line := m.passed(); line != "" {
		b.WriteString(line + "\n")
	}
	b.WriteString("\nThis mail was written by usher; nobody reads answers to it.\n")
	return b.String()
}

// stamp is a time as programs read it; empty for none.
func stamp(t usher.Time) string {
	if t == 0 {
		return ""
	}
	return t.Std().UTC().Format(time.RFC3339)
}
