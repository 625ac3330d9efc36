package web

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"usher/internal/usher"
)

// eventWordsOf are what kinds of events are called, where the words of their code do not say it.
var eventWordsOf = map[usher.EventKind]string{
	usher.EventAccountTold: "portal told", usher.EventAccountSeen: "seen at the portal", usher.EventAccountRefused: "refused by the portal",
	usher.EventAccountResend: "invitation sent again", usher.EventPersonMoved: "person changed", usher.EventPersonRejoined: "person came back",
	usher.EventManagerFound: "manager found", usher.EventSeatDecided: "seat decided by hand", usher.EventSeatLeaving: "seat about to be released",
	usher.EventSeatKept: "seat kept after all", usher.EventSeatReleasing: "seat being released", usher.EventSeatAsked: "seat asked for",
	usher.EventSeatAnswered: "request answered", usher.EventPortalRecovered: "portal works again", usher.EventFeedLate: "file late",
	usher.EventFeedCame: "late file came", usher.EventStandInBegan: "stand-in began", usher.EventStandInEnded: "stand-in ended",
	usher.EventRestored: "database restored", usher.EventResumed: "resumed after a restore", usher.EventTermEnds: "term ends",
	usher.EventSignInLinked: "sign-in linked", usher.EventSignInUnlinked: "sign-in unlinked", usher.EventSessionBegun: "signed in",
	usher.EventSessionEnded: "signed out", usher.EventLoginLinkMade: "login link made", usher.EventLoginLinkUsed: "login link used",
	usher.EventJoinCreated: "join link made", usher.EventJoinRevoked: "join link revoked", usher.EventJoinUsed: "join link used",
	usher.EventShrinkPlanned: "fewer seats planned", usher.EventShrinkClosed: "plan for fewer seats closed", usher.EventRevisionActive: "revision in force",
}

// eventWords is what a kind of events is called.
func eventWords(kind usher.EventKind) string {
	words, has := eventWordsOf[kind]
	if !has {
		words = strings.NewReplacer(".", " ", "-", " ").Replace(string(kind))
	}
	return capital(words)
}

// capital begins a text as a sentence begins.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return text
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// roleWords is what a role is called.
func roleWords(r usher.Role) string { return strings.ReplaceAll(string(r), "_", " ") }

// spanWords is a length of time without the parts of it that are nothing: 24h, 15m.
func spanWords(d time.Duration) string {
	text := d.String()
	for _, nothing := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, nothing) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// date is an instant as a day where it is the beginning of one, as terms and what portals say of their users mostly are; else it is
// as moment has it.
func date(at any) instant {
	i := moment(at)
	if day, is := strings.CutSuffix(i.Words, ", 00:00 UTC"); is {
		return instant{i.ISO[:len(time.DateOnly)], day}
	}
	return i
}

// byRule shortens why somebody has a seat, in a list of those who mostly have it by one rule.
func byRule(why string) string {
	if strings.HasPrefix(why, "rule of ") {
		return "by rule"
	}
	return why
}
