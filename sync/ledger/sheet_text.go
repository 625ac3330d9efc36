package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"usher/internal/usher"
)

// SheetHints is what a sheet says of a portal that is not in the store.
type SheetHints struct {
	// Place is where files are; Exports says that usher reads the portal's export.
	Place   string
	Exports bool
}

// Text is the sheet for a person, in plain text: numbered steps in their order.
func (s Sheet) Text(h SheetHints) string {
	var b strings.Builder
	s.head(&b, h)
	n := 0
	say := func(format string, args ...any) {
		n++
		fmt.Fprintf(&b, "%3d. "+format+"\n", append([]any{n}, args...)...)
	}
	for _, step := range s.steps() {
		past := s.Past[step.batch.ID]
		switch {
		case step.task != nil && slices.Contains(past, step.task.Row):
			say("Do NOT do, it is not wanted any more: %s (%s, row %d)", step.task.Text, step.batch.Name, step.task.Row)
			refuse(&b, step.batch, []int{step.task.Row})
		case step.task != nil:
			say("Task: %s (%s, row %d)", step.task.Text, step.batch.Name, step.task.Row)
		default:
			say("File: upload %s, %s, SHA-256 %s", step.batch.Name, count(len(step.batch.Rows), "row"), step.batch.SHA256[:12])
			notes(&b, step.batch, past, h)
		}
	}
	for _, line := range s.afterwards(h) {
		say("%s", line)
	}
	return b.String()
}

func (s Sheet) head(b *strings.Builder, h SheetHints) {
	early := ""
	if s.Visit.Urgent {
		early = ", called early because a seat is to be freed at once"
	}
	fmt.Fprintf(b, "Visit %d to %s, opened %s%s.\n", s.Visit.Number, s.Portal.Name, at(s.Visit.OpenedAt), early)
	if s.Visit.ClosedAt != 0 {
		fmt.Fprintf(b, "It was closed %s: nothing is left to do.\n", at(s.Visit.ClosedAt))
		return
	}
	for _, batch := range s.Batches {
		if batch.CarriedAt != 0 && batch.ClosedAt == 0 {
			fmt.Fprintf(b, "%s was carried there %s, says %s; it is not confirmed yet.\n", batch.Name, at(batch.CarriedAt), batch.CarriedBy)
		}
	}
	takes := s.takes(h.Exports)
	if takes == 0 {
		b.WriteString("\n")
		return
	}
	fmt.Fprintf(b, "About %s. The order matters: what frees a seat comes before what takes one.\n", count(int((takes+time.Minute-1)/time.Minute), "minute"))
	if takes > longestGood {
		fmt.Fprintf(b, "WARNING: that is more than %d minutes. Nothing can be left for the next visit, because of the order; more visits make shorter ones.\n", int(longestGood/time.Minute))
	}
	b.WriteString("\n")
}

// notes are what there is to know of a file before it is uploaded.
func notes(b *strings.Builder, batch usher.Batch, past []int, h SheetHints) {
	line := func(format string, args ...any) { fmt.Fprintf(b, "     "+format+"\n", args...) }
	for _, note := range batch.Notes {
		line("- %s", note)
	}
	gone := takenOut(batch, past)
	switch {
	case len(gone) == 0:
	case len(gone) == len(batch.Rows):
		line("- Do NOT upload it: something else is wanted of these people by now.")
	default:
		line("- Take out row %s before you upload it: something else is wanted of these people by now.", numbers(gone, ", "))
	}
	if past != nil {
		refuse(b, batch, past)
	}
	line("It is in %s; a copy: usher batch save %s", h.Place, batch.Name)
}

// refuse says how rows are closed that are not to be carried.
func refuse(b *strings.Builder, batch usher.Batch, rows []int) {
	fmt.Fprintf(b, "     - Close it with: usher batch confirm %s --refuse %s --note \"not wanted any more\"\n", batch.Name, numbers(rows, ","))
}

func numbers(rows []int, between string) string {
	words := make([]string, len(rows))
	for i, row := range rows {
		words[i] = strconv.Itoa(row)
	}
	return strings.Join(words, between)
}

// afterwards are the steps that end a visit.
func (s Sheet) afterwards(h SheetHints) []string {
	if s.Visit.ClosedAt != 0 {
		return nil
	}
	var lines []string
	if s.Visit.DoneAt == 0 {
		lines = append(lines, fmt.Sprintf("Say that it is done: usher visit done %s --number %d", s.Portal.Name, s.Visit.Number))
	}
	if h.Exports {
		return append(lines, fmt.Sprintf("Bring the portal's export back: usher portal import %s FILE", s.Portal.Name))
	}
	for _, b := range s.Batches {
		if b.ClosedAt == 0 {
			lines = append(lines, fmt.Sprintf("Say what came of it: usher batch confirm %s --rows all", b.Name))
		}
	}
	return lines
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func at(t usher.Time) string { return t.Std().UTC().Format("2006-01-02 15:04") + " UTC" }
