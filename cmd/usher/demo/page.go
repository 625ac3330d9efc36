package demo

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// The layout of the page: labels, then text that is broken before the margin.
const (
	indent = 3
	labels = 11
	margin = 100
)

// page writes the story, calm and aligned.
type page struct {
	out    io.Writer
	colour bool
	err    error // the first that Out gave
}

func newPage(out io.Writer, colour bool) *page { return &page{out: out, colour: colour} }

func (p *page) print(text string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.out, text)
	}
}

// The styles of a terminal (ECMA-48 8.3.117).
const (
	bold  = "\x1b[1m"
	faint = "\x1b[2m"
	plain = "\x1b[0m"
)

func (p *page) styled(style, text string) string {
	if !p.colour {
		return text
	}
	return style + text + plain
}

// heading begins a part.
func (p *page) heading(text string) { p.print("\n" + p.styled(bold, text) + "\n") }

// prose writes a paragraph.
func (p *page) prose(text string) {
	for _, line := range wrap(text, margin-indent) {
		p.print(strings.Repeat(" ", indent) + line + "\n")
	}
}

// gap parts what belongs less together.
func (p *page) gap() { p.print("\n") }

// row writes text beside its label.
func (p *page) row(label, text string) {
	label = p.styled(faint, fmt.Sprintf("%-*s", labels, label))
	for _, line := range wrap(text, margin-indent-labels) {
		p.print(strings.Repeat(" ", indent) + label + line + "\n")
		label = strings.Repeat(" ", labels)
	}
}

// link writes an address whole, however long it is.
func (p *page) link(url string) { p.print(strings.Repeat(" ", indent+labels) + url + "\n") }

// block writes lines as they are, set off from the rest.
func (p *page) block(text []byte) {
	for line := range bytes.Lines(text) {
		p.print(strings.TrimRight(strings.Repeat(" ", indent)+p.styled(faint, "| ")+string(line), " \n") + "\n")
	}
}

// wrap breaks text at spaces into lines of at most width characters, where it can.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
