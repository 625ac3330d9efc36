package web

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"
	"time"

	"usher/internal/table"
	"usher/internal/usher"
)

// How many events one file holds at most, and how many are read at once; and how long it may take.
const (
	exportedEvents = 100_000
	exportStep     = 500
	exportTime     = 10 * time.Minute
)

// brokeOff is said at the end of a file that does not hold everything. A browser does not tell its viewer that a file came to a halt.
const brokeOff = "this file broke off here: load it again"

// eventStream hands over what f selects, the newest first. Where it cannot go on, or there is more than one file holds, it says so in
// words at the end.
func (v *visit) eventStream(f usher.EventFilter) iter.Seq2[usher.EventLine, string] {
	return func(yield func(usher.EventLine, string) bool) {
		var before usher.Mark
		for sent := 0; ; {
			list, err := v.o.Events.EventsBefore(v.r.Context(), f, before, exportStep)
			if err != nil {
				v.o.Failed(v.r, err)
				yield(usher.EventLine{}, brokeOff)
				return
			}
			for _, e := range list.Items {
				if sent++; !yield(e, "") {
					return
				}
			}
			switch {
			case list.Next == nil:
				return
			case sent >= exportedEvents:
				yield(usher.EventLine{}, "this file holds the newest "+strconv.Itoa(sent)+" events: ask for a shorter time to see the others")
				return
			}
			before = *list.Next
		}
	}
}

// exportEvents sends what is filtered as a file.
func exportEvents(v *visit) error {
	a, err := v.askedEvents()
	if err != nil {
		return err
	}
	f, err := v.filter(a)
	if err != nil {
		return err
	}
	kind, send := kindCSV, v.sendEventsCSV
	switch v.r.URL.Query().Get("format") {
	case "csv":
	case "jsonl":
		kind, send = kindLines, v.sendEventLines
	default:
		return &usher.InvalidError{Attribute: "format", Problem: "is neither csv nor jsonl"}
	}
	until := time.Now().Add(exportTime)
	if err := http.NewResponseController(v.w).SetWriteDeadline(until); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	v.download("events."+v.r.URL.Query().Get("format"), kind, 0)
	if err := send(v.w, f); err != nil && v.r.Context().Err() == nil {
		v.o.Failed(v.r, err)
	}
	return nil
}

func (v *visit) sendEventsCSV(w io.Writer, f usher.EventFilter) error {
	header := []string{"Number", "At (UTC)", "Kind", "By", "Person", "Person's id", "Subscription", "Portal", "Why", "What changed"}
	rows := func(yield func([]string) bool) {
		for e, note := range v.eventStream(f) {
			row := []string{"", "", "", "", "", "", "", "", note, ""}
			if note == "" {
				row = eventRow(e)
			}
			if !yield(row) {
				return
			}
		}
	}
	return table.Write(w, table.CSV, header, rows, table.Options{BOM: true, CRLF: true, ForPeople: true})
}

func eventRow(e usher.EventLine) []string {
	var changes []string
	for _, c := range e.Fields {
		changes = append(changes, c.Name+": "+c.From+" -> "+c.To)
	}
	number := ""
	if e.Number > 0 {
		number = strconv.FormatInt(e.Number, 10)
	}
	return []string{number, e.At.UTC().Format(time.DateTime), string(e.Kind), e.Actor, e.Name, string(e.Person), e.Subscription, e.Portal, e.Why, strings.Join(changes, "; ")}
}

func (v *visit) sendEventLines(w io.Writer, f usher.EventFilter) error {
	encoder := json.NewEncoder(w)
	for e, note := range v.eventStream(f) {
		var line any = e.EventView
		if note != "" {
			line = map[string]string{"note": note}
		}
		if err := encoder.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
