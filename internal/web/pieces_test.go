package web

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"usher/internal/usher"
)

// TestTimesInSentences: a time within a sentence is one, however it is written there, and what only looks like one is text.
func TestTimesInSentences(t *testing.T) {
	for text, want := range map[string]string{
		"":                            "",
		"no time":                     "no time",
		"asked 2026-08-31 03:57:19":   "asked <2026-08-31T03:57:19Z 31 Aug 2026, 03:57:19 UTC>",
		"2026-08-31 03:57 UTC is new": "<2026-08-31T03:57:00Z 31 Aug 2026, 03:57 UTC> is new",
		"starts 2026-03-01T09:30:00.000000Z -> 2026-04-01T09:30:00Z": "starts <2026-03-01T09:30:00Z 1 Mar 2026, 09:30 UTC> -> <2026-04-01T09:30:00Z 1 Apr 2026, 09:30 UTC>",
		"the term, which begins on 2026-09-01 00:00:00":              "the term, which begins on <2026-09-01 1 Sep 2026>",
		"given on 2026-03-02: trains others (until 2026-05-01).":     "given on <2026-03-02 2 Mar 2026>: trains others (until <2026-05-01 1 May 2026>).",
		"export list-2026-03-02.csv of hr/2026-03-02":                "export list-2026-03-02.csv of hr/2026-03-02",
		"2026-03-02.csv, 2026-02-30, 12026-03-02 and 2026-03-02x":    "2026-03-02.csv, 2026-02-30, 12026-03-02 and 2026-03-02x",
		"2026-03-02 09:00:00+02:00":                                  "2026-03-02 09:00:00+02:00",
	} {
		said := ""
		for _, p := range pieces(text) {
			if p.ISO != "" {
				said += fmt.Sprintf("<%s %s>", p.ISO, p.Words)
			} else {
				said += p.Words
			}
		}
		if said != want {
			t.Errorf("%q: %q, want %q", text, said, want)
		}
	}
}

// onePerson is somebody who is queued.
type onePerson struct{ PersonReads }

// PersonDetail implements PersonReads.
func (onePerson) PersonDetail(context.Context, usher.Rights, usher.ID) (usher.PersonDetail, error) {
	return usher.PersonDetail{PersonView: usher.PersonView{ID: "eve", Name: "Eve"}, Why: []usher.SeatDetail{{Name: "adkar", State: usher.Queued,
		Ahead: []usher.AheadView{{Person: "ann", Name: "<b>Ann</b>", Why: "asked 2026-08-31 03:57:19"}}, Because: "adopted: portal prosci shows it in list-2026-08-30.csv as of 2026-08-30 12:00 UTC"}}}, nil
}

// PersonEvents implements PersonReads.
func (onePerson) PersonEvents(context.Context, usher.Rights, usher.ID, string, int) (usher.PersonEvents, error) {
	return usher.PersonEvents{}, nil
}

// TestPersonPageHasTimes: what is said of the queue and of a seat has its times in the viewer's zone, as the rest of the page.
func TestPersonPageHasTimes(t *testing.T) {
	w := httptest.NewRecorder()
	pagesFor(t, Options{Person: onePerson{}}, usher.Rights{Auditor: true}, 0).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/people/eve", nil))
	for _, want := range []string{`<a href="/people/ann">&lt;b&gt;Ann&lt;/b&gt;</a> (asked <time datetime="2026-08-31T03:57:19Z">31 Aug 2026, 03:57:19 UTC</time>)`,
		`shows it in list-2026-08-30.csv as of <time datetime="2026-08-30T12:00:00Z">`} {
		if text := w.Body.String(); w.Code != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%d, no %q in %s", w.Code, want, text)
		}
	}
}
