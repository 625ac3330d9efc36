package notify

import (
	"slices"
	"strings"

	"usher/internal/usher"
)

// Target is whom messages go to: a channel, one of a channel's addresses, or one person. What one of them has been told, and
// what waits for it, is its own: none stands in another's way.
type Target struct {
	// Key names it for ever: a channel and perhaps an address, or a person.
	Key string
	// Kinds are those it hears of; empty: all.
	Kinds []usher.IncidentKind
	// Person hears of what concerns them alone, and of nothing else.
	Person usher.ID
	// AtOnce and Digests say whether it is told at once, and with the digest.
	AtOnce, Digests bool
}

// personPrefix begins the keys of people. No channel's name holds a slash.
const personPrefix = "person/"

// ChannelTarget is the key of a channel, or of one of its addresses.
func ChannelTarget(channel, address string) string { return strings.TrimSpace(channel + " " + address) }

// PersonTarget is the key of one person.
func PersonTarget(person usher.ID) string { return personPrefix + string(person) }

// ChannelOf is the channel of a key; person says that it is one person's instead.
func ChannelOf(key string) (channel string, person bool) {
	channel, _, _ = strings.Cut(key, " ")
	return channel, strings.HasPrefix(key, personPrefix)
}

// hears says whether an incident is the target's.
func (t Target) hears(i usher.Incident) bool {
	if t.Person != "" || i.Audience != "" {
		return t.Person == i.Audience
	}
	own := i.Kind == usher.IncidentChannel && i.Subject == strings.SplitN(t.Key, " ", 2)[0] // it would not hear of it
	return !own && (len(t.Kinds) == 0 || slices.Contains(t.Kinds, i.Kind))
}
